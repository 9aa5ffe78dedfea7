//! The use cases without a gateway around them, for what no request can bring about.

use std::path::Path;
use std::sync::Arc;

use faxgate_core::{
    App, Carrier, MasterKeys, Parts, PriceList, RecordSettings, Settings, Tariff, TestMode,
    WebhookSettings,
};
use faxgate_files::Files;
use faxgate_imaging::{Cage, CageConfig, Halftone};
use faxgate_lifecycle::RetryPolicy;
use faxgate_outbound::Outbound;
use faxgate_test_support::TestDb;
use faxgate_types::Ambient;

/// A node of this name on the database, with its files in `folder`.
pub(crate) async fn app(db: &TestDb, node: &str, ambient: &Ambient, folder: &Path) -> App {
    app_of(db, node, ambient, folder, None).await
}

/// The same with an account at a carrier.
pub(crate) async fn app_of(
    db: &TestDb,
    node: &str,
    ambient: &Ambient,
    folder: &Path,
    carrier: Option<Arc<dyn Carrier>>,
) -> App {
    let (records, keys) = (RecordSettings::default(), MasterKeys::default());
    made(db, node, ambient, folder, carrier, records, keys).await
}

/// A node that encrypts its files.
pub(crate) async fn app_sealing(
    db: &TestDb,
    ambient: &Ambient,
    folder: &Path,
    keys: MasterKeys,
) -> App {
    let records = RecordSettings::default();
    made(db, "node-1", ambient, folder, None, records, keys).await
}

/// A node that keeps its records so.
pub(crate) async fn app_keeping(
    db: &TestDb,
    ambient: &Ambient,
    folder: &Path,
    records: RecordSettings,
) -> App {
    let keys = MasterKeys::default();
    made(db, "node-1", ambient, folder, None, records, keys).await
}

async fn made(
    db: &TestDb,
    node: &str,
    ambient: &Ambient,
    folder: &Path,
    carrier: Option<Arc<dyn Carrier>>,
    records: RecordSettings,
    master_keys: MasterKeys,
) -> App {
    let files = format!("file://{}", folder.join("files").display());
    App::new(Parts {
        db: db.another_node(),
        files: Files::open(&files, faxgate_files::Options::default())
            .await
            .unwrap(),
        cage: Cage::new(CageConfig::default()),
        outbound: Outbound::new(faxgate_outbound::Config::default()).unwrap(),
        carrier,
        ambient: ambient.clone(),
        settings: Settings {
            node: node.to_owned(),
            max_pages: 350,
            halftone: Halftone::Auto,
            retry: RetryPolicy::default(),
            tariff: Tariff::default(),
            webhooks: WebhookSettings::default(),
            mail: faxgate_core::MailSettings::default(),
            prices: PriceList::default(),
            spool_dirs: Vec::new(),
            telnyx_media: None,
            secret: "secret".into(),
            auth: faxgate_core::AuthSettings::default(),
            tenants_may_order: 0,
            test_mode: TestMode::Off,
            only_simulator: false,
            records,
            master_keys,
        },
    })
}
