//! Where documents and pages lie, encrypted: the only way from the use cases to the store.
//!
//! Each file has a key of its own; that key is in the database, encrypted with a key of the tenant's, which is in the database too,
//! encrypted with the master key, which is not. So what is deleted there is gone wherever copies of the file are: a file's key with the
//! file, a tenant's keys with the tenant. And what is rotated are small rows, never files.
//!
//! ```text
//! master key (settings) ─▶ tenant_keys.wrapped ─▶ file_keys.wrapped ─▶ the file: magic, key's id, nonce, XChaCha20-Poly1305
//! ```
//!
//! A file's key is committed before its first byte is stored, and whoever stores it again takes the same key: so two nodes that store
//! the same at once, or one that was killed in between, leave a file that its key opens. Files that were stored in clear, before there
//! was a master key, are read as they are; once a file has a key, its bytes count only if they are encrypted with it.

mod cipher;
mod encrypt;
mod keyring;
mod master;
mod rotate;
mod status;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use faxgate_db::{Db, System, keys};
use faxgate_files::{Files, FilesError, InvalidKey, Listing, Sha256Digest, StorageKey, Stored};
use faxgate_types::{Ambient, TenantId};

use self::cipher::{Held, held};
use self::keyring::{Opened, file_binding};
use crate::error::{Error, Result};

pub use cipher::SEALED_OVERHEAD;
pub use encrypt::Encrypted;
pub use master::{MasterKeys, NotAMasterKey};
pub use rotate::{KeysOf, Rotated};
pub use status::{KeyState, KeyStatus};

/// Documents and pages. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    files: Files,
    db: Db,
    masters: MasterKeys,
    ambient: Ambient,
}

/// What bytes are, together with the key that belongs to them.
enum Look {
    /// They can be had.
    Clear(Bytes),
    /// With this key.
    Sealed(Bytes, Opened),
    /// Nobody can read them any more.
    Shredded,
    /// They are not what was stored.
    Wrong(&'static str),
}

impl Vault {
    /// Files, with their keys in this database. Without a master key they are stored in clear.
    #[must_use]
    pub fn new(files: Files, db: Db, masters: MasterKeys, ambient: Ambient) -> Self {
        Self {
            files,
            db,
            masters,
            ambient,
        }
    }

