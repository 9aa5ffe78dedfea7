//! Files that FreeSWITCH left for us: any regular file beneath a spool folder, and nothing else.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Why a path is not one of ours to open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// It leads, or may lead, out of the spool folders.
    #[error(
        "file_path must name a file beneath the gateway's spool folder, without `..` and without symbolic links"
    )]
    Outside,
    /// Nothing there, yet.
    #[error("there is no such file in the spool folder")]
    Missing,
    /// It is there and cannot be read.
    #[error("the file in the spool folder cannot be read")]
    Unreadable(#[source] io::Error),
}

/// The path within its spool folder, if it lies beneath one by its letters alone.
pub(crate) fn beneath<'a>(path: &str, folders: &'a [PathBuf]) -> Option<(&'a Path, PathBuf)> {
    let path = Path::new(path);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !plain || !path.is_absolute() {
        return None;
    }
    folders.iter().find_map(|folder| {
        let inside = path.strip_prefix(folder).ok()?;
        (inside.components().count() > 0).then(|| (folder.as_path(), inside.to_owned()))
    })
}

/// Opens a file beneath one of `folders`. The kernel refuses to leave the folder and to follow a symbolic link, and what is
/// opened is what is checked: nobody can swap it in between.
pub(crate) fn open(path: &str, folders: &[PathBuf]) -> Result<File, SpoolError> {
    let (folder, inside) = beneath(path, folders).ok_or(SpoolError::Outside)?;
    let file = open_beneath(folder, &inside).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SpoolError::Missing,
        // ELOOP: a symbolic link; EXDEV: a way out.
        _ if matches!(error.raw_os_error(), Some(code) if is_escape(code)) => SpoolError::Outside,
        _ => SpoolError::Unreadable(error),
    })?;
    match file.metadata() {
        Ok(meta) if meta.is_file() => Ok(file),
        Ok(_) => Err(SpoolError::Outside),
        Err(error) => Err(SpoolError::Unreadable(error)),
    }
}

fn is_escape(code: i32) -> bool {
    code == rustix::io::Errno::LOOP.raw_os_error() || code == rustix::io::Errno::XDEV.raw_os_error()
}

#[cfg(target_os = "linux")]
fn open_beneath(folder: &Path, inside: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
    let folder = open(
        folder,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let file = openat2(
        folder,
        inside,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS,
    )?;
    Ok(File::from(file))
}

#[cfg(not(target_os = "linux"))]
fn open_beneath(folder: &Path, inside: &Path) -> io::Result<File> {
    let path = folder.join(inside);
    let (real, root) = (path.canonicalize()?, folder.canonicalize()?);
    if real != root.join(inside) {
        return Err(io::Error::from(rustix::io::Errno::LOOP));
    }
    File::open(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_beneath_the_spool_folder_open() {
        let top = tempfile::tempdir().unwrap();
        let spool = top.path().join("spool");
        std::fs::create_dir_all(spool.join("rx")).unwrap();
        std::fs::write(spool.join("rx/a.tif"), b"pages").unwrap();
        std::fs::write(top.path().join("secret"), b"secret").unwrap();
        std::os::unix::fs::symlink(top.path().join("secret"), spool.join("rx/link.tif")).unwrap();
        std::os::unix::fs::symlink(top.path(), spool.join("way-out")).unwrap();
        let folders = [spool.clone()];
        let open = |inside: &str| open(spool.join(inside).to_str().unwrap(), &folders);

        assert!(open("rx/a.tif").is_ok());
        assert!(matches!(open("rx/none.tif"), Err(SpoolError::Missing)));
        for bad in [
            "rx/../../secret",
            "../secret",
            "rx/link.tif",
            "way-out/secret",
            "rx",
            "",
        ] {
            assert!(matches!(open(bad), Err(SpoolError::Outside)), "{bad}");
        }
        assert!(matches!(
            super::open("/etc/passwd", &folders),
            Err(SpoolError::Outside)
        ));
        assert!(matches!(
            super::open("rx/a.tif", &folders),
            Err(SpoolError::Outside)
        ));
    }
}
