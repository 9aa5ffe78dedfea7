//! What is said of things that are no longer kept.

use faxgate_db::{Tx, retention};
use faxgate_types::{TenantId, Timestamp};

use super::holds::day;
use crate::error::{Error, Result};

/// The fax's pages are no longer kept.
pub(crate) fn pages_removed(at: Timestamp) -> Error {
    Error::gone(
        "DOCUMENT_REMOVED",
        format!(
            "the fax's pages were removed on {} by retention: their time was over; what happened to the fax is still told",
            day(at)
        ),
    )
}

/// There is no upload of this name to send, or none any more.
///
/// # Errors
/// When the query fails.
pub(crate) async fn no_upload(tx: &mut Tx, tenant: TenantId, filename: &str) -> Result<Error> {
    Ok(
        match retention::removed_upload(tx, tenant, filename.trim()).await? {
            Some(at) => {
                let what = format!(
                    "the file was removed on {} by retention: its time was over; upload it again",
                    day(at)
                );
                Error::bad_input("FILE_REMOVED", what.clone()).field("filename", what)
            }
            None => Error::bad_input("FILE_NOT_FOUND", "File not found").field(
                "filename",
                "upload the file first, and send the name that the upload answered",
            ),
        },
    )
}
