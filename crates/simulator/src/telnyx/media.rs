//! Documents that a client only points to.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::account::Account;
use super::document::MAX_BYTES;

/// How long a document may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fetches a document: 2xx at once, no redirects. The fax's `failure_reason` otherwise.
pub(super) async fn fetch(account: &Account, url: &str) -> Result<Bytes, &'static str> {
    const FAILED: &str = "file_download_failed";
    let client = account.http.posting().ok_or(FAILED)?;
    let asked = client.get(url).timeout(PATIENCE).send().await;
    let mut answer = asked.map_err(|_| FAILED)?;
    if !answer.status().is_success() {
        return Err(FAILED);
    }
    let mut document = BytesMut::new();
    while let Some(part) = answer.chunk().await.map_err(|_| FAILED)? {
        document.extend_from_slice(&part);
        if document.len() > MAX_BYTES {
            return Err("file_size_limit_exceeded");
        }
    }
    Ok(document.freeze())
}