    /// Stores bytes: they and their key are durable when this returns. The same may be stored again; other bytes under a name that is
    /// taken are refused.
    ///
    /// # Errors
    /// When the database or the store cannot be reached, the store is full, or the name is taken.
    pub async fn put(&self, place: &StorageKey, bytes: Bytes) -> Result<Stored> {
        if !self.masters.is_set() {
            return Ok(self.files.put(place, bytes).await?);
        }
        let stored = Stored {
            size: bytes.len() as u64,
            sha256: Sha256Digest::of(&bytes),
        };
        let opened = self.key_for(place, false).await?;
        let id = opened.id;
        let sealed = self.seal(opened, place, bytes).await?;
        match self.files.put(place, sealed.clone()).await {
            Ok(_) => Ok(stored),
            Err(taken) if taken.is_conflict() => {
                self.settle(place, id, sealed, stored, taken).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Something is there already: the same, by another writer or an earlier try, or what nobody can read any more; or another content.
    async fn settle(
        &self,
        place: &StorageKey,
        id: faxgate_types::FileKeyId,
        sealed: Bytes,
        stored: Stored,
        taken: FilesError,
    ) -> Result<Stored> {
        let is_ours = match self.files.get(place).await? {
            None => true,
            Some(there) => match held(&there) {
                Held::Clear => Sha256Digest::of(&there) == stored.sha256,
                Held::Sealed(by) if by == *id.uuid().as_bytes() => {
                    let there = self.look(place).await?;
                    let there = self.read(place, there).await?;
                    there.is_some_and(|clear| Sha256Digest::of(&clear) == stored.sha256)
                }
                // Its key went with what it was.
                Held::Sealed(_) | Held::Torn => true,
            },
        };
        if !is_ours {
            return Err(taken.into());
        }
        // Once more, since whoever wrote it may have died before it was flushed.
        self.files.replace(place, sealed).await?;
        Ok(stored)
    }

    /// The bytes; `None`: there are none, or nobody can read them any more.
    ///
    /// # Errors
    /// [`Error::is_damaged`] when they are not what was stored; when the database or the store cannot be reached, or the master key was
    /// not given.
    pub async fn get(&self, place: &StorageKey) -> Result<Option<Bytes>> {
        let look = match self.look(place).await? {
            // It may have been encrypted, or stored anew, between the look at it and the one at its key.
            Some(Look::Wrong(_)) => self.look(place).await?,
            look => look,
        };
        self.read(place, look).await
    }

    async fn look(&self, place: &StorageKey) -> Result<Option<Look>> {
        let Some(bytes) = self.files.get(place).await? else {
            return Ok(None);
        };
        let is = held(&bytes);
        let key = match is {
            Held::Clear if !self.masters.is_set() => None,
            _ => self.key_of(place).await?,
        };
        Ok(Some(match (is, key) {
            (Held::Clear, None) => Look::Clear(bytes),
            (Held::Clear, Some(key)) if key.may_be_clear => Look::Clear(bytes),
            (Held::Clear, Some(_)) => Look::Wrong("it lies in clear, and was stored encrypted"),
            (Held::Torn, _) => Look::Wrong("its end is missing"),
            (Held::Sealed(_), None) => Look::Shredded,
            (Held::Sealed(by), Some(key)) if by == *key.id.uuid().as_bytes() => {
                Look::Sealed(bytes, key)
            }
            (Held::Sealed(_), Some(_)) => Look::Wrong("it is encrypted with another file's key"),
        }))
    }

    async fn read(&self, place: &StorageKey, look: Option<Look>) -> Result<Option<Bytes>> {
        let wrong = |why: &str| Error::damaged(format!("{place}: {why}"));
        match look {
            None => Ok(None),
            Some(Look::Clear(bytes)) => Ok(Some(bytes)),
            Some(Look::Shredded) => {
                tracing::warn!(file = %place, "{place} is there, and its key is gone: nobody can read it any more");
                Ok(None)
            }
            Some(Look::Wrong(why)) => Err(wrong(why)),
            Some(Look::Sealed(bytes, Opened { id, key, .. })) => {
                let at = place.clone();
                let opened = tokio::task::spawn_blocking(move || key.open(id, &at, bytes)).await;
                match opened.map_err(Error::internal)? {
                    Some(clear) => Ok(Some(clear)),
                    None => Err(wrong("its bytes are not those that were encrypted")),
                }
            }
        }
    }

    async fn seal(&self, opened: Opened, place: &StorageKey, bytes: Bytes) -> Result<Bytes> {
        let (place, ambient) = (place.clone(), self.ambient.clone());
        let seal = move || opened.key.seal(opened.id, &place, &bytes, &ambient);
        tokio::task::spawn_blocking(seal)
            .await
            .map_err(Error::internal)?
    }

    /// Whether there is a file of this name.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn exists(&self, place: &StorageKey) -> Result<bool> {
        Ok(self.files.exists(place).await?)
    }

    /// Deletes a file for good, its key first: whatever copies of it there are, nobody can read them any more.
    ///
    /// # Errors
    /// When the database or the store cannot be reached.
    pub async fn delete(&self, place: &StorageKey) -> Result<bool> {
        let mut tx = self.reads(place).await?;
        let has_key = keys::of_file(&mut tx, place.as_str()).await?.is_some();
        tx.commit().await?;
        if has_key {
            let mut tx = self.writes(place).await?;
            keys::remove(&mut tx, &[place.to_string()]).await?;
            tx.commit().await?;
        }
        Ok(self.files.delete(place).await?)
    }

    /// Writes what is in a file into one named `name` in `dir`, in clear, for FreeSWITCH. `None`: there are no bytes to be had.
    ///
    /// # Errors
    /// As [`Vault::get`]; when it cannot be written.
    pub async fn export_to(
        &self,
        place: &StorageKey,
        dir: &Path,
        name: &str,
    ) -> Result<Option<PathBuf>> {
        match self.get(place).await? {
            Some(bytes) => Ok(Some(faxgate_files::hand_out(bytes, dir, name).await?)),
            None => Ok(None),
        }
    }

    /// What lies under a tenant's segment.
    ///
    /// # Errors
    /// It is no segment.
    pub fn list(&self, segment: &str) -> Result<Listing, InvalidKey> {
        self.files.list(segment)
    }

    /// As [`Files::remove_directory_of`].
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove_directory_of(&self, segment: &str) -> Result<()> {
        Ok(self.files.remove_directory_of(segment).await?)
    }

    /// Gives a file that was nobody's to a tenant: its key is wrapped by the tenant's from now on, and goes with that one.
    ///
    /// # Errors
    /// When a query fails, or the master key was not given.
    pub(crate) async fn hand_over(
        &self,
        tx: &mut System,
        place: &str,
        tenant: TenantId,
    ) -> Result<()> {
        let Some((file, wrapped_by)) = keys::of_file(tx, place).await? else {
            return Ok(());
        };
        if file.tenant_id == Some(tenant) {
            return Ok(());
        }
        let opened = self.open_file_key(&file, &wrapped_by)?;
        let busy =
            || Error::unavailable("ENCRYPTION_KEYS_BUSY", "somebody else changes these keys");
        let (by, with) = self.current(tx, Some(tenant)).await?.ok_or_else(busy)?;
        let given = faxgate_db::keys::FileKey {
            tenant_id: Some(tenant),
            tenant_key_id: by,
            wrapped: with.wrap(&opened.key, &file_binding(place, file.id), &self.ambient)?,
            ..file.clone()
        };
        match keys::wrap_file_anew(tx, &file, &given).await? {
            true => Ok(()),
            false => Err(busy()),
        }
    }
}
