//! From the database to keys that can be used.

use std::ops::{Deref, DerefMut};

use faxgate_db::keys::{self, FileKey, TenantKey};
use faxgate_db::{System, Tx};
use faxgate_files::StorageKey;
use faxgate_types::{FileKeyId, TenantId, TenantKeyId};

use super::Vault;
use super::cipher::Key;
use crate::error::{Error, Result};

/// How often a key is looked for while others change it.
const TRIES: u32 = 8;

/// The key of a file, ready to be used.
pub(super) struct Opened {
    pub(super) id: FileKeyId,
    pub(super) key: Key,
    pub(super) may_be_clear: bool,
}

/// A transaction about the key of a file: its tenant's own, or, for what is nobody's yet, one that crosses tenants.
pub(super) enum KeyTx {
    Own(Tx),
    System(System),
}

impl Deref for KeyTx {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        match self {
            Self::Own(tx) => tx,
            Self::System(tx) => tx,
        }
    }
}

impl DerefMut for KeyTx {
    fn deref_mut(&mut self) -> &mut Tx {
        match self {
            Self::Own(tx) => tx,
            Self::System(tx) => tx,
        }
    }
}

impl KeyTx {
    pub(super) async fn commit(self) -> Result<()> {
        Ok(match self {
            Self::Own(tx) => tx.commit().await,
            Self::System(tx) => tx.commit().await,
        }?)
    }
}

/// Whose a file is, by its place; `None`: nobody's yet.
pub(super) fn owner(place: &StorageKey) -> Option<TenantId> {
    place.tenant().parse().ok()
}

/// What the key of a file is bound to: it opens no other file.
pub(super) fn file_binding(place: &str, id: FileKeyId) -> String {
    format!("faxgate: keys of files, 1\n{place}\n{id}")
}

/// What a tenant's key is bound to: it opens no other tenant's files.
pub(super) fn tenant_binding(owner: Option<TenantId>, id: TenantKeyId) -> String {
    let owner = owner.map_or("gateway".to_owned(), |tenant| tenant.to_string());
    format!("faxgate: keys of tenants, 1\n{owner}\n{id}")
}

/// No master key opens this: it was not given to this process.
pub(super) fn no_master(name: &str) -> Error {
    Error::unavailable(
        "ENCRYPTION_KEY_MISSING",
        "the document is encrypted, and the gateway was not given the key; an operator has to look at encryption.master_key",
    )
    .because(format!(
        "no master key given opens what is encrypted with master key {name}"
    ))
}

/// There is none at all, and something is to be done with it.
pub(super) fn is_off() -> Error {
    Error::conflict(
        "ENCRYPTION_OFF",
        "encryption.master_key is not set; make one with: faxgate keys generate",
    )
}

impl Vault {
    pub(super) async fn reads(&self, place: &StorageKey) -> Result<KeyTx> {
        Ok(match owner(place) {
            Some(tenant) => KeyTx::Own(self.db.read(tenant).await?),
            None => KeyTx::System(self.db.system_read("the key of a file").await?),
        })
    }

    pub(super) async fn writes(&self, place: &StorageKey) -> Result<KeyTx> {
        Ok(match owner(place) {
            Some(tenant) => KeyTx::Own(self.db.write(tenant).await?),
            None => KeyTx::System(self.db.system("the key of a file").await?),
        })
    }

    /// The key that a file has; `None`: it has none, or none any more.
    pub(super) async fn key_of(&self, place: &StorageKey) -> Result<Option<Opened>> {
        let mut tx = self.reads(place).await?;
        let found = keys::of_file(&mut tx, place.as_str()).await?;
        tx.commit().await?;
        found
            .map(|(file, wrapped_by)| self.open_file_key(&file, &wrapped_by))
            .transpose()
    }

