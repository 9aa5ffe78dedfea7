//! One test, two databases.

use std::future::Future;

use crate::test_db::{Kind, TestDb};

/// Turns each `async fn name(db: TestDb)` of the list into two tests, `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Kind::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Kind::Postgres, super::$name);
            }
        }
    )+};
}

/// Runs a test on a multi-thread runtime, with a migrated database of its own.
///
/// # Panics
/// When the test does, or when it cannot have a database.
pub fn run<Test: Future<Output = ()>>(kind: Kind, test: impl FnOnce(TestDb) -> Test) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(async { test(TestDb::new(kind).await).await });
}
