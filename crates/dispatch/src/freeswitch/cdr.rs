//! CDR files of `mod_json_cdr`: the truth about a call, once it is over.

use std::path::{Path, PathBuf};

use faxgate_core::{MOST_RECORD_BYTES, Record};
use faxgate_types::CallUuid;

/// A CDR's file. Only one that is not there says anything about the call.
#[derive(Debug)]
pub(super) enum CdrFile {
    /// There is none.
    Missing,
    /// There is one that cannot be read, or not yet.
    Unreadable,
    /// There is one: as it is, and what it says.
    Read(Vec<u8>, Box<Record>),
}

/// Reads a file. FreeSWITCH neither renames nor syncs, so half a file is normal.
pub(super) async fn read(path: &Path) -> CdrFile {
    let meta = match tokio::fs::symlink_metadata(path).await {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return CdrFile::Missing,
        Err(_) => return CdrFile::Unreadable,
    };
    if !meta.is_file() || meta.len() > MOST_RECORD_BYTES {
        return CdrFile::Unreadable;
    }
    match tokio::fs::read(path).await {
        Ok(bytes) => match Record::parse(&bytes) {
            Some(record) => CdrFile::Read(bytes, Box::new(record)),
            None => CdrFile::Unreadable,
        },
        Err(_) => CdrFile::Unreadable,
    }
}

/// Where FreeSWITCH writes the CDR of a call.
pub(super) fn path(folder: &Path, call: CallUuid) -> PathBuf {
    folder.join(format!("{call}.cdr.json"))
}

/// The call that a file in the folder is about. Some modules put a letter before the uuid.
pub(super) fn call_of(path: &Path) -> Option<CallUuid> {
    let name = path.file_name()?.to_str()?.strip_suffix(".cdr.json")?;
    name.parse()
        .or_else(|_| name.get(2..).unwrap_or_default().parse())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_tells_the_call() {
        let call = "24f6d820-268f-4c39-8aab-ba63dc5cd2e2";
        for name in [format!("{call}.cdr.json"), format!("a_{call}.cdr.json")] {
            assert_eq!(call_of(Path::new(&name)).unwrap().to_string(), call);
        }
        assert!(call_of(Path::new("notes.txt")).is_none());
    }
}
