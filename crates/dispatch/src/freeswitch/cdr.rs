//! CDR files of `mod_json_cdr`: the truth about a call, once it is over.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use faxgate_core::{App, MOST_RECORD_BYTES, Record};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{CallUuid, Timestamp};

/// A file that was not written to for so long is finished: FreeSWITCH writes it in one go.
pub(super) const FINISHED: Duration = Duration::from_secs(600);

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

/// Puts the file of a settled call away: removes what was read, keeps aside what never could be, and leaves alone what is
/// still being written.
pub(super) async fn put_away(app: &App, path: &Path) {
    match read(path).await {
        CdrFile::Missing => {}
        CdrFile::Read(..) => remove(path).await,
        CdrFile::Unreadable if is_older(app, path, FINISHED).await => {
            let aside = aside(path);
            match tokio::fs::rename(path, &aside).await {
                Ok(()) => {
                    tracing::error!(path = %aside.display(), "a CDR that cannot be read is kept as {}", aside.display());
                }
                Err(error) => {
                    tracing::warn!(%error, path = %path.display(), "a CDR that cannot be read cannot be kept aside");
                }
            }
        }
        CdrFile::Unreadable => {}
    }
}

/// Removes a file that nobody needs any more.
pub(super) async fn remove(path: &Path) {
    failpoint::reach(Failpoint::BeforeCdrRemoval);
    if let Err(error) = tokio::fs::remove_file(path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file in the spool folder cannot be removed");
    }
}

/// Whether a file was last written to longer ago than this.
pub(super) async fn is_older(app: &App, path: &Path, than: Duration) -> bool {
    let modified = tokio::fs::symlink_metadata(path)
        .await
        .and_then(|meta| meta.modified())
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .and_then(|age| i64::try_from(age.as_micros()).ok())
        .and_then(Timestamp::from_unix_micros);
    modified.is_some_and(|at| app.now().since(at) > than)
}

fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unreadable");
    PathBuf::from(name)
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
        let put_aside = aside(Path::new(&format!("{call}.cdr.json")));
        assert!(call_of(&put_aside).is_none());
    }
}
