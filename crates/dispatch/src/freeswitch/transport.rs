//! The port, kept for FreeSWITCH.

use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{CallOrder, Fence, Placed, Probe, Transport};
use faxgate_esl::{BootInstant, Cause, Deadline, Delivery, Hook, Originate};
use faxgate_lifecycle::Core;
use faxgate_types::CallUuid;
use faxgate_types::failpoint::{self, Failpoint};

use super::cdr::{Cdr, CdrFile};
use super::{FreeSwitch, dial};

/// How long a fenced UUID stays taken: longer than FreeSWITCH can hold back a command that it has not read yet (600 s).
const FENCED_FOR: Duration = Duration::from_secs(900);

#[async_trait]
impl Transport for FreeSwitch {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn core(&self) -> Option<String> {
        self.link.core_uuid().map(|core| core.to_string())
    }

    async fn place(&self, order: &CallOrder) -> Placed {
        // FreeSWITCH would dial, answer and bill for a file that is not there.
        let folder = dial::pages_folder(&self.config);
        let pages = match self
            .app
            .export_pages(&order.pages_key, &folder, &order.file_name)
            .await
        {
            Ok(pages) => pages,
            Err(error) => {
                return Placed::Impossible(format!(
                    "the pages cannot be put into the spool folder: {error}"
                ));
            }
        };
        let command = match dial::command(&self.config, order, &pages) {
            Ok(command) => command,
            Err(error) => return Placed::Impossible(error.to_string()),
        };
        let client = match self.link.client() {
            Ok(client) => client,
            Err(error) => return Placed::NotSent(error.to_string()),
        };
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
        let Ok(client) = self.link.query() else {
            return false;
        };
        client
            .uuid_kill(call.uuid(), &Cause::NORMAL_CLEARING)
            .await
            .is_ok()
    }

    async fn probe(&self, call: CallUuid, core: &str) -> Probe {
        let Ok(client) = self.link.query() else {
            return Probe::Unreachable;
        };
        match client.uuid_exists(call.uuid()).await {
            Ok(true) => return Probe::Alive,
            Ok(false) => {}
            Err(_) => return Probe::Unreachable,
        }
        // In this order: the record is written before the channel is gone.
        match Cdr::read(&Cdr::path(&self.config.cdr_dir, call)).await {
            CdrFile::Read(cdr) => return Probe::Record(cdr.evidence(call)),
            CdrFile::Unreadable => return unreadable(call, Probe::Unreachable),
            CdrFile::Missing => {}
        }
        match self.core() {
            None => Probe::Unreachable,
            Some(now) if now == core => Probe::Absent(Core::Same),
            Some(_) => Probe::Absent(Core::Changed),
        }
    }

    async fn fence(&self, call: CallUuid, core: &str) -> Fence {
        let (Ok(client), Ok(name)) = (self.link.query(), "tomb".parse()) else {
            return Fence::Unreachable;
        };
        let Some(before) = self.core() else {
            return Fence::Unreachable;
        };
        // A channel that goes nowhere answers at once, so the reply is all there is to wait for; FreeSWITCH itself ends it.
        let fence = Originate::fence(call.uuid(), name).on_answer(Hook::SchedHangup(FENCED_FOR));
        let reply = match client.api(&fence.command()).await {
            Ok(reply) => reply,
            Err(_) => return Fence::Unreachable,
        };
        let channel = reply
            .text()
            .trim()
            .strip_prefix("+OK ")
            .and_then(|uuid| uuid.trim().parse().ok());
        if channel != Some(call.uuid()) {
            // Of a UUID that lives, FreeSWITCH 1.11 makes a channel under another one and says +OK; 1.10 says -ERR. And -ERR
            // may also mean that it takes no calls at all now, which says nothing about this one.
            if let Some(stray) = channel {
                let _ = client.uuid_kill(stray, &Cause::NORMAL_CLEARING).await;
            }
            return match client.uuid_exists(call.uuid()).await {
                Ok(true) => Fence::Refused,
                Ok(false) | Err(_) => Fence::Unreachable,
            };
        }
        tracing::info!(%call, "fenced {call}: no command can bring it to life any more");
        match Cdr::read(&Cdr::path(&self.config.cdr_dir, call)).await {
            CdrFile::Read(cdr) => Fence::Record(cdr.evidence(call)),
            CdrFile::Unreadable => unreadable(call, Fence::Unreachable),
            // Whoever answered was one of the two: only when nothing changed is it certain who.
            CdrFile::Missing => Fence::Taken(match self.core() {
                Some(after) if after == core && before == core => Core::Same,
                _ => Core::Changed,
            }),
        }
    }

    async fn forget(&self, call: CallUuid) {
        failpoint::reach(Failpoint::BeforeCdrRemoval);
        let path = Cdr::path(&self.config.cdr_dir, call);
        if let Err(error) = tokio::fs::remove_file(&path).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, %call, "the CDR of a settled call cannot be removed");
        }
    }
}

/// A record that is there and cannot be read proves that the call was: nothing may be concluded until somebody has looked.
fn unreadable<T>(call: CallUuid, answer: T) -> T {
    tracing::error!(%call, "the CDR of {call} is there but cannot be read; the call stays open until it can");
    answer
}
