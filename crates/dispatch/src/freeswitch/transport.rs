//! The port, kept for FreeSWITCH.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{CallEvent, CallOrder, Fence, Placed, Probe, Transport};
use faxgate_esl::argument::AbsolutePath;
use faxgate_esl::{BootInstant, Cause, Client, Deadline, Delivery, Hook, Originate};
use faxgate_lifecycle::{Core, Evidence};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{CallUuid, Witness};

use super::canary::Standing;
use super::cdr::{self, CdrFile};
use super::{FreeSwitch, Office, Spool, dial, tombs};
use crate::pages::withheld;

/// How long a fenced UUID stays taken: longer than FreeSWITCH can hold back a command that it has not read yet (600 s).
const FENCED_FOR: Duration = Duration::from_secs(900);

/// How long a record may be on its way where records come by webhook: the hook's timer brings those that could not be posted.
const RECORDS_MAY_TAKE: Duration = Duration::from_secs(900);

/// What is kept back of the time for fetching pages, so that the command itself is not late.
const TO_DIAL: Duration = Duration::from_millis(500);

#[async_trait]
impl Transport for FreeSwitch {
    fn name(&self) -> &str {
        &self.office.config.name
    }

    /// Only once it was seen that records arrive: without them nobody could tell what became of a call.
    fn core(&self) -> Option<String> {
        let core = self.office.link_core()?;
        match self.office.canary.standing(&core) {
            Standing::Files | Standing::Webhook => Some(core),
            Standing::Unknown | Standing::Broken(_) => None,
        }
    }

    async fn place(&self, order: &CallOrder) -> Placed {
        let office = &self.office;
        let pages = match office.pages(order).await {
            Ok(pages) => pages,
            Err(placed) => return placed,
        };
        let command = match dial::command(&office.config, order, pages) {
            Ok(command) => command,
            Err(error) => return Placed::Impossible(error.to_string()),
        };
        let client = match office.link.client() {
            Ok(client) => client,
            Err(error) => return Placed::NotSent(error.to_string()),
        };
        office.tombs.placed(order.call);
        let deadline = Deadline::at(BootInstant::from_boot(order.send_by.0));
        match client
            .bgapi_before(&command, order.call.uuid(), deadline)
            .await
        {
            Ok(_) => {
                failpoint::reach(Failpoint::AfterReply);
                Placed::Accepted
            }
            Err(error) => match error.delivery() {
                Delivery::NotSent => Placed::NotSent(error.to_string()),
                Delivery::Refused => Placed::Refused(error.to_string()),
                _ => Placed::Unclear,
            },
        }
    }

    async fn kill(&self, call: CallUuid) -> bool {
        let Ok(client) = self.office.link.query() else {
            return false;
        };
        // A fence has to stand.
        match self.office.tombs.is_tomb(&client, call).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(_) => return false,
        }
        client
            .uuid_kill(call.uuid(), &Cause::NORMAL_CLEARING)
            .await
            .is_ok()
    }

    async fn probe(&self, call: CallUuid, core: &str) -> Probe {
        let office = &self.office;
        let Ok(client) = office.link.query() else {
            return Probe::Unreachable;
        };
        match office.lives(&client, call).await {
            Ok(true) => {
                office.missing.seen(call);
                return Probe::Alive;
            }
            Ok(false) => {}
            Err(_) => return Probe::Unreachable,
        }
        // In this order: the record is written before the channel is gone.
        match office.left_behind(call, core).await {
            Left::Record(event) => Probe::Record(event),
            Left::Hidden => Probe::Unreachable,
            Left::Nothing => office.absent(call, core),
        }
    }

    async fn fence(&self, call: CallUuid, core: &str) -> Fence {
        let office = &self.office;
        let Some(before) = office.link_core() else {
            return Fence::Unreachable;
        };
        let Ok(client) = office.link.query() else {
            return Fence::Unreachable;
        };
        if let Err(answer) = office.take_uuid(&client, call).await {
            return answer;
        }
        match office.left_behind(call, core).await {
            Left::Record(event) => Fence::Record(event),
            Left::Hidden => Fence::Unreachable,
            Left::Nothing => {
                let Some(after) = office.link_core() else {
                    return Fence::Unreachable;
                };
                taken(core, &before, &after, &office.canary.standing(&after))
            }
        }
    }

    async fn forget(&self, call: CallUuid) {
        let office = &self.office;
        failpoint::reach(Failpoint::BeforeCdrRemoval);
        office.tombs.forget(call);
        office.missing.seen(call);
        let Spool::Shared { cdr_dir, .. } = &office.config.spool else {
            return;
        };
        cdr::put_away(&office.app, &cdr::path(cdr_dir, call)).await;
    }
}

