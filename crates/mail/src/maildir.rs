//! A maildir that a mail server delivers into (<https://cr.yp.to/proto/maildir.html>): what lies in `new/` waits for us.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What becomes of a message that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// It goes to `processed/`.
    Processed,
    /// It goes to `refused/`, where somebody can look at it.
    Refused,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Since when it is there.
    pub since: SystemTime,
}

/// A maildir. Its methods block: they are for a thread that may.
#[derive(Clone, Debug)]
pub struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    /// The maildir at `folder`; what is missing of it is made.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        for inner in ["tmp", "new", "cur", "processed", "refused"] {
            std::fs::create_dir_all(folder.join(inner))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The names of at most `most` messages that wait, oldest first: names begin with the time. Those in `resting` are passed over, so that
    /// they keep no other from being looked at.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn waiting(&self, most: usize, resting: &HashSet<OsString>) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.folder.join("new"))? {
            let entry = entry?;
            let name = entry.file_name();
            let hidden = name.as_encoded_bytes().starts_with(b".");
            // No links: a message is a file of the mail server's.
            if !hidden && !resting.contains(&name) && entry.file_type()?.is_file() {
                names.push(name);
            }
        }
        names.sort_unstable();
        names.truncate(most);
        Ok(names)
    }

    /// A message that waits, at most one byte more than `most` of it; `None`: it is gone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, name: &OsStr, most: usize) -> io::Result<Option<Waiting>> {
        let file = match std::fs::File::open(self.folder.join("new").join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let since = file.metadata()?.modified()?;
        let mut bytes = Vec::new();
        let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        file.take(most).read_to_end(&mut bytes)?;
        Ok(Some(Waiting { bytes, since }))
    }

    /// Puts a message aside, once what became of it is committed.
    ///
    /// # Errors
    /// When it cannot be moved; then it waits, and is looked at again.
    pub fn put_aside(&self, name: &OsStr, becomes: Becomes) -> io::Result<()> {
        let folder = match becomes {
            Becomes::Processed => "processed",
            Becomes::Refused => "refused",
        };
        let (from, to) = (
            self.folder.join("new").join(name),
            self.folder.join(folder).join(name),
        );
        match std::fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wait_in_order_until_they_are_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(folder.path()).unwrap();
        for name in ["200.a", "100.b", ".hidden"] {
            std::fs::write(folder.path().join("new").join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("new/000.link")).unwrap();
        let none = HashSet::new();
        assert_eq!(maildir.waiting(9, &none).unwrap(), ["100.b", "200.a"]);
        assert_eq!(maildir.waiting(1, &none).unwrap(), ["100.b"]);
        let read = |most| maildir.read(OsStr::new("100.b"), most).unwrap();
        assert_eq!(read(2).unwrap().bytes, b"100");
        maildir
            .put_aside(OsStr::new("100.b"), Becomes::Processed)
            .unwrap();
        for _ in 0..2 {
            maildir
                .put_aside(OsStr::new("200.a"), Becomes::Refused)
                .unwrap();
        }
        assert!(maildir.waiting(9, &none).unwrap().is_empty());
        assert!(folder.path().join("processed/100.b").exists());
        assert!(folder.path().join("refused/200.a").exists());
        assert_eq!(read(9), None);
    }

    #[test]
    fn those_that_rest_keep_no_other_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(folder.path()).unwrap();
        let mut resting = HashSet::new();
        for n in 0..50 {
            let name = format!("{n:03}.rests");
            std::fs::write(folder.path().join("new").join(&name), "x").unwrap();
            resting.insert(OsString::from(name));
        }
        std::fs::write(folder.path().join("new/999.new"), "x").unwrap();
        assert_eq!(maildir.waiting(50, &resting).unwrap(), ["999.new"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_text_is_a_name() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(folder.path()).unwrap();
        let name = OsStr::from_bytes(b"100.\xff");
        std::fs::write(folder.path().join("new").join(name), "x").unwrap();
        let waiting = maildir.waiting(9, &HashSet::new()).unwrap();
        assert_eq!(waiting, [name]);
        assert_eq!(maildir.read(&waiting[0], 9).unwrap().unwrap().bytes, b"x");
        maildir.put_aside(name, Becomes::Refused).unwrap();
        assert!(folder.path().join("refused").join(name).exists());
    }
}
