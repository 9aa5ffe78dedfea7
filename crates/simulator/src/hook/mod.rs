//! The inbound hook of our FreeSWITCH configuration (`freeswitch/hook/inbound-hook`): one signed POST for each inbound
//! fax, made from the call's CDR. It is a process of its own: killing the switch does not end it.

mod notice;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::task::JoinSet;

use self::notice::Reading;
use crate::options::{InboundPush, PushShape};
use crate::switch::{Switch, lock};

/// Pauses before the tries of one run, in the line's seconds.
const TRIES: [u64; 3] = [0, 2, 10];
/// A `Retry-After` longer than this is not obeyed.
const LONGEST_WAIT: u64 = 30;
const TIMEOUT: Duration = Duration::from_secs(30);

/// The hooks that run.
#[derive(Debug, Default)]
pub(crate) struct Hook {
    tasks: Mutex<JoinSet<()>>,
    /// The calls that are in the hands of a run.
    busy: Mutex<HashSet<String>>,
    /// Records that the sweep has seen to be of other calls.
    others: Mutex<HashSet<String>>,
}

impl Hook {
    /// Runs something that outlives the switch, but not its machine.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// The machine is switched off.
    pub(crate) fn abort(&self) {
        lock(&self.tasks).abort_all();
    }
}

/// How a POST went.
enum Taken {
    Yes,
    /// Not this one.
    No,
    /// Nobody is there, or nobody has time.
    Down,
}

/// `api_reporting_hook`: an inbound call is over and its CDR is written.
pub(crate) fn run(switch: &Arc<Switch>, uuid: &str) {
    if switch.options.inbound_push.is_none() {
        return;
    }
    let (on, uuid) = (Arc::clone(switch), uuid.to_owned());
    switch.hook.spawn(async move {
        one(&on, &uuid, &TRIES).await;
    });
}

/// `--sweep` by a timer, at once for the first time: what an earlier run could not deliver.
pub(crate) fn keep_sweeping(switch: &Arc<Switch>) {
    let Some(push) = &switch.options.inbound_push else {
        return;
    };
    let every = push.sweep.max(Duration::from_millis(10));
    let on = Arc::clone(switch);
    switch.hook.spawn(async move {
        loop {
            sweep(&on).await;
            tokio::time::sleep(every).await;
        }
    });
}

async fn sweep(switch: &Switch) {
    let Ok(files) = std::fs::read_dir(cdrs(switch)) else {
        return;
    };
    let mut waiting: Vec<String> = files
        .filter_map(|file| {
            let name = file.ok()?.file_name().into_string().ok()?;
            name.strip_suffix(".cdr.json").map(ToOwned::to_owned)
        })
        .collect();
    waiting.retain(|uuid| !lock(&switch.hook.others).contains(uuid));
    waiting.sort();
    for uuid in waiting {
        if let Taken::Down = one(switch, &uuid, &TRIES[..1]).await {
            return;
        }
    }
}

/// Delivers one call's notice, unless somebody else is at it or it is no inbound call.
async fn one(switch: &Switch, uuid: &str, tries: &[u64]) -> Taken {
    let Some(push) = &switch.options.inbound_push else {
        return Taken::No;
    };
    if !lock(&switch.hook.busy).insert(uuid.to_owned()) {
        return Taken::No;
    }
    let taken = deliver(switch, push, uuid, tries).await;
    lock(&switch.hook.busy).remove(uuid);
    taken
}

async fn deliver(switch: &Switch, push: &InboundPush, uuid: &str, tries: &[u64]) -> Taken {
    let record = cdrs(switch).join(format!("{uuid}.cdr.json"));
    let notice = match notice::read(&record, &switch.options.spool, uuid) {
        Reading::Inbound(notice) => notice,
        Reading::Nothing => return Taken::No,
        Reading::Other => {
            lock(&switch.hook.others).insert(uuid.to_owned());
            return Taken::No;
        }
    };
    let boundary = format!(
        "faxgate-{}",
        hex::encode(switch.options.ambient.bytes::<16>())
    );
    let (content_type, body) = notice.encode(push.shape, &boundary);
    let mut asked = Duration::ZERO;
    let mut outcome = Taken::Down;
    for pause in tries {
        let pause = switch.options.pace.patience(Duration::from_secs(*pause));
        tokio::time::sleep(pause.max(asked)).await;
        (outcome, asked) = post(switch, push, &content_type, body.clone()).await;
        if let Taken::Yes = outcome {
            if push.shape == PushShape::Multipart {
                settle(&record);
            }
            return Taken::Yes;
        }
    }
    tracing::warn!(
        uuid,
        "an inbound fax was not delivered, the sweep will try again"
    );
    outcome
}

async fn post(
    switch: &Switch,
    push: &InboundPush,
    content_type: &str,
    body: Vec<u8>,
) -> (Taken, Duration) {
    let Some(client) = switch.http.posting() else {
        return (Taken::Down, Duration::ZERO);
    };
    let request = client
        .post(&push.url)
        .timeout(TIMEOUT)
        .header("Content-Type", content_type)
        .header("X-Webhook-Signature", signature(&push.secret, &body))
        .header("User-Agent", "faxgate-inbound-hook/1")
        .body(body);
    match request.send().await {
        Ok(answer) if answer.status().is_success() => (Taken::Yes, Duration::ZERO),
        Ok(answer) => {
            let after = answer.headers().get("Retry-After");
            let after = after
                .and_then(|after| after.to_str().ok()?.parse().ok())
                .map_or(0, |seconds: u64| seconds.min(LONGEST_WAIT));
            let taken = match answer.status().as_u16() {
                429 | 503 => Taken::Down,
                _ => Taken::No,
            };
            (taken, Duration::from_secs(after))
        }
        Err(error) => {
            tracing::debug!(%error, "the gateway cannot be reached");
            (Taken::Down, Duration::ZERO)
        }
    }
}

/// Lower-case hex HMAC-SHA256 of the raw body.
fn signature(secret: &str, body: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn cdrs(switch: &Switch) -> PathBuf {
    switch.options.spool.join("cdr")
}

/// A delivered record leaves the sweep's way. On a shared disk it is the gateway that deletes it.
fn settle(record: &Path) {
    let (Some(folder), Some(name)) = (record.parent(), record.file_name()) else {
        return;
    };
    let sent = folder.join("sent");
    let moved =
        std::fs::create_dir_all(&sent).and_then(|()| std::fs::rename(record, sent.join(name)));
    if let Err(error) = moved {
        tracing::error!(%error, record = %record.display(), "a delivered record cannot be put away");
    }
}
