//! Whether what we rely on really works: a channel that goes nowhere tries it out.
//!
//! "No record, so there was no call" is only true where records arrive. So before a line is used, when its connection
//! stands again, and hourly, a test channel is made; its record has to come, and FreeSWITCH has to see our pages.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use faxgate_core::{Record, Variables};
use faxgate_esl::argument::AbsolutePath;
use faxgate_esl::variable::VariableName;
use faxgate_esl::{Application, Cause, Endpoint, Hook, InvalidArgument, Originate};
use faxgate_types::CallUuid;
use tokio::time::{Instant, sleep};

use super::cdr::{self, CdrFile};
use super::folder::{self, FolderError};
use super::{Office, Spool, dial};

const AGAIN: Duration = Duration::from_secs(3600);
const AGAIN_AFTER_FAILURE: Duration = Duration::from_secs(10);
const AGAIN_AFTER_NOTHING: Duration = Duration::from_secs(1);
/// So often in a row it has to fail before it counts: at a start, who takes the records in may be a moment later than we are.
const FAILURES: u32 = 3;
/// How long its record may take. A webhook is tried again after 5 s unless set otherwise.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long the test channel stands: `txfax` takes 250 ms to begin.
const STANDS: Duration = Duration::from_secs(1);

/// How records of calls arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not known yet.
    Unknown,
    /// As files, before the channel is gone: where there is no file there was no call.
    Files,
    /// By webhook: one that is not there may still come.
    Webhook,
    /// They do not, or pages do not get there: no call may be placed.
    Broken(String),
}

/// What the last test came to, for one run of FreeSWITCH.
pub(super) struct Canary(Mutex<(Option<String>, Standing)>);

impl Default for Canary {
    fn default() -> Self {
        Self(Mutex::new((None, Standing::Unknown)))
    }
}

impl Canary {
    fn state(&self) -> MutexGuard<'_, (Option<String>, Standing)> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// What is known of this run of FreeSWITCH.
    pub(super) fn standing(&self, core: &str) -> Standing {
        let state = self.state();
        if state.0.as_deref() == Some(core) {
            state.1.clone()
        } else {
            Standing::Unknown
        }
    }

    fn found(&self, core: String, standing: Standing) -> Standing {
        let mut state = self.state();
        let before = if state.0.as_ref() == Some(&core) {
            state.1.clone()
        } else {
            Standing::Unknown
        };
        *state = (Some(core), standing);
        before
    }
}

/// What one test came to.
enum Tested {
    Works(Standing),
    Fails(String),
    /// There was no telling: the connection went, or FreeSWITCH takes no calls just now.
    Nothing(String),
}