/// What a call left behind.
enum Left {
    /// This.
    Record(CallEvent),
    /// Perhaps something: it cannot be read yet, or nobody can be asked.
    Hidden,
    /// Nothing that is here.
    Nothing,
}

impl Office {
    /// The pages where FreeSWITCH finds them: it would dial, answer and bill for a file that is not there.
    async fn pages(&self, order: &CallOrder) -> Result<AbsolutePath, Placed> {
        let impossible = |error: String| {
            Placed::Impossible(format!("the pages cannot be handed to FreeSWITCH: {error}"))
        };
        match &self.config.spool {
            Spool::Shared { spool_dir, .. } => {
                let path = self
                    .app
                    .export_pages(&order.pages_key, &spool_dir.join("tx"), &order.file_name)
                    .await
                    .map_err(|error| withheld("FreeSWITCH", &error))?;
                dial::path(&path).map_err(|error| impossible(error.to_string()))
            }
            Spool::Remote { pages_url } => {
                let left = order
                    .send_by
                    .0
                    .saturating_sub(self.app.ambient().since_boot().0);
                let patience = left.saturating_sub(TO_DIAL);
                self.fetches
                    .pages(&self.app, &self.link, pages_url, &order.pages_key, patience)
                    .await
                    .map_err(|error| {
                        tracing::warn!(lane = self.config.name, call = %order.call, "{error}");
                        Placed::NotSent(error.to_string())
                    })
            }
        }
    }

    /// Whether the call lives: a fence that has its UUID is not the call.
    async fn lives(&self, client: &Client, call: CallUuid) -> Result<bool, faxgate_esl::Error> {
        if !client.uuid_exists(call.uuid()).await? {
            return Ok(false);
        }
        self.tombs.is_tomb(client, call).await.map(|tomb| !tomb)
    }

