//! Copies for FreeSWITCH.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::{FilesError, io_error};
use crate::open::sync_directory;

/// Owner reads and writes, group reads: FreeSWITCH is in the directory's group.
const MODE: u32 = 0o640;

/// Writes `dir/name` whole or not at all, flushed to disk; a file of that name is replaced.
pub(crate) fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, FilesError> {
    let path = dir.join(name);
    let mut file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .tempfile_in(dir)
        .map_err(io_error("cannot write into", dir))?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().set_permissions(Permissions::from_mode(MODE)))
        .and_then(|()| file.as_file().sync_all())
        .map_err(io_error("cannot write", &path))?;
    file.persist(&path)
        .map_err(|error| io_error("cannot name", &path)(error.error))?;
    sync_directory(dir)?;
    Ok(path)
}
