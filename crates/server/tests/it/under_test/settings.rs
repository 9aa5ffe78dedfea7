//! What a gateway under test is told: everything by environment, as a container would be.

use std::collections::BTreeMap;
use std::path::Path;

use faxgate_test_support::TestDb;

/// The first user: operator, and administrator of the tenant `default`.
pub(crate) const USERNAME: &str = "admin";
/// Their password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The number of the tenant `default`, in the United States.
pub(crate) const DID: &str = "5551234567";
/// The key of sessions.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The key that signs inbound notices.
pub(crate) const WEBHOOK_SECRET: &str = "webhook-secret";

/// Who sends records of calls.
pub(crate) const CDR_USERNAME: &str = "freeswitch";
/// Their password.
pub(crate) const CDR_PASSWORD: &str = "a password of json_cdr";

/// The environment of a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// A gateway on this database with one tenant, one user, one number, and its files in `folder`.
    pub(crate) fn new(db: &TestDb, folder: &Path) -> Self {
        let below = |name: &str| folder.join(name).display().to_string();
        Self(BTreeMap::new())
            .with("SERVER__LISTEN", "127.0.0.1:0")
            .with("SERVER__SECRET", SECRET)
            .with("SERVER__WORKERS", "2")
            .with("SERVER__LOG_FORMAT", "json")
            .with("DATABASE__URL", db.url())
            .with("DATABASE__MAX_CONNECTIONS", "9")
            .with("STORAGE__URL", &format!("file://{}", below("files")))
            .with("SIMULATOR__ENABLED", "true")
            .with("SIMULATOR__SPOOL_DIR", &below("simulator"))
            .with("DISPATCH__POLL_INTERVAL_MS", "50")
            .with("BOOTSTRAP__USERNAME", USERNAME)
            .with("BOOTSTRAP__PASSWORD", PASSWORD)
            .with("BOOTSTRAP__DIDS", DID)
            .with("WEBHOOK__INBOUND_SECRET", WEBHOOK_SECRET)
            .with("WEBHOOK__CDR_USERNAME", CDR_USERNAME)
            .with("WEBHOOK__CDR_PASSWORD", CDR_PASSWORD)
    }

    /// Sets one more, or another value; without the `FAXGATE_` before it.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.0.insert(format!("FAXGATE_{key}"), value.to_owned());
        self
    }

    /// Leaves one out.
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.0.remove(&format!("FAXGATE_{key}"));
        self
    }

    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}
