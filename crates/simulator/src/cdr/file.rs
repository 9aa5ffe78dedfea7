//! The file of a CDR.

use std::io::{Error, ErrorKind, Write as _};
use std::path::Path;

/// Leaves the first half of the document, as a reader may meet it.
pub(super) fn write_half(path: &Path, document: &str) {
    let half = &document.as_bytes()[..document.len() / 2];
    if let Err(error) = std::fs::write(path, half) {
        tracing::error!(%error, path = %path.display(), "the CDR cannot be written");
    }
}

/// Writes the document and a newline in place, as mod_json_cdr does: no rename, so that a reader may meet half of it.
/// On a full disk the file is made, cannot be filled, and is unlinked.
///
/// A few kilobytes, written by the session itself: whoever kills the switch meets the whole file or none of it.
pub(super) fn write(path: &Path, document: &str, disk_is_full: bool) {
    let written = std::fs::File::create(path).and_then(|mut file| {
        if disk_is_full {
            return Err(Error::from(ErrorKind::StorageFull));
        }
        file.write_all(document.as_bytes())?;
        file.write_all(b"\n")
    });
    if let Err(error) = written {
        tracing::error!(%error, path = %path.display(), "the CDR cannot be written");
        if let Err(error) = std::fs::remove_file(path)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::error!(%error, path = %path.display(), "nor can it be unlinked");
        }
    }
}
