//! How keys stand.

use std::collections::{BTreeMap, BTreeSet};

use faxgate_db::keys::{self, TenantKey};
use faxgate_db::tenants;
use faxgate_files::StorageKey;
use faxgate_types::{TenantId, Timestamp};

use super::Vault;
use crate::app::App;
use crate::error::{Error, Result};
use crate::numbers::Asker;
use crate::receive::UNCLAIMED;

/// Files of which it is looked up at once whether they are encrypted.
const BATCH: usize = 200;

/// A key that the keys of files are wrapped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Its id.
    pub id: String,
    /// The name of the master key that it is encrypted with.
    pub master: String,
    /// Whether that is the one that is set now.
    pub master_is_current: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether new files take another; it goes when its rotation is over.
    pub retired: bool,
    /// How many files have their keys wrapped by it.
    pub files: u64,
}

/// How the keys of one tenant stand, or the gateway's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Its slug; `None`: it is the gateway.
    pub tenant: Option<String>,
    /// Its keys.
    pub keys: Vec<KeyState>,
    /// How many files lie in clear.
    pub clear: u64,
}

impl App {
    /// Sees to it that what is encrypted can be read: that every tenant's key opens with a master key that is set. Whether files are
    /// encrypted.
    ///
    /// # Errors
    /// `WRONG_MASTER_KEY`; when the database cannot be reached.
    pub async fn check_keys(&self) -> Result<bool> {
        let mut tx = self.db.system_read("whether keys open").await?;
        let all = keys::all(&mut tx).await?;
        tx.commit().await?;
        let closed: Vec<&TenantKey> = all
            .iter()
            .filter(|key| self.vault.open_tenant_key(key).is_err())
            .collect();
        if closed.is_empty() {
            return Ok(self.vault.masters.is_set());
        }
        let masters: BTreeSet<&str> = closed.iter().map(|key| key.master.as_str()).collect();
        let given = match self.vault.masters.name() {
            Some(name) => format!("encryption.master_key is {name}"),
            None => "encryption.master_key is not set".to_owned(),
        };
        Err(Error::wrong_master_key(format!(
            "documents are encrypted, and {} of {} tenants' keys do not open: they were encrypted with master key {}, and {given}; set \
             that one, or add it to encryption.previous_master_keys",
            closed.len(),
            all.len(),
            Vec::from_iter(masters).join(", "),
        )))
    }

    /// The name of the master key that is set; `None`: files are stored in clear.
    #[must_use]
    pub fn master_key(&self) -> Option<&str> {
        self.vault.masters.name()
    }

    /// How the keys of each tenant stand, the gateway's own first. Every file in the store is looked for.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; when the database or the store cannot be reached.
    pub async fn key_status(&self, asker: &Asker) -> Result<Vec<KeyStatus>> {
        asker.must_operate("seeing how keys stand")?;
        let mut tx = self.db.system_read("how keys stand").await?;
        let all = keys::all(&mut tx).await?;
        let files: BTreeMap<_, _> = keys::files_by_key(&mut tx).await?.into_iter().collect();
        let tenants = tenants::list(&mut tx).await?;
        tx.commit().await?;
        let current = self.vault.masters.name();
        let of = |owner: Option<TenantId>| {
            let own = all.iter().filter(move |key| key.tenant_id == owner);
            let shown = own.map(|key| KeyState {
                id: key.id.to_string(),
                master: key.master.clone(),
                master_is_current: current == Some(&key.master),
                created_at: key.created_at,
                retired: key.retired_at.is_some(),
                files: files.get(&key.id).copied().unwrap_or(0),
            });
            shown.collect()
        };
        let mut told = vec![KeyStatus {
            tenant: None,
            keys: of(None),
            clear: self.vault.count_clear(UNCLAIMED).await?,
        }];
        for tenant in tenants {
            told.push(KeyStatus {
                keys: of(Some(tenant.id)),
                clear: self.vault.count_clear(&tenant.id.to_string()).await?,
                tenant: Some(tenant.slug),
            });
        }
        Ok(told)
    }
}

impl Vault {
    async fn count_clear(&self, segment: &str) -> Result<u64> {
        let mut count = 0;
        let mut listing = self.files.list(segment).map_err(Error::internal)?;
        while let Some(some) = self.next_clear(&mut listing).await? {
            count += some.len() as u64;
        }
        Ok(count)
    }

    /// Of the next files, those that have no key, or may still lie in clear. `None`: there are no more files.
    pub(super) async fn next_clear(
        &self,
        listing: &mut faxgate_files::Listing,
    ) -> Result<Option<Vec<StorageKey>>> {
        let mut some = Vec::new();
        while some.len() < BATCH
            && let Some(file) = listing.next().await?
        {
            some.push(file.key);
        }
        if some.is_empty() {
            return Ok(None);
        }
        let names: Vec<String> = some.iter().map(ToString::to_string).collect();
        let mut tx = self.db.system_read("which files are encrypted").await?;
        let sealed: BTreeSet<String> = keys::sealed_among(&mut tx, &names)
            .await?
            .into_iter()
            .collect();
        tx.commit().await?;
        some.retain(|place| !sealed.contains(place.as_str()));
        Ok(Some(some))
    }
}
