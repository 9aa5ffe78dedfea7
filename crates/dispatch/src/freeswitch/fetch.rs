//! Pages for a FreeSWITCH that shares no disk with us: it fetches them from a signed link, before the call is dialled.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use faxgate_core::{App, LINK_LASTS, PagesLink};
use faxgate_esl::argument::{AbsolutePath, HttpAddress};
use faxgate_esl::{Command, Event, Link};
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

/// A link that is younger is used again, so that a second try meets FreeSWITCH's own copy.
const STILL_GOOD: Duration = Duration::from_secs(60);

/// Why pages did not get there.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// FreeSWITCH could not be asked.
    #[error("FreeSWITCH cannot be asked to fetch the pages: {0}")]
    Unasked(#[from] faxgate_esl::Error),
    /// It had no answer in time.
    #[error("FreeSWITCH did not fetch the pages in time")]
    Late,
    /// It answered that it could not.
    #[error(
        "FreeSWITCH cannot fetch the pages: it answered `{0}` to http_get (is mod_http_cache loaded, and does it reach freeswitch.pages_url?)"
    )]
    Refused(String),
    /// The address cannot be written.
    #[error("the address of the pages cannot stand in a command: {0}")]
    Address(#[from] faxgate_esl::InvalidArgument),
}

/// Jobs that somebody waits for, and links that were given out.
#[derive(Default)]
pub(super) struct Fetches {
    jobs: Mutex<HashMap<Uuid, oneshot::Sender<String>>>,
    links: Mutex<HashMap<String, PagesLink>>,
}

impl Fetches {
    fn jobs(&self) -> MutexGuard<'_, HashMap<Uuid, oneshot::Sender<String>>> {
        self.jobs
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// Gives the result of a job to whoever waits for it; `false` when nobody does.
    pub(super) fn done(&self, event: &Event) -> bool {
        let waiting = event.job_uuid().and_then(|job| self.jobs().remove(&job));
        let Some(waiting) = waiting else {
            return false;
        };
        let _ = waiting.send(String::from_utf8_lossy(event.body()).trim().to_owned());
        true
    }

    /// Has FreeSWITCH fetch the pages under `key`; gives the path of its copy, which may stand in a dial string.
    pub(super) async fn pages(
        &self,
        app: &App,
        link: &Link,
        base: &str,
        key: &str,
        patience: Duration,
    ) -> Result<AbsolutePath, FetchError> {
        let address = HttpAddress::new(format!("{base}{}", self.link(app, key).path))?;
        let job = app.ambient().uuid();
        let (sender, answer) = oneshot::channel();
        self.jobs().insert(job, sender);
        let answer = async {
            // In the background, and not on the connection that dials: nothing waits behind the transfer.
            link.query()?
                .bgapi(&Command::http_get(&address), job)
                .await?;
            timeout(patience, answer)
                .await
                .ok()
                .and_then(Result::ok)
                .ok_or(FetchError::Late)
        };
        let answer = answer.await;
        self.jobs().remove(&job);
        let answer = answer?;
        AbsolutePath::new(answer.as_str())
            .map_err(|_| FetchError::Refused(answer.chars().take(80).collect()))
    }

    fn link(&self, app: &App, key: &str) -> PagesLink {
        let mut links = self
            .links
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        let soon = app.now() + STILL_GOOD;
        links.retain(|_, link| link.expires > soon);
        links
            .entry(key.to_owned())
            .or_insert_with(|| app.pages_link(key, LINK_LASTS))
            .clone()
    }
}
