//! What a tenant has in the store.

use std::time::SystemTime;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path as ObjectPath;
use object_store::{Error as StoreError, ObjectMeta, ObjectStore as _};

use crate::error::{FilesError, Kind, io_error};
use crate::key::{InvalidKey, StorageKey, is_segment};
use crate::store::Files;

/// A file that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: StorageKey,
    /// Bytes.
    pub size: u64,
    /// When it was written, by the store's clock.
    pub written: SystemTime,
}

/// A tenant's files, one after the other, in no particular order.
pub struct Listing {
    found: BoxStream<'static, Result<ObjectMeta, StoreError>>,
    /// Before each key, with the slash behind it.
    prefix: String,
}

impl Files {
    /// What lies under a tenant's segment.
    ///
    /// # Errors
    /// It is no segment.
    pub fn list(&self, tenant_segment: &str) -> Result<Listing, InvalidKey> {
        // The rest is as good as any.
        StorageKey::new(tenant_segment, "area", "name")?;
        let prefix = match self.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let place = ObjectPath::from(format!("{prefix}{tenant_segment}"));
        Ok(Listing {
            found: self.store.list(Some(&place)),
            prefix,
        })
    }

    /// Removes the directory in which a tenant's files were, with what was left half-written there. Call it when the last file is
    /// deleted: what is there is lost. On S3 there is nothing to do.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove_directory_of(&self, tenant_segment: &str) -> Result<(), FilesError> {
        if !is_segment(tenant_segment) {
            return Err(Kind::Name(tenant_segment.chars().take(128).collect()).into());
        }
        let Some(root) = &self.root else {
            return Ok(());
        };
        let directory = root.join(tenant_segment);
        match tokio::fs::remove_dir_all(&directory).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(io_error("cannot remove", directory)(error))
            }
            _ => Ok(()),
        }
    }
}

impl Listing {
    /// The next file; `None`: there are no more. What is none of ours is passed over.
    ///
    /// # Errors
    /// [`FilesError::is_unavailable`], or another failure of the store.
    pub async fn next(&mut self) -> Result<Option<Listed>, FilesError> {
        while let Some(found) = self.found.next().await {
            let found = found.map_err(|source| Kind::Store {
                doing: "cannot list",
                key: self.prefix.clone(),
                source,
            })?;
            let key = found.location.as_ref().strip_prefix(&self.prefix);
            if let Some(Ok(key)) = key.map(str::parse) {
                return Ok(Some(Listed {
                    key,
                    size: found.size,
                    written: found.last_modified.into(),
                }));
            }
        }
        Ok(None)
    }
}