    /// The key that a file has, or is to have: committed before this returns, and the same for everybody who asks.
    pub(super) async fn key_for(&self, place: &StorageKey, may_be_clear: bool) -> Result<Opened> {
        let owner = owner(place);
        for _ in 0..TRIES {
            let mut tx = match may_be_clear {
                // What is to be removed is no tenant's to know.
                true => KeyTx::System(self.db.system("the key of a file in clear").await?),
                false => self.writes(place).await?,
            };
            if let Some((file, wrapped_by)) = keys::of_file(&mut tx, place.as_str()).await? {
                tx.commit().await?;
                return self.open_file_key(&file, &wrapped_by);
            }
            if may_be_clear && keys::is_doomed(&mut tx, place.as_str()).await? {
                return Err(Error::gone(
                    "FILE_REMOVED",
                    "the file is just being removed",
                ));
            }
            // Whoever was faster has given the owner a key, or the file; or they have taken a key out of use.
            let Some((by, with)) = self.current(&mut tx, owner).await? else {
                continue;
            };
            let (id, key) = (
                FileKeyId::generate(&self.ambient),
                Key::random(&self.ambient),
            );
            let file = FileKey {
                storage_key: place.to_string(),
                id,
                tenant_id: owner,
                tenant_key_id: by,
                wrapped: with.wrap(&key, &file_binding(place.as_str(), id), &self.ambient)?,
                may_be_clear,
            };
            match keys::add_file(&mut tx, &file).await {
                Ok(true) => {
                    tx.commit().await?;
                    return Ok(Opened {
                        id,
                        key,
                        may_be_clear,
                    });
                }
                Ok(false) => {}
                Err(error) if error.is_foreign_key_violation() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::unavailable(
            "ENCRYPTION_KEYS_BUSY",
            "the document cannot be stored now: its tenant's keys are being changed; try again in a moment",
        ))
    }

    /// The key by which new files' keys are wrapped, made if there is none; `None`: look again in another transaction.
    pub(super) async fn current(
        &self,
        tx: &mut Tx,
        owner: Option<TenantId>,
    ) -> Result<Option<(TenantKeyId, Key)>> {
        if let Some(found) = keys::current(tx, owner).await? {
            return Ok(Some((found.id, self.open_tenant_key(&found)?)));
        }
        let (new, key) = self.new_tenant_key(owner)?;
        match keys::add(tx, &new).await {
            Ok(true) => Ok(Some((new.id, key))),
            Ok(false) => Ok(None),
            Err(error) if error.is_foreign_key_violation() => Err(Error::conflict(
                "TENANT_GONE",
                "the tenant is being erased: nothing is stored for it any more",
            )
            .because(error)),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn new_tenant_key(&self, owner: Option<TenantId>) -> Result<(TenantKey, Key)> {
        let master = self.masters.current();
        let master = master.ok_or_else(is_off)?;
        let (id, key) = (
            TenantKeyId::generate(&self.ambient),
            Key::random(&self.ambient),
        );
        let new = TenantKey {
            id,
            tenant_id: owner,
            wrapped: master
                .key
                .wrap(&key, &tenant_binding(owner, id), &self.ambient)?,
            master: master.name.clone(),
            created_at: self.ambient.now(),
            retired_at: None,
        };
        Ok((new, key))
    }

    pub(super) fn open_tenant_key(&self, wrapped: &TenantKey) -> Result<Key> {
        let binding = tenant_binding(wrapped.tenant_id, wrapped.id);
        self.masters
            .named(&wrapped.master)
            .and_then(|master| master.key.unwrap(&wrapped.wrapped, &binding))
            .ok_or_else(|| no_master(&wrapped.master))
    }

    pub(super) fn open_file_key(&self, file: &FileKey, wrapped_by: &TenantKey) -> Result<Opened> {
        let outer = self.open_tenant_key(wrapped_by)?;
        let binding = file_binding(&file.storage_key, file.id);
        let key = outer.unwrap(&file.wrapped, &binding).ok_or_else(|| {
            Error::damaged(format!(
                "the key of {} is not the one that was kept for it",
                file.storage_key
            ))
        })?;
        Ok(Opened {
            id: file.id,
            key,
            may_be_clear: file.may_be_clear,
        })
    }
}
