//! The document store.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as ObjectPath;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt as _, PutMode};

use crate::digest::Sha256Digest;
use crate::error::{FilesError, Kind};
use crate::key::{StorageKey, is_segment};
use crate::open::{self, Options, sync_directory};
use crate::{export, ingest};

/// What was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// Of the bytes.
    pub sha256: Sha256Digest,
}

/// Documents and pages, in a directory or in S3. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) prefix: String,
    pub(crate) root: Option<PathBuf>,
    max_bytes: u64,
}

impl Files {
    /// Opens `file://DIRECTORY` (made if missing; `file:///…` is absolute) or `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// The address is neither, the directory cannot be made, or the S3 options do not fit together. S3 is not asked.
    pub async fn open(url: &str, options: Options) -> Result<Self, FilesError> {
        let opened = open::open(url, options.s3).await?;
        Ok(Self {
            store: opened.store,
            prefix: opened.prefix,
            root: opened.root,
            max_bytes: options.max_bytes,
        })
    }

    /// Stores bytes. They are on disk, or confirmed by S3, when this returns.
    ///
    /// The same bytes may be stored again; other bytes under a key that is taken are refused, so a key means one content.
    ///
    /// # Errors
    /// [`FilesError::is_conflict`], [`FilesError::is_full`], [`FilesError::is_too_large`],
    /// [`FilesError::is_unavailable`], or another failure of the store.
    pub async fn put(&self, key: &StorageKey, bytes: Bytes) -> Result<Stored, FilesError> {
        if bytes.len() as u64 > self.max_bytes {
            return Err(self.too_large(key.as_str()));
        }
        let stored = Stored {
            size: bytes.len() as u64,
            sha256: Sha256Digest::of(&bytes),
        };
        let created = self
            .store
            .put_opts(&self.path(key), bytes.into(), PutMode::Create.into())
            .await;
        match created {
            Ok(_) => Ok(stored),
            Err(StoreError::AlreadyExists { .. }) => {
                match self.get(key).await? {
                    Some(held) if Sha256Digest::of(&held) == stored.sha256 => {
                        // Whoever wrote it may have died before the directory was flushed.
                        self.flush_directory_of(key).await?;
                        Ok(stored)
                    }
                    _ => Err(Kind::Conflict(key.to_string()).into()),
                }
            }
            Err(error) => Err(store_error("cannot store", key, error)),
        }
    }

    /// Stores bytes in the place of those that lie there, if any do: whoever reads meanwhile has the ones or the others, whole. They are
    /// on disk, or confirmed by S3, when this returns.
    ///
    /// # Errors
    /// [`FilesError::is_full`], [`FilesError::is_too_large`], [`FilesError::is_unavailable`], or another failure of the store.
    pub async fn replace(&self, key: &StorageKey, bytes: Bytes) -> Result<(), FilesError> {
        if bytes.len() as u64 > self.max_bytes {
            return Err(self.too_large(key.as_str()));
        }
        let replaced = self
            .store
            .put_opts(&self.path(key), bytes.into(), PutMode::Overwrite.into())
            .await;
        match replaced {
            Ok(_) => Ok(()),
            Err(error) => Err(store_error("cannot replace", key, error)),
        }
    }

    /// Stores what an open file holds. A path that was checked and opened cannot be swapped for another before this reads it.
    ///
    /// # Errors
    /// As [`Files::put`], and when it is no regular file or cannot be read.
    pub async fn put_file(&self, key: &StorageKey, file: File) -> Result<Stored, FilesError> {
        let (max, name) = (self.max_bytes, PathBuf::from(key.as_str()));
        let bytes = blocking(move || ingest::read_regular(file, &name, max)).await?;
        self.put(key, bytes).await
    }

    /// Stores what is at a path: a regular file, not a symbolic link. Links in its parent directories are followed.
    ///
    /// # Errors
    /// As [`Files::put`], and when it is no regular file or cannot be read.
    pub async fn put_path(&self, key: &StorageKey, path: &Path) -> Result<Stored, FilesError> {
        let (max, path) = (self.max_bytes, path.to_owned());
        let bytes =
            blocking(move || ingest::read_regular(ingest::open_regular(&path)?, &path, max))
                .await?;
        self.put(key, bytes).await
    }