    /// Takes the call's UUID with a channel that goes nowhere, unless we have it already.
    async fn take_uuid(&self, client: &Client, call: CallUuid) -> Result<(), Fence> {
        if self.tombs.is_known(call)
            && client
                .uuid_exists(call.uuid())
                .await
                .map_err(|_| Fence::Unreachable)?
        {
            return Ok(());
        }
        let (Ok(name), Ok(mark)) = ("tomb".parse(), tombs::mark()) else {
            return Err(Fence::Unreachable);
        };
        // The reply may be lost: whose channel it is then has to be asked.
        self.tombs.forget(call);
        // It answers at once, so the reply is all there is to wait for; FreeSWITCH itself ends it.
        let fence = Originate::fence(call.uuid(), name)
            .set(mark, true)
            .on_answer(Hook::SchedHangup(FENCED_FOR));
        let reply = client
            .api(&fence.command())
            .await
            .map_err(|_| Fence::Unreachable)?;
        let channel = reply
            .text()
            .trim()
            .strip_prefix("+OK ")
            .and_then(|uuid| uuid.trim().parse().ok());
        if channel == Some(call.uuid()) {
            self.tombs.fenced(call);
            tracing::info!(%call, "fenced {call}: no command can bring it to life any more");
            return Ok(());
        }
        // Of a UUID that lives, FreeSWITCH 1.11 makes a channel under another one and says +OK; 1.10 says -ERR. And -ERR
        // may also mean that it takes no calls at all now, which says nothing about this one.
        if let Some(stray) = channel {
            let _ = client.uuid_kill(stray, &Cause::NORMAL_CLEARING).await;
        }
        if !client
            .uuid_exists(call.uuid())
            .await
            .map_err(|_| Fence::Unreachable)?
        {
            return Err(Fence::Unreachable);
        }
        // It may have been fenced before this process started.
        match self.tombs.is_tomb(client, call).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fence::Refused),
            Err(_) => Err(Fence::Unreachable),
        }
    }

    /// Looks for the record of a call without a channel, wherever records arrive. `core` was to place it.
    async fn left_behind(&self, call: CallUuid, core: &str) -> Left {
        let mut half = None;
        if let Spool::Shared { cdr_dir, .. } = &self.config.spool {
            let path = cdr::path(cdr_dir, call);
            match cdr::read(&path).await {
                CdrFile::Read(_, record) => {
                    return Left::Record(faxgate_core::recorded(&record, call, Witness::CdrFile));
                }
                CdrFile::Unreadable => half = Some(path),
                CdrFile::Missing => {}
            }
        }
        match self.app.call_record(call).await {
            Ok(Some((record, by))) => Left::Record(faxgate_core::recorded(&record, call, by)),
            Ok(None) => match half {
                None => Left::Nothing,
                Some(path) if self.is_given_up(&path, core).await => Left::Record(CallEvent {
                    call,
                    evidence: Evidence::Illegible,
                    by: Witness::CdrFile,
                    seconds: None,
                    remote_station_id: None,
                }),
                // It proves that the call was: nothing may be concluded without it.
                Some(_) => Left::Hidden,
            },
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "the record of {call} cannot be looked up");
                Left::Hidden
            }
        }
    }

    /// Whether a record that cannot be read will never be: nobody is left to finish it.
    async fn is_given_up(&self, path: &Path, core: &str) -> bool {
        let given_up = self.link_core().is_some_and(|now| now != core)
            || cdr::is_older(&self.app, path, cdr::FINISHED).await;
        let path = path.display();
        if given_up {
            tracing::error!(%path, "the CDR {path} cannot be read: nobody knows how its call ended; the file is kept aside");
        } else {
            tracing::warn!(%path, "the CDR {path} is there but cannot be read yet");
        }
        given_up
    }

    /// Neither a channel nor a record: what that proves depends on how records arrive.
    fn absent(&self, call: CallUuid, core: &str) -> Probe {
        let Some(now) = self.link_core() else {
            return Probe::Unreachable;
        };
        match self.canary.standing(&now) {
            Standing::Files if now == core => Probe::Absent(Core::Same),
            Standing::Files => Probe::Absent(Core::Changed),
            Standing::Webhook => {
                if self.missing.asked(call) < RECORDS_MAY_TAKE {
                    Probe::Unreachable
                } else {
                    Probe::Absent(Core::Changed)
                }
            }
            Standing::Unknown | Standing::Broken(_) => Probe::Unreachable,
        }
    }
}

/// A UUID is taken and nothing was left behind: what that proves of a call that `core` was to place. `before` and `after` are
/// the FreeSWITCH that was connected on either side of the fence.
fn taken(core: &str, before: &str, after: &str, standing: &Standing) -> Fence {
    match standing {
        // Whoever answered was one of the two: only when nothing changed is it certain who.
        Standing::Files if after == core && before == core => Fence::Taken(Core::Same),
        // Where records may come late, none is no proof.
        Standing::Files | Standing::Webhook => Fence::Taken(Core::Changed),
        // Where none arrive, their absence says nothing.
        Standing::Unknown | Standing::Broken(_) => Fence::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_proves_nothing_where_records_do_not_arrive() {
        let of = |after, standing: &Standing| taken("a", "a", after, standing);
        assert_eq!(of("a", &Standing::Files), Fence::Taken(Core::Same));
        assert_eq!(of("b", &Standing::Files), Fence::Taken(Core::Changed));
        assert_eq!(of("a", &Standing::Webhook), Fence::Taken(Core::Changed));
        for standing in [Standing::Unknown, Standing::Broken("full".to_owned())] {
            assert_eq!(of("a", &standing), Fence::Unreachable);
            assert_eq!(of("b", &standing), Fence::Unreachable);
        }
    }
}
