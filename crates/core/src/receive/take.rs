//! Storing a notice, durably, before it is answered.

use faxgate_db::jobs;
use faxgate_db::receptions::{self, Reception};
use faxgate_files::StorageKey;
use faxgate_types::{JobId, ReceptionId};
use sha2::{Digest, Sha256};

use super::notice::{FreeSwitchNotice, Notice, NoticeFile, NoticeTaken, Stored};
use crate::app::App;
use crate::error::{Error, Result};
use crate::{spool, work};

/// The storage segment of what has no tenant yet.
pub(super) const UNCLAIMED: &str = "inbound";

impl App {
    /// Stores a notice of an inbound fax. Whoever sent it has been verified; what it says has not.
    ///
    /// # Errors
    /// `INVALID_NOTICE`, `INVALID_FILE_PATH`, `CHECKSUM_MISMATCH`; and when it cannot be stored: then it has to come again.
    pub async fn receive(&self, notice: Notice) -> Result<NoticeTaken> {
        let (key, source, to, stored, bytes) = match notice {
            Notice::FreeSwitch(notice) => {
                let key = format!("fs:{}", checked_id("uuid", &notice.uuid)?);
                let file = notice.file.clone();
                let (path, name, bytes) = self.checked_file(&notice, file)?;
                let to = notice.to.clone();
                let stored = Stored::FreeSwitch {
                    notice: Box::new(notice),
                    file_path: path,
                    file_name: name,
                };
                (key, "freeswitch", to, stored, bytes)
            }
            Notice::Telnyx(notice) => {
                let key = format!("telnyx:{}", checked_id("id", &notice.id)?);
                self.outbound.check(&notice.media_url).map_err(|e| {
                    Error::bad_input("INVALID_MEDIA_URL", e.to_string())
                        .field("media_url", e.to_string())
                })?;
                let to = notice.to.clone();
                (key, "telnyx", to, Stored::Telnyx { notice }, None)
            }
        };
        let to: String = to.chars().filter(|c| !c.is_control()).take(64).collect();
        let notice = serde_json::to_string(&stored).map_err(Error::internal)?;
        let app = self.clone();
        let taken = self
            .on_main(async move {
                let id = ReceptionId::generate(&app.ambient);
                let file_key = match bytes {
                    Some(bytes) => {
                        let key = StorageKey::new(UNCLAIMED, "received", &format!("{id}.tif")).map_err(Error::internal)?;
                        app.files.put(&key, bytes).await?;
                        Some(key.to_string())
                    }
                    None => None,
                };
                let now = app.now();
                let reception = Reception {
                    id,
                    call_key: key,
                    source: source.to_owned(),
                    to_number: to,
                    notice,
                    file_key,
                    state: "waiting".to_owned(),
                    tenant_id: None,
                    fax_id: None,
                    error: None,
                    created_at: now,
                };
                let mut tx = app.db.system("store a notice").await?;
                if !receptions::insert(&mut tx, &reception).await? {
                    return app.already_told(tx, reception).await;
                }
                jobs::add(&mut tx, JobId::generate(&app.ambient), work::DELIVER, id, now).await?;
                tx.wake(faxgate_db::Wake::Jobs);
                tx.commit().await?;
                tracing::info!(reception = %id, source, "stored the notice of an inbound fax for {}", reception.to_number);
                Ok(NoticeTaken::Accepted)
            })
            .await?;
        self.work_added.notify_one();
        Ok(taken)
    }

    /// The fax is known from another witness. One who brings the pages where they are still missing is no duplicate.
    async fn already_told(
        &self,
        mut tx: faxgate_db::System,
        told: Reception,
    ) -> Result<NoticeTaken> {
        let known = receptions::by_call(&mut tx, &told.call_key).await?;
        if let (Some(mut known), Some(file_key)) = (known, told.file_key.clone())
            && known.file_key.is_none()
            && known.fax_id.is_none()
        {
            let now = self.now();
            known.file_key = Some(file_key);
            "waiting".clone_into(&mut known.state);
            receptions::update(&mut tx, &known, now).await?;
            jobs::add(
                &mut tx,
                JobId::generate(&self.ambient),
                work::DELIVER,
                known.id,
                now,
            )
            .await?;
            tx.commit().await?;
            return Ok(NoticeTaken::Accepted);
        }
        drop(tx);
        if let Some(key) = told.file_key {
            self.files
                .delete(&key.parse().map_err(Error::internal)?)
                .await?;
        }
        Ok(NoticeTaken::Duplicate)
    }

    fn checked_file(
        &self,
        notice: &FreeSwitchNotice,
        file: NoticeFile,
    ) -> Result<(Option<String>, Option<String>, Option<bytes::Bytes>)> {
        match file {
            NoticeFile::None => Ok((None, None, None)),
            NoticeFile::Path(path) => match spool::open(&path, &self.settings.spool_dirs) {
                // Not there yet, or not readable yet: the job looks again. Nothing is refused that may still turn up.
                Ok(_) | Err(spool::SpoolError::Missing | spool::SpoolError::Unreadable(_)) => {
                    Ok((Some(path), None, None))
                }
                Err(outside @ spool::SpoolError::Outside) => {
                    Err(Error::bad_input("INVALID_FILE_PATH", outside.to_string())
                        .field("file_path", outside.to_string()))
                }
            },
            NoticeFile::Bytes {
                name,
                bytes,
                sha256,
            } => {
                let actual = hex::encode(Sha256::digest(&bytes));
                if sha256.is_some_and(|expected| !expected.eq_ignore_ascii_case(&actual)) {
                    return Err(Error::bad_input(
                        "CHECKSUM_MISMATCH",
                        format!(
                            "the file of call {} is not the one that file_sha256 names; send it again",
                            notice.uuid
                        ),
                    ));
                }
                Ok((None, Some(name), Some(bytes)))
            }
        }
    }
}

fn checked_id<'a>(field: &str, id: &'a str) -> Result<&'a str> {
    let good = (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if good {
        Ok(id)
    } else {
        Err(Error::bad_input(
            "INVALID_NOTICE",
            format!("{field} must be 1 to 128 letters, digits or -_.:"),
        )
        .field(field, "1 to 128 letters, digits or -_.:"))
    }
}