    /// The bytes; `None` when there are none under this key.
    ///
    /// # Errors
    /// [`FilesError::is_too_large`], [`FilesError::is_unavailable`], or another failure of the store.
    pub async fn get(&self, key: &StorageKey) -> Result<Option<Bytes>, FilesError> {
        let found = match self.store.get(&self.path(key)).await {
            Ok(found) => found,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(store_error("cannot read", key, error)),
        };
        if found.meta.size > self.max_bytes {
            return Err(self.too_large(key.as_str()));
        }
        match found.bytes().await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => Err(store_error("cannot read", key, error)),
        }
    }

    /// Whether there is a file under this key.
    ///
    /// # Errors
    /// [`FilesError::is_unavailable`], or another failure of the store.
    pub async fn exists(&self, key: &StorageKey) -> Result<bool, FilesError> {
        match self.store.head(&self.path(key)).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(store_error("cannot look for", key, error)),
        }
    }

    /// Deletes a file for good; whether there was one.
    ///
    /// # Errors
    /// [`FilesError::is_unavailable`], or another failure of the store.
    pub async fn delete(&self, key: &StorageKey) -> Result<bool, FilesError> {
        // S3 does not tell whether there was anything.
        if !self.exists(key).await? {
            return Ok(false);
        }
        match self.store.delete(&self.path(key)).await {
            Ok(()) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(store_error("cannot delete", key, error)),
        }
    }

    /// Where a file of a local store is, or would be; `None` on S3. Absolute.
    #[must_use]
    pub fn local_path(&self, key: &StorageKey) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.join(key.as_str()))
    }

    /// Writes a copy named `name` into `dir`, whole and flushed, readable by the directory's group (0640), and gives its
    /// path. For FreeSWITCH, before dialling. A copy of that name is replaced. `None`: there is no file under this key.
    ///
    /// # Errors
    /// `name` is more than a plain file name, [`FilesError::is_full`], or a failure to read or write.
    pub async fn export_to(
        &self,
        key: &StorageKey,
        dir: &Path,
        name: &str,
    ) -> Result<Option<PathBuf>, FilesError> {
        is_plain(name)?;
        match self.get(key).await? {
            Some(bytes) => hand_out(bytes, dir, name).await.map(Some),
            None => Ok(None),
        }
    }

    fn path(&self, key: &StorageKey) -> ObjectPath {
        ObjectPath::from(format!("{}/{key}", self.prefix))
    }

    fn too_large(&self, name: &str) -> FilesError {
        let (name, max) = (name.to_owned(), self.max_bytes);
        Kind::TooLarge { name, max }.into()
    }

    async fn flush_directory_of(&self, key: &StorageKey) -> Result<(), FilesError> {
        match self.local_path(key) {
            Some(path) => blocking(move || path.parent().map_or(Ok(()), sync_directory)).await,
            None => Ok(()),
        }
    }
}

/// Writes bytes into a file named `name` in `dir`, as [`Files::export_to`] does.
///
/// # Errors
/// `name` is more than a plain file name, [`FilesError::is_full`], or a failure to write.
pub async fn hand_out(bytes: Bytes, dir: &Path, name: &str) -> Result<PathBuf, FilesError> {
    is_plain(name)?;
    let (dir, name) = (dir.to_owned(), name.to_owned());
    blocking(move || export::write(&dir, &name, &bytes)).await
}

fn is_plain(name: &str) -> Result<(), FilesError> {
    match is_segment(name) {
        true => Ok(()),
        false => Err(Kind::Name(name.chars().take(128).collect()).into()),
    }
}

fn store_error(doing: &'static str, key: &StorageKey, source: StoreError) -> FilesError {
    let key = key.to_string();
    Kind::Store { doing, key, source }.into()
}

/// Runs file work where it may block. It ends even if the caller has gone.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FilesError> + Send + 'static,
) -> Result<T, FilesError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(Kind::Stopping.into()),
    }
}
