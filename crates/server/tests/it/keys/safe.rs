//! A store with its keys, of which every part can be reached past the vault.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use faxgate_core::{App, MasterKeys, Vault};
use faxgate_db::tenants::Tenant;
use faxgate_files::{Files, Options, StorageKey};
use faxgate_test_support::{Raw, Seed, TestDb};
use tempfile::TempDir;

use crate::under_test::app_sealing;

/// How an encrypted file begins.
pub(super) const MAGIC: &[u8] = b"\xf5FXV1\r\n\x1a";

/// The first of these bytes is the master key, the others are known too.
pub(super) fn masters(keys: &[u8]) -> MasterKeys {
    let bytes: Vec<_> = keys.iter().map(|key| vec![*key; 32].into()).collect();
    let (current, others) = bytes.split_first().unwrap();
    MasterKeys::new(current, others).unwrap()
}

/// A database, a folder, and two tenants.
pub(super) struct Safe {
    pub(super) db: TestDb,
    pub(super) raw: Raw,
    pub(super) seed: Seed,
    pub(super) tenant: Tenant,
    pub(super) other: Tenant,
    folder: TempDir,
}

impl Safe {
    pub(super) async fn new(db: TestDb) -> Self {
        let seed = Seed::new(&db);
        Self {
            raw: Raw::of(&db),
            tenant: seed.tenant("acme").await,
            other: seed.tenant("beta").await,
            folder: TempDir::new().unwrap(),
            seed,
            db,
        }
    }

    /// Files of at most so many bytes.
    pub(super) async fn files(&self, max_bytes: u64) -> Files {
        let options = Options {
            max_bytes,
            ..Options::default()
        };
        Files::open(&self.url(), options).await.unwrap()
    }

    fn url(&self) -> String {
        format!("file://{}", self.folder.path().join("files").display())
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// With these master keys; none: in clear.
    pub(super) async fn vault(&self, masters: MasterKeys) -> Vault {
        let files = self.files(1 << 20).await;
        let ambient = self.seed.ambient.clone();
        Vault::new(files, self.db.another_node(), masters, ambient)
    }

    pub(super) async fn app(&self, masters: MasterKeys) -> App {
        app_sealing(&self.db, &self.seed.ambient, self.folder.path(), masters).await
    }

    pub(super) fn place(&self, name: &str) -> StorageKey {
        StorageKey::new(&self.tenant.id.to_string(), "pages", name).unwrap()
    }

    /// Where it lies.
    pub(super) fn path(&self, place: &StorageKey) -> PathBuf {
        self.folder.path().join("files").join(place.as_str())
    }

    /// What lies there.
    pub(super) fn lies(&self, place: &StorageKey) -> Vec<u8> {
        std::fs::read(self.path(place)).unwrap()
    }

    /// Has something else lie there.
    pub(super) fn lay(&self, place: &StorageKey, bytes: &[u8]) {
        let path = self.path(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// How many rows there are of these.
    pub(super) async fn count(&self, of: &str) -> u64 {
        let query = format!("SELECT CAST(count(*) AS TEXT) AS line FROM {of}");
        self.raw.lines(&query).await.remove(0).parse().unwrap()
    }
}

/// So many bytes that are easily found again.
pub(super) fn clear(text: &str) -> Bytes {
    format!("%PDF-1.7 {}", text.repeat(100)).into()
}
