//! The folders that we share with FreeSWITCH, swept from time to time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use faxgate_core::{App, Kind, Notice};
use faxgate_types::FaxId;
use faxgate_types::failpoint::{self, Failpoint};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::cdr::{Cdr, CdrFile};
use super::{Config, dial, fields};
use crate::switchboard::Switchboard;

const CDRS_EVERY: Duration = Duration::from_secs(1);
const PAGES_EVERY: Duration = Duration::from_secs(60);
/// How long a CDR that is nobody's is left alone before it is looked at again.
const LEFT_ALONE: Duration = Duration::from_secs(60);

/// Reads every CDR that appears: evidence for the calls that are watched, notices for the faxes that came in, also those
/// that came while we were away. A file goes only after what it tells is committed.
pub(super) async fn cdrs(config: Config, app: App, switchboard: Switchboard) {
    let mut alone: HashMap<PathBuf, Instant> = HashMap::new();
    let mut tick = interval(CDRS_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now = Instant::now();
        alone.retain(|_, since| now - *since < LEFT_ALONE);
        for path in files(&config.cdr_dir).await {
            if !alone.contains_key(&path) && !take(&app, &switchboard, &path).await {
                alone.insert(path, now);
            }
        }
    }
}

/// `false`: nothing to do with this file for now.
async fn take(app: &App, switchboard: &Switchboard, path: &Path) -> bool {
    let Some(call) = Cdr::call_of(path) else {
        return false;
    };
    if switchboard.was_settled(call) {
        remove(path).await;
        return true;
    }
    // Half a file is read again in the next round.
    let CdrFile::Read(cdr) = Cdr::read(path).await else {
        return true;
    };
    if fields::is_reception(&cdr) {
        let (caller, dialled) = cdr.numbers();
        let notice = fields::reception(&cdr, &call.to_string(), caller, dialled);
        return match app.receive(Notice::FreeSwitch(notice)).await {
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
    if switchboard.deliver(cdr.evidence(call)) {
        return true;
    }
    match app.is_settled(call).await {
        Ok(Some(true)) => {
            remove(path).await;
            true
        }
        // Another node's call, somebody else's call, or a database that cannot be asked now.
        Ok(_) | Err(_) => false,
    }
}

/// Removes pages that no call needs any more: they lie there in the clear.
pub(super) async fn sent_pages(config: Config, app: App) {
    let folder = dial::pages_folder(&config);
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
            }
        }
        let faxes: Vec<FaxId> = pages.keys().copied().collect();
        match app.finished_faxes(&faxes).await {
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

async fn remove(path: &Path) {
    failpoint::reach(Failpoint::BeforeCdrRemoval);
    if let Err(error) = tokio::fs::remove_file(path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file in the spool folder cannot be removed");
    }
}
