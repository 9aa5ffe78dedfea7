//! Reading files of others, such as pages that FreeSWITCH received.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;
use rustix::fs::{Mode, OFlags};

use crate::error::{FilesError, Kind, io_error};

/// Opens a regular file. A last path segment that is a symbolic link is refused, and a pipe does not block.
pub(crate) fn open_regular(path: &Path) -> Result<File, FilesError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(opened) => Ok(File::from(opened)),
        Err(rustix::io::Errno::LOOP) => Err(Kind::NotRegular(path.to_owned()).into()),
        Err(error) => Err(io_error("cannot open", path)(error.into())),
    }
}

/// Reads a regular file of at most `max` bytes. `path` is for messages.
pub(crate) fn read_regular(mut file: File, path: &Path, max: u64) -> Result<Bytes, FilesError> {
    let metadata = file.metadata().map_err(io_error("cannot read", path))?;
    if !metadata.is_file() {
        return Err(Kind::NotRegular(path.to_owned()).into());
    }
    let too_large = || Kind::TooLarge {
        name: path.display().to_string(),
        max,
    };
    if metadata.len() > max {
        return Err(too_large().into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.by_ref()
        .take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error("cannot read", path))?;
    // It may have grown since.
    if bytes.len() as u64 > max {
        return Err(too_large().into());
    }
    Ok(bytes.into())
}
