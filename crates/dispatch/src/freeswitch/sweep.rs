//! The folders that we share with FreeSWITCH, swept from time to time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{Kind, Notice, Variables as _};
use faxgate_types::{CallUuid, FaxId, Witness};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Office;
use super::cdr::{self, CdrFile, is_older, remove};

const CDRS_EVERY: Duration = Duration::from_secs(1);
const PAGES_EVERY: Duration = Duration::from_secs(60);
/// How long a CDR that is nobody's is left alone before it is looked at again.
const LEFT_ALONE: Duration = Duration::from_secs(60);
/// How long half-written pages are left alone.
const PARTS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long the record of a test channel is left to whoever waits for it.
const CANARY_KEPT: Duration = Duration::from_secs(600);

/// Reads every CDR that appears: evidence for the calls that are watched, here or at another node, notices for the faxes
/// that came in, also those that came while we were away. A file goes only after what it tells is committed.
///
/// Each folder has a task of its own: one on a slow disk stalls no other.
pub(super) async fn cdrs(office: Arc<Office>, folder: PathBuf) {
    let mut alone: HashMap<PathBuf, Instant> = HashMap::new();
    let mut tick = interval(CDRS_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now = Instant::now();
        alone.retain(|_, since| now - *since < LEFT_ALONE);
        for path in files(&folder).await {
            if !alone.contains_key(&path) && !take(&office, &path).await {
                alone.insert(path, now);
            }
        }
    }
}

/// `false`: nothing to do with this file for now.
async fn take(office: &Office, path: &Path) -> bool {
    let Some(call) = cdr::call_of(path) else {
        return false;
    };
    let (bytes, record) = match cdr::read(path).await {
        CdrFile::Read(bytes, record) => (bytes, record),
        CdrFile::Unreadable => return half(office, call, path).await,
        CdrFile::Missing => return true,
    };
    if record.is_reception() {
        let mut notice = record.reception_of(call);
        notice.line = Some(office.config.name.clone());
        return match office.app.receive(Notice::FreeSwitch(notice)).await {
            Ok(_) => {
                remove(path).await;
                true
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "the CDR of an inbound fax cannot be stored");
                error.kind != Kind::BadInput
            }
        };
    }
    if record.is_canary() {
        if is_older(&office.app, path, CANARY_KEPT).await {
            remove(path).await;
        }
        return false;
    }
    if office
        .switchboard
        .deliver(faxgate_core::recorded(&record, call, Witness::CdrFile))
    {
        return true;
    }
    anothers(office, call, &bytes, path).await
}

/// Half a file is read again in the next round; one that stays half, and whose call is settled, is kept aside.
async fn half(office: &Office, call: CallUuid, path: &Path) -> bool {
    if !is_older(&office.app, path, cdr::FINISHED).await {
        return true;
    }
    if let Ok(Some(true)) = office.app.is_settled(call).await {
        cdr::put_away(&office.app, path).await;
    }
    false
}

/// The CDR of a call that nobody here watches. If another node does, it shall know at once; if it was settled without it,
/// it is heard all the same.
async fn anothers(office: &Office, call: CallUuid, bytes: &[u8], path: &Path) -> bool {
    match office.app.is_settled(call).await {
        Ok(Some(true)) => {
            match office.app.take_record(call, bytes, Witness::CdrFile).await {
                Ok(_) => remove(path).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, %call, "the CDR of a settled call cannot be heard now");
                }
            }
            true
        }
        Ok(Some(false)) => {
            if let Err(error) = office.app.take_record(call, bytes, Witness::CdrFile).await {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "another node cannot be told of a CDR; it finds it itself");
            }
            false
        }
        // Somebody else's call, or a database that cannot be asked now.
        Ok(None) | Err(_) => false,
    }
}

/// Removes pages that no call needs any more: they lie there in the clear.
pub(super) async fn sent_pages(office: Arc<Office>, folder: PathBuf) {
    let mut tick = interval(PAGES_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let mut pages: HashMap<FaxId, PathBuf> = HashMap::new();
        for path in files(&folder).await {
            let fax = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| stem.parse().ok());
            if let Some(fax) = fax {
                pages.insert(fax, path);
            } else if is_part(&path) && is_older(&office.app, &path, PARTS_KEPT).await {
                remove(&path).await;
            }
        }
        let faxes: Vec<FaxId> = pages.keys().copied().collect();
        match office.app.finished_faxes(&faxes).await {
            Ok(finished) => {
                for fax in finished {
                    if let Some(path) = pages.get(&fax) {
                        remove(path).await;
                    }
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the spool folder cannot be swept"
            ),
        }
    }
}

/// Pages of which a process that died was half-way through, or a test's.
fn is_part(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    (name.starts_with('.') && name.ends_with(".part")) || name.starts_with("canary-")
}

async fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else {
        return found;
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        found.push(entry.path());
    }
    found
}
