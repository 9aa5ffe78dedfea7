//! The short form of the chaos harness: every fault once, kills at random between, and the line's log as the judge.

use std::path::PathBuf;

use faxgate_chaos::{Database, Length, Plan, run};
use faxgate_test_support::{Kind, TestDb};

/// Decides what the far ends do and in which order everything goes wrong.
const SEED: u64 = 20;

pub(crate) async fn break_everything_once(db: TestDb) {
    let folder = tempfile::tempdir().expect("a folder");
    let (database, nodes) = match db.kind() {
        Kind::Sqlite => (Database::Sqlite, 1),
        // Other tests use the cluster too, so it is not stopped here; `scripts/chaos` does that.
        Kind::Postgres => (Database::Shared(db.url().to_owned()), 2),
    };
    let plan = Plan {
        program: PathBuf::from(env!("CARGO_BIN_EXE_faxgate")),
        folder: folder.path().to_owned(),
        database,
        nodes,
        faxes: 120,
        length: Length::Short(20),
        seed: SEED,
        pace: "60".to_owned(),
    };
    let report = run(&plan).await.expect("the gateways run");
    // Shown when the test fails; a clean run's figures are for whoever asks.
    println!("{report}");
    assert!(report.is_clean(), "a promise was broken: see above");
    assert!(report.kills >= 20 && report.calls > report.faxes);
}
