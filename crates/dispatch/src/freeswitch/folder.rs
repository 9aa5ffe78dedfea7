//! Whether the folder of a line's records is the one that the other nodes of the line read: a mark in it tells.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use super::{Office, Spool};

/// The file that has the mark.
const MARK: &str = ".faxgate-folder";
/// How often it is looked at while the line is used.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Why the line may not be used with this folder.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// The mark cannot be read or made.
    #[error("{0} cannot be read or made: {1}")]
    Unmarked(String, #[source] std::io::Error),
    /// Another node of the line reads another folder.
    #[error(
        "cdr_dir {mine} of node `{node}` is another folder than {other} (NODE:cdr_dir), where the records of this line were read before: every \
         node of a line needs the same cdr_dir; if the folder was moved on purpose, and no call is open, `faxgate line resume {lane}` lets \
         this one count"
    )]
    Another {
        mine: String,
        node: String,
        other: String,
        lane: String,
    },
    /// Nobody can be asked now.
    #[error("the line's folder cannot be looked up: {0}")]
    Unasked(#[from] faxgate_core::Error),
}

/// Whether every node of the line reads its records in the folder that we read them in.
pub(super) async fn check(office: &Office) -> Result<(), FolderError> {
    let Spool::Shared { cdr_dir, .. } = &office.config.spool else {
        return Ok(());
    };
    let file = cdr_dir.join(MARK);
    let fresh = office.app.ambient().uuid().to_string();
    let mark = mark(&file, &fresh)
        .await
        .map_err(|error| FolderError::Unmarked(file.display().to_string(), error))?;
    let (lane, mine) = (&office.config.name, cdr_dir.display().to_string());
    match office.app.other_folder(lane, &mark, &mine).await? {
        None => Ok(()),
        Some(other) => Err(FolderError::Another {
            mine,
            node: office.app.node().to_owned(),
            other,
            lane: lane.clone(),
        }),
    }
}

/// Resolves once the folder is not the line's any more, or has lost its mark.
pub(super) async fn changes(office: &Office) {
    loop {
        sleep(LOOK_EVERY).await;
        if let Err(FolderError::Another { .. } | FolderError::Unmarked(..)) = check(office).await {
            return;
        }
    }
}

/// The folder's mark; a folder that has none gets `fresh`. Of several that try, one makes it.
async fn mark(file: &Path, fresh: &str) -> std::io::Result<String> {
    let made = tokio::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .await;
    match made {
        Ok(mut made) => {
            made.write_all(fresh.as_bytes()).await?;
            made.sync_all().await?;
            Ok(fresh.to_owned())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let mark = tokio::fs::read_to_string(file).await?;
            match mark.trim().parse::<uuid::Uuid>() {
                Ok(mark) => Ok(mark.to_string()),
                // Somebody is making it; or its maker died, and a person has to remove it.
                Err(_) => Err(std::io::Error::new(ErrorKind::InvalidData, "it has no id")),
            }
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_keeps_its_first_mark() {
        let folder = std::env::temp_dir().join(format!("faxgate-mark-{}", std::process::id()));
        tokio::fs::create_dir_all(&folder).await.unwrap();
        let file = folder.join(MARK);
        let (one, two) = (
            "7a64dd4d-40dd-46ad-8f3c-46bb4f4a4bd4",
            "0b0c1a7f-9c4e-4b25-9a54-1d8c0a6b5f11",
        );
        assert_eq!(mark(&file, one).await.unwrap(), one);
        assert_eq!(mark(&file, two).await.unwrap(), one);
        tokio::fs::write(&file, "7a64").await.unwrap();
        assert!(mark(&file, two).await.is_err(), "half a mark is none");
        tokio::fs::remove_dir_all(&folder).await.unwrap();
    }
}
