//! Storing a notice, durably, before it is answered.

use faxgate_db::receptions::{self, Reception};
use faxgate_db::routes::ON_NET;
use faxgate_db::{System, Wake, jobs};
use faxgate_files::StorageKey;
use faxgate_types::{CallUuid, JobId, ReceptionId};
use sha2::{Digest, Sha256};

use super::notice::{
    FreeSwitchNotice, Notice, NoticeFile, NoticeTaken, ReceptionEvent, Stored, TelnyxNotice,
};
use crate::app::App;
use crate::error::{Error, Result};
use crate::operate::SIMULATOR;
use crate::{spool, work};

/// The storage segment of what has no tenant yet.
pub(crate) const UNCLAIMED: &str = "inbound";

impl App {
    /// Stores a notice of an inbound fax. Whoever sent it has been verified; what it says has not.
    ///
    /// # Errors
    /// `INVALID_NOTICE`, `INVALID_FILE_PATH`, `CHECKSUM_MISMATCH`; and when it cannot be stored: then it has to come again.
    pub async fn receive(&self, notice: Notice) -> Result<NoticeTaken> {
        let (stored, bytes) = match notice {
            Notice::FreeSwitch(notice) => {
                let file = notice.file.clone();
                let (path, name, bytes) = self.checked_file(&notice, file)?;
                let stored = Stored::FreeSwitch {
                    notice: Box::new(notice),
                    file_path: path,
                    file_name: name,
                };
                (stored, bytes)
            }
            Notice::Telnyx(notice) => {
                if let Some(url) = &notice.media_url {
                    self.outbound.check(url).map_err(|e| {
                        Error::bad_input("INVALID_MEDIA_URL", e.to_string())
                            .field("media_url", e.to_string())
                    })?;
                }
                (Stored::Telnyx { notice }, None)
            }
        };
        stored.call_key()?;
        let app = self.clone();
        let taken = self
            .on_main(async move { app.store_notice(stored, bytes).await })
            .await?;
        self.work_added.notify_one();
        Ok(taken)
    }

    async fn store_notice(
        &self,
        stored: Stored,
        bytes: Option<bytes::Bytes>,
    ) -> Result<NoticeTaken> {
        let file_key = match bytes {
            Some(bytes) => {
                let name = format!("{}.tif", ReceptionId::generate(&self.ambient));
                let key = StorageKey::new(UNCLAIMED, "received", &name).map_err(Error::internal)?;
                self.vault.put(&key, bytes).await?;
                Some(key)
            }
            None => None,
        };
        let mut tx = self.db.system("store a notice").await?;
        let taken = self
            .keep_notice(&mut tx, &stored, file_key.as_ref())
            .await?;
        tx.commit().await?;
        if let (NoticeTaken::Duplicate, Some(key)) = (taken, file_key) {
            self.vault.delete(&key).await?;
        }
        Ok(taken)
    }

    /// Writes a notice down together with the job that makes a fax of it, for whoever commits.
    pub(crate) async fn keep_notice(
        &self,
        tx: &mut System,
        stored: &Stored,
        file_key: Option<&StorageKey>,
    ) -> Result<NoticeTaken> {
        let now = self.now();
        let to = stored.to().chars().filter(|c| !c.is_control());
        let told = Reception {
            id: ReceptionId::generate(&self.ambient),
            call_key: stored.call_key()?,
            source: stored.source().to_owned(),
            to_number: to.take(64).collect(),
            notice: serde_json::to_string(stored).map_err(Error::internal)?,
            file_key: file_key.map(ToString::to_string),
            state: "waiting".to_owned(),
            tenant_id: None,
            fax_id: None,
            error: None,
            created_at: now,
        };
        let reception = if receptions::insert(tx, &told).await? {
            told
        } else {
            let known = receptions::lock_by_call(tx, &told.call_key).await?;
            let Some(known) = known.and_then(|known| better(known, told, stored)) else {
                return Ok(NoticeTaken::Duplicate);
            };
            receptions::update(tx, &known, now).await?;
            known
        };
        let job = JobId::generate(&self.ambient);
        jobs::begin_anew(tx, job, work::DELIVER, reception.id, now).await?;
        tx.wake(Wake::Jobs);
        tracing::info!(
            reception = %reception.id, source = reception.source,
            "stored the notice of an inbound fax for {}", reception.to_number
        );
        Ok(NoticeTaken::Accepted)
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

/// The fax is known from another witness. One who brings the pages where they are still missing is no duplicate: his is what
/// the reception becomes.
pub(super) fn better(known: Reception, told: Reception, stored: &Stored) -> Option<Reception> {
    if told.file_key.is_some() && known.file_key.is_none() && known.fax_id.is_none() {
        return Some(Reception {
            file_key: told.file_key,
            state: told.state,
            ..known
        });
    }
    // A fax that failed, and came after all: pages beat no pages, whichever of the two is told first.
    let had_failed = serde_json::from_str(&known.notice).is_ok_and(|known| is_failed(&known));
    let replaces = had_failed && matches!(stored, Stored::Telnyx { .. }) && !is_failed(stored);
    replaces.then_some(Reception {
        source: told.source,
        to_number: told.to_number,
        notice: told.notice,
        state: told.state,
        error: None,
        ..known
    })
}

fn is_failed(stored: &Stored) -> bool {
    let failed = ReceptionEvent::Failed;
    matches!(stored, Stored::Telnyx { notice: TelnyxNotice { event, .. } } if *event == failed)
}

impl Stored {
    /// The call or message that brought the fax.
    pub(super) fn call_key(&self) -> Result<String> {
        Ok(match self {
            Self::FreeSwitch { notice, .. } => format!("fs:{}", checked_id("uuid", &notice.uuid)?),
            Self::Telnyx { notice } => format!("telnyx:{}", checked_id("id", &notice.id)?),
            Self::OnNet { notice } => on_net_key(notice.call),
        })
    }

    /// Whether the simulator inside a gateway brought it.
    pub(super) fn is_simulated(&self) -> bool {
        matches!(self, Self::FreeSwitch { notice, .. } if notice.line.as_deref() == Some(SIMULATOR))
    }

    const fn source(&self) -> &'static str {
        match self {
            Self::FreeSwitch { .. } => "freeswitch",
            Self::Telnyx { .. } => "telnyx",
            Self::OnNet { .. } => ON_NET,
        }
    }

    pub(super) fn to(&self) -> &str {
        match self {
            Self::FreeSwitch { notice, .. } => &notice.to,
            Self::Telnyx { notice } => &notice.to,
            Self::OnNet { notice } => &notice.to,
        }
    }
}

/// By which a fax that was handed over inside the gateway is known.
pub(crate) fn on_net_key(call: CallUuid) -> String {
    format!("onnet:{call}")
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
