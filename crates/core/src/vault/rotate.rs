//! Changing keys. Files stay as they are: what is written anew are the keys that theirs are wrapped by.

use faxgate_db::keys::{self, FileKey, TenantKey};
use faxgate_types::TenantId;
use serde_json::json;

use super::keyring::{file_binding, is_off, tenant_binding};
use crate::app::App;
use crate::audit::{Chain, Entry};
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// Keys of files wrapped anew in one transaction.
const BATCH: i64 = 200;

/// Whose keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysOf {
    /// This tenant's, by slug or id.
    Tenant(String),
    /// All tenants', and the gateway's own.
    All,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Whose; `None`: the gateway's own.
    pub tenant: Option<TenantId>,
    /// The key that is gone.
    pub gone: String,
    /// How many files have their keys wrapped by another one since.
    pub files: u64,
}

impl App {
    /// Gives tenants new keys, and wraps their files' keys by them; the old ones are gone then. It can be killed and done again at any
    /// time: it begins where it was.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `ENCRYPTION_OFF`, `ENCRYPTION_KEY_MISSING`.
    pub async fn rotate_keys(&self, asker: &Asker, whose: &KeysOf) -> Result<Vec<Rotated>> {
        asker.must_operate("changing keys")?;
        let only = match whose {
            KeysOf::Tenant(named) => Some(self.tenant_for(asker, named).await?.id),
            KeysOf::All => None,
        };
        let mut tx = self.db.system_read("whose keys there are").await?;
        let known = keys::all(&mut tx).await?;
        tx.commit().await?;
        let meant = |key: &&TenantKey| only.is_none() || key.tenant_id == only;
        let known: Vec<TenantKey> = known.iter().filter(meant).cloned().collect();
        let mut rotated = Vec::new();
        for old in known {
            if old.retired_at.is_none() {
                self.retire(asker, &old).await?;
            }
            let files = self.wrap_files_anew(asker, &old).await?;
            rotated.push(Rotated {
                tenant: old.tenant_id,
                gone: old.id.to_string(),
                files,
            });
        }
        Ok(rotated)
    }

    /// New files take another key from now on.
    async fn retire(&self, asker: &Asker, old: &TenantKey) -> Result<()> {
        // Not before it is known that there can be another.
        let (new, _) = self.vault.new_tenant_key(old.tenant_id)?;
        let mut tx = self.db.system("a tenant gets another key").await?;
        if !keys::retire(&mut tx, old.id, self.now()).await? {
            return Ok(());
        }
        keys::add(&mut tx, &new).await?;
        let entry = Entry::new(asker, "key.rotated", new.id).details(json!({"before": old.id}));
        self.audit(&mut tx, chain(old.tenant_id), entry).await?;
        Ok(tx.commit().await?)
    }

    /// Until nothing is wrapped by the old key any more; then it goes.
    async fn wrap_files_anew(&self, asker: &Asker, old: &TenantKey) -> Result<u64> {
        let opened = self.vault.open_tenant_key(old)?;
        let mut done = 0;
        loop {
            let mut tx = self.db.system("keys of files are wrapped anew").await?;
            // Whoever is about to wrap the key of a file by it has done so.
            keys::alone(&mut tx, old.id).await?;
            let some = keys::wrapped_by(&mut tx, old.id, BATCH).await?;
            if some.is_empty() {
                keys::drop_key(&mut tx, old.id).await?;
                let entry =
                    Entry::new(asker, "key.removed", old.id).details(json!({"files": done}));
                self.audit(&mut tx, chain(old.tenant_id), entry).await?;
                tx.commit().await?;
                return Ok(done);
            }
            let current = self.vault.current(&mut tx, old.tenant_id).await?;
            let busy =
                || Error::unavailable("ENCRYPTION_KEYS_BUSY", "somebody else changes these keys");
            let (by, with) = current.ok_or_else(busy)?;
            for file in some {
                let binding = file_binding(&file.storage_key, file.id);
                let key = opened.unwrap(&file.wrapped, &binding).ok_or_else(|| {
                    Error::conflict(
                        "KEY_DAMAGED",
                        format!(
                            "the key of {} cannot be opened: it was changed in the database; put it back from a backup, or remove its row \
                             in file_keys, and go on",
                            file.storage_key
                        ),
                    )
                })?;
                let anew = FileKey {
                    tenant_key_id: by,
                    wrapped: with.wrap(&key, &binding, &self.ambient)?,
                    ..file.clone()
                };
                // Whose it is may have changed meanwhile; then it is not wrapped by the old key any more.
                done += u64::from(keys::wrap_file_anew(&mut tx, &file, &anew).await?);
            }
            tx.commit().await?;
        }
    }

    /// Encrypts all tenants' keys with the current master key; no other one is needed then. Gives how many were not yet.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `ENCRYPTION_OFF`; `ENCRYPTION_KEY_MISSING` when one of them was encrypted with a master key that was not given.
    pub async fn rewrap_keys(&self, asker: &Asker) -> Result<u64> {
        asker.must_operate("changing keys")?;
        let master = self.vault.masters.current();
        let master = master.ok_or_else(is_off)?;
        let mut tx = self
            .db
            .system("keys are encrypted with another master key")
            .await?;
        let mut done = 0;
        for key in keys::all(&mut tx).await? {
            if key.master == master.name {
                continue;
            }
            let opened = self.vault.open_tenant_key(&key)?;
            let binding = tenant_binding(key.tenant_id, key.id);
            let wrapped = master.key.wrap(&opened, &binding, &self.ambient)?;
            done += u64::from(keys::wrap_anew(&mut tx, &key, &wrapped, &master.name).await?);
        }
        if done > 0 {
            let entry =
                Entry::new(asker, "keys.rewrapped", &master.name).details(json!({"keys": done}));
            self.audit(&mut tx, Chain::Gateway, entry).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}

fn chain(owner: Option<TenantId>) -> Chain {
    owner.map_or(Chain::Gateway, Chain::Tenant)
}