/// Tests, again and again, as long as the line is there.
pub(super) async fn watch(office: Arc<Office>) {
    let mut failures = 0;
    loop {
        if office.link.up().await.is_err() {
            return;
        }
        let Some(core) = office.link_core() else {
            sleep(AGAIN_AFTER_NOTHING).await;
            continue;
        };
        let wait = match test(&office).await {
            Tested::Nothing(reason) => {
                tracing::debug!(
                    lane = office.config.name,
                    reason,
                    "the line cannot be tested now"
                );
                AGAIN_AFTER_NOTHING
            }
            Tested::Works(standing) => {
                failures = 0;
                works(&office, core, standing);
                AGAIN
            }
            Tested::Fails(reason) if failures + 1 < FAILURES => {
                failures += 1;
                tracing::warn!(lane = office.config.name, reason, "trying it out once more");
                AGAIN_AFTER_NOTHING
            }
            Tested::Fails(reason) => {
                fails(&office, core, reason);
                AGAIN_AFTER_FAILURE
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = office.came_up.notified() => {}
            () = folder::changes(&office) => {}
        }
    }
}

fn works(office: &Office, core: String, standing: Standing) {
    let before = office.canary.found(core, standing.clone());
    let lane = &office.config.name;
    if before == standing {
        return;
    }
    match standing {
        Standing::Webhook => {
            tracing::info!(lane, "`{lane}` works: records of its calls come by webhook")
        }
        _ => tracing::info!(lane, "`{lane}` works: records of its calls come as files"),
    }
    office.app.line_state(lane, None);
}

fn fails(office: &Office, core: String, reason: String) {
    let before = office.canary.found(core, Standing::Broken(reason.clone()));
    let lane = &office.config.name;
    if before != Standing::Broken(reason.clone()) {
        tracing::error!(lane, reason, "`{lane}` IS NOT USED: {reason}");
    }
    office.app.line_state(lane, Some(reason));
}

async fn test(office: &Office) -> Tested {
    match folder::check(office).await {
        Ok(()) => {}
        Err(error @ FolderError::Unasked(_)) => return Tested::Nothing(error.to_string()),
        Err(error) => return Tested::Fails(error.to_string()),
    }
    let call = CallUuid::from_uuid(office.app.ambient().uuid());
    match &office.config.spool {
        Spool::Shared { cdr_dir, .. } => {
            let pages = dial::pages_folder(&office.config)
                .map(|folder| folder.join(format!("canary-{}.tif", office.app.node())));
            let Some(pages) = pages else {
                return Tested::Fails("it has no folder for pages".to_owned());
            };
            if let Err(error) = lay_out(&pages).await {
                let folder = pages.parent().unwrap_or(&pages).display();
                return Tested::Fails(format!("{folder} cannot be written: {error}"));
            }
            let tested = shared(office, call, cdr_dir, &pages).await;
            let _ = tokio::fs::remove_file(&pages).await;
            tested
        }
        Spool::Remote { pages_url } => remote(office, call, pages_url).await,
    }
}

/// A file that FreeSWITCH has to see. It is never read: the test ends before.
async fn lay_out(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    tokio::fs::write(path, b"test\n").await
}

/// `txfax` says whether it sees the file; the record says what it said, and shows that records are written.
async fn shared(office: &Office, call: CallUuid, folder: &Path, pages: &Path) -> Tested {
    let channel = channel(call).and_then(|channel| {
        let pages: AbsolutePath = dial::path(pages)?;
        Ok(channel(Application::TxFax(pages))
            .on_answer(Hook::SchedHangup(STANDS))
            .set(VariableName::JSON_CDR_BASE, dial::path(folder)?))
    });
    let channel = match channel {
        Ok(channel) => channel,
        Err(error) => return Tested::Fails(error.to_string()),
    };
    if let Err(tested) = stand(office, &channel).await {
        return tested;
    }
    let (record, standing) = match record(office, call, Some(folder)).await {
        Ok(found) => found,
        Err(tested) => return tested,
    };
    if record.number("fax_result_code").is_none()
        && let Some(response) = record.variable("current_application_response")
    {
        return Tested::Fails(format!(
            "FreeSWITCH does not see {}: spool_dir has to be one folder, under the same path, for both of us (it says: {response})",
            pages.display()
        ));
    }
    Tested::Works(standing)
}

/// The link to a test page, then the record by webhook.
async fn remote(office: &Office, call: CallUuid, pages_url: &str) -> Tested {
    let key = match office.app.test_pages().await {
        Ok(key) => key,
        Err(error) => return Tested::Nothing(error.to_string()),
    };
    let fetched = office
        .fetches
        .pages(&office.app, &office.link, pages_url, &key, PATIENCE)
        .await;
    match fetched {
        Ok(_) => {}
        Err(super::fetch::FetchError::Unasked(error)) => return Tested::Nothing(error.to_string()),
        Err(error) => return Tested::Fails(error.to_string()),
    }
    let channel = match channel(call) {
        Ok(channel) => channel(Application::Hangup(Cause::NORMAL_CLEARING)),
        Err(error) => return Tested::Fails(error.to_string()),
    };
    if let Err(tested) = stand(office, &channel).await {
        return tested;
    }
    match record(office, call, None).await {
        Ok((_, standing)) => Tested::Works(standing),
        Err(tested) => tested,
    }
}

fn channel(call: CallUuid) -> Result<impl FnOnce(Application) -> Originate, InvalidArgument> {
    let (name, mark) = ("canary".parse()?, "faxgate_canary".parse()?);
    Ok(move |application| {
        Originate::new(call.uuid(), Endpoint::Null(name), application)
            .set(VariableName::APP_DISABLE_EXPAND_VARIABLES, true)
            .set(VariableName::FAX_ENABLE_T38, false)
            .set(mark, true)
    })
}

/// Makes the test channel. It answers at once, so the reply is all there is to wait for.
async fn stand(office: &Office, channel: &Originate) -> Result<(), Tested> {
    let client = office
        .link
        .query()
        .map_err(|error| Tested::Nothing(error.to_string()))?;
    let reply = client
        .api(&channel.command())
        .await
        .map_err(|error| Tested::Nothing(error.to_string()))?;
    let said = reply.text().trim().to_owned();
    if said == format!("+OK {}", channel.uuid()) {
        return Ok(());
    }
    // Paused, or at one of its limits.
    if said.contains("DESTINATION_OUT_OF_ORDER") {
        return Err(Tested::Nothing(said));
    }
    Err(Tested::Fails(format!(
        "FreeSWITCH cannot make a channel that goes nowhere (is mod_loopback loaded?): it answered `{said}`"
    )))
}

/// The test channel's record, by whichever way it comes first; a file counts for more.
async fn record(
    office: &Office,
    call: CallUuid,
    folder: Option<&Path>,
) -> Result<(Record, Standing), Tested> {
    let file: Option<PathBuf> = folder.map(|folder| cdr::path(folder, call));
    let deadline = Instant::now() + PATIENCE;
    let mut rounds = 0_u32;
    loop {
        // In this order: a webhook is called after the file is written.
        let posted = if rounds.is_multiple_of(5) {
            office.app.call_record(call).await
        } else {
            Ok(None)
        };
        if let Some(path) = &file
            && let CdrFile::Read(_, record) = cdr::read(path).await
        {
            let _ = tokio::fs::remove_file(path).await;
            return Ok((*record, Standing::Files));
        }
        match posted {
            Ok(Some((record, _))) => return Ok((record, Standing::Webhook)),
            Ok(None) => {}
            Err(error) => return Err(Tested::Nothing(error.to_string())),
        }
        if !office.link.is_up() {
            return Err(Tested::Nothing("the connection went".to_owned()));
        }
        if Instant::now() >= deadline {
            return Err(Tested::Fails(match folder {
                Some(folder) => format!(
                    "FreeSWITCH wrote no record of a test channel into {} (mod_json_cdr; may its user write there?), and none came by webhook",
                    folder.display()
                ),
                None => "no record of a test channel came by webhook (json_cdr's url has to be …/api/fax/webhook/cdr/)".to_owned(),
            }));
        }
        rounds += 1;
        sleep(LOOK_EVERY).await;
    }
}
