//! `faxgate tenant export`

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use faxgate_core::{App, Asker, ExportedFile};
use tokio::sync::mpsc;

/// Blocks of a tar file (POSIX.1-1988, ustar).
const BLOCK: usize = 512;

/// Writes all that a tenant has to a directory, or to a tar file when the name ends so. Neither may be there already.
pub(super) async fn export(app: &App, slug: &str, to: PathBuf) -> anyhow::Result<()> {
    let what = || format!("cannot write {}", to.display());
    let is_tar = to.extension().is_some_and(|ending| ending == "tar");
    let mut out = match is_tar {
        true => Out::Tar(BufWriter::new(File::create_new(&to).with_context(what)?)),
        false => {
            std::fs::create_dir(&to).with_context(what)?;
            Out::Folder(to.clone())
        }
    };
    let (sender, mut files) = mpsc::channel(2);
    let writing = tokio::task::spawn_blocking(move || -> io::Result<()> {
        while let Some(file) = files.blocking_recv() {
            out.take(&file)?;
        }
        out.end()
    });
    let exported = app.export_tenant(&Asker::Console, slug, sender).await;
    // What could not be written says more than that nobody took it.
    writing.await?.with_context(what)?;
    let exported = exported?;
    for (table, rows) in &exported.rows {
        println!("{table}\t{rows} rows");
    }
    println!("files\t{}\t{} bytes", exported.files, exported.bytes);
    Ok(())
}

enum Out {
    Folder(PathBuf),
    Tar(BufWriter<File>),
}

impl Out {
    fn take(&mut self, file: &ExportedFile) -> io::Result<()> {
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !Path::new(&file.name).components().all(plain) {
            return Err(io::Error::other(format!(
                "{:?} is no plain name",
                file.name
            )));
        }
        match self {
            Self::Folder(folder) => {
                let path = folder.join(&file.name);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                let mut written = File::create_new(path)?;
                written.write_all(&file.bytes)?;
                written.sync_all()
            }
            Self::Tar(tar) => {
                tar.write_all(&header(&file.name, file.bytes.len() as u64)?)?;
                tar.write_all(&file.bytes)?;
                let rest = file.bytes.len() % BLOCK;
                match rest {
                    0 => Ok(()),
                    rest => tar.write_all(&[0; BLOCK][rest..]),
                }
            }
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Tar(mut tar) => {
                tar.write_all(&[0; 2 * BLOCK])?;
                tar.flush()?;
                tar.into_inner()
                    .map_err(io::IntoInnerError::into_error)?
                    .sync_all()
            }
        }
    }
}

/// A ustar header: a regular file that only its owner reads. Names have at most 100 bytes behind their last slash and 155 before it.
fn header(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    let (prefix, last) = match name.len() <= 100 {
        true => ("", name),
        false => name.rsplit_once('/').unwrap_or(("", name)),
    };
    if last.len() > 100 || prefix.len() > 155 || size >= 1 << 33 {
        return Err(io::Error::other(format!(
            "{name} does not fit into a tar file"
        )));
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, last.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    // The sum counts its own field as spaces.
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    put(345, prefix.as_bytes());
    let sum: u32 = block.iter().copied().map(u32::from).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_split_and_longer_ones_refused() {
        let name = format!("files/{}/{}", "a".repeat(40), "b".repeat(90));
        let block = header(&name, 5).unwrap();
        assert!(block.starts_with(&[b'b'; 90]));
        assert_eq!(&block[345..351], b"files/");
        assert_eq!(&block[124..136], b"00000000005\0");
        assert!(header(&"c".repeat(101), 5).is_err());
    }
}
