//! From an address to a store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use crate::error::{FilesError, Kind, io_error};

/// How a store is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// Largest file stored or read back, bytes. A file is held in memory whole.
    pub max_bytes: u64,
    /// For `s3://`.
    pub s3: S3Options,
}

impl Default for Options {
    /// 256 MiB; S3 by the machine's own role.
    fn default() -> Self {
        Self {
            max_bytes: 256 * 1024 * 1024,
            s3: S3Options::default(),
        }
    }
}

/// How S3 is reached. `Debug` does not show the key.
#[derive(Clone, Default)]
pub struct S3Options {
    /// Address of a service other than Amazon's.
    pub endpoint: Option<String>,
    /// Region; `us-east-1` when not given.
    pub region: Option<String>,
    /// Key id; the machine's own role when not given.
    pub access_key_id: Option<String>,
    /// Key.
    pub secret_access_key: Option<String>,
    /// Whether an endpoint without TLS may be used.
    pub allow_http: bool,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

/// A store, and where in it we are.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Before each key; empty for a directory.
    pub(crate) prefix: String,
    /// The directory, absolute, for a local store.
    pub(crate) root: Option<PathBuf>,
}

/// Opens `file://DIRECTORY` (made if missing) or `s3://BUCKET/PREFIX`.
pub(crate) async fn open(url: &str, s3: S3Options) -> Result<Opened, FilesError> {
    match url.split_once("://") {
        Some(("file", directory)) if !directory.is_empty() => {
            open_directory(directory.into()).await
        }
        Some(("s3", place)) if !place.trim_matches('/').is_empty() => open_s3(place, s3),
        _ => Err(Kind::Location(url.to_owned()).into()),
    }
}

async fn open_directory(directory: PathBuf) -> Result<Opened, FilesError> {
    let create = io_error("cannot make the directory", &directory);
    tokio::fs::create_dir_all(&directory)
        .await
        .map_err(create)?;
    let find = io_error("cannot find the directory", &directory);
    let root = tokio::fs::canonicalize(&directory).await.map_err(find)?;
    let store = LocalFileSystem::new_with_prefix(&root)
        .map_err(open_error)?
        // File, new directories and their parents are flushed before a put returns.
        .with_fsync(true);
    Ok(Opened {
        store: Arc::new(store),
        prefix: String::new(),
        root: Some(root),
    })
}

fn open_s3(place: &str, options: S3Options) -> Result<Opened, FilesError> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(options.region.as_deref().unwrap_or("us-east-1"))
        .with_allow_http(options.allow_http)
        // One object, one request: not every S3 has the bulk call.
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 3,
            retry_timeout: Duration::from_secs(30),
        });
    if let Some(endpoint) = options.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let (Some(id), Some(key)) = (options.access_key_id, options.secret_access_key) {
        builder = builder.with_access_key_id(id).with_secret_access_key(key);
    }
    Ok(Opened {
        store: Arc::new(builder.build().map_err(open_error)?),
        prefix: prefix.trim_matches('/').to_owned(),
        root: None,
    })
}

fn open_error(error: object_store::Error) -> FilesError {
    Kind::Open(Box::new(error)).into()
}

/// Flushes a directory's entries to disk.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), FilesError> {
    std::fs::File::open(directory)
        .and_then(|opened| opened.sync_all())
        .map_err(io_error("cannot flush the directory", directory))
}
