//! Encrypting what was stored in clear.

use faxgate_db::{keys, tenants};
use faxgate_files::StorageKey;
use serde_json::json;

use super::Vault;
use super::cipher::{Held, held};
use super::keyring::is_off;
use crate::app::App;
use crate::audit::{Chain, Entry};
use crate::error::{Error, Kind, Result};
use crate::numbers::Asker;
use crate::receive::UNCLAIMED;

/// What was done about files in clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encrypted {
    /// They are encrypted since.
    pub files: u64,
    /// How many bytes were in them.
    pub bytes: u64,
}

impl App {
    /// Encrypts every file that lies in clear. It can be killed and done again at any time, and files are read and removed meanwhile.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `ENCRYPTION_OFF`, `ENCRYPTION_KEY_MISSING`; when the database or the store cannot be reached.
    pub async fn encrypt_files(&self, asker: &Asker) -> Result<Encrypted> {
        asker.must_operate("encrypting files")?;
        if !self.vault.masters.is_set() {
            return Err(is_off());
        }
        let mut tx = self.db.system_read("whose files there are").await?;
        let tenants = tenants::list(&mut tx).await?;
        tx.commit().await?;
        let mut segments = vec![UNCLAIMED.to_owned()];
        segments.extend(tenants.iter().map(|tenant| tenant.id.to_string()));
        let mut done = Encrypted::default();
        for segment in segments {
            let mut listing = self.vault.list(&segment).map_err(Error::internal)?;
            while let Some(some) = self.vault.next_clear(&mut listing).await? {
                for place in some {
                    if let Some(bytes) = self.vault.encrypt(&place).await? {
                        done.files += 1;
                        done.bytes += bytes;
                    }
                }
            }
        }
        let mut tx = self.db.system("files are encrypted").await?;
        let entry = Entry::new(asker, "files.encrypted", done.files)
            .details(json!({"files": done.files, "bytes": done.bytes}));
        self.audit(&mut tx, Chain::Gateway, entry).await?;
        tx.commit().await?;
        Ok(done)
    }
}

impl Vault {
    /// Encrypts a file that lies in clear: its key first, which says that the file may be clear still; then the file, whole, in the place
    /// of the clear one; then it is no longer said. `None`: there was nothing to encrypt.
    async fn encrypt(&self, place: &StorageKey) -> Result<Option<u64>> {
        let opened = match self.key_for(place, true).await {
            Ok(opened) => opened,
            // It is going, or its tenant is.
            Err(error) if matches!(error.kind, Kind::Gone | Kind::Conflict) => return Ok(None),
            Err(error) => return Err(error),
        };
        let id = opened.id;
        let there = self.files.get(place).await?;
        let clear = match there {
            None => {
                self.delete(place).await?;
                return Ok(None);
            }
            Some(bytes) => match held(&bytes) {
                Held::Clear => Some(bytes),
                // By somebody who was killed before he could say so; or its key is gone, and it is nothing to anybody.
                Held::Sealed(_) | Held::Torn => None,
            },
        };
        let size = clear.as_ref().map(|bytes| bytes.len() as u64);
        if let Some(clear) = clear {
            let sealed = self.seal(opened, place, clear).await?;
            self.files.replace(place, sealed).await?;
        }
        let mut tx = self.writes(place).await?;
        let is_kept = keys::is_sealed(&mut tx, place.as_str(), id).await?;
        tx.commit().await?;
        if !is_kept {
            // It was deleted meanwhile, and is there again by our doing: without its key.
            self.files.delete(place).await?;
            return Ok(None);
        }
        Ok(size)
    }
}
