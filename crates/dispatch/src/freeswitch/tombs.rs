//! Which UUIDs are calls, and which we took so that they never become one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use faxgate_esl::variable::VariableName;
use faxgate_esl::{Client, Command, Event, InvalidArgument};
use faxgate_types::CallUuid;

/// The variable that tells a fence's channel from the call whose UUID it took.
const MARK: &str = "faxgate_tomb";

/// More than could be open at once; beyond it FreeSWITCH is asked again.
const REMEMBERED: usize = 16_384;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Call,
    Tomb,
}

/// What is known of UUIDs that live.
#[derive(Default)]
pub(super) struct Tombs(Mutex<HashMap<CallUuid, Kind>>);

/// The mark, to be set on a fence's channel.
pub(super) fn mark() -> Result<VariableName, InvalidArgument> {
    MARK.parse()
}

/// Whether an event is about a fence's channel: it says nothing about the call.
pub(super) fn is_of_tomb(event: &Event) -> bool {
    event.variable(MARK).as_deref() == Some("true")
}

impl Tombs {
    fn known(&self) -> MutexGuard<'_, HashMap<CallUuid, Kind>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    fn remember(&self, call: CallUuid, kind: Kind) {
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(call, kind);
    }

    /// The UUID is a call that we place.
    pub(super) fn placed(&self, call: CallUuid) {
        self.remember(call, Kind::Call);
    }

    /// The UUID is taken by a fence.
    pub(super) fn fenced(&self, call: CallUuid) {
        self.remember(call, Kind::Tomb);
    }

    /// Nobody will ask for it any more.
    pub(super) fn forget(&self, call: CallUuid) {
        self.known().remove(&call);
    }

    /// Whether it is known to be a fence.
    pub(super) fn is_known(&self, call: CallUuid) -> bool {
        self.known().get(&call) == Some(&Kind::Tomb)
    }

    /// Whether a UUID that lives is a fence. A process that was restarted does not remember and asks FreeSWITCH, once.
    pub(super) async fn is_tomb(
        &self,
        client: &Client,
        call: CallUuid,
    ) -> Result<bool, faxgate_esl::Error> {
        if let Some(kind) = self.known().get(&call) {
            return Ok(*kind == Kind::Tomb);
        }
        let Ok(name) = MARK.parse() else {
            return Ok(false);
        };
        let reply = client
            .api(&Command::uuid_getvar(call.uuid(), &name))
            .await?;
        match reply.text().trim() {
            "true" => self.fenced(call),
            // Gone since it was asked for.
            gone if gone.starts_with("-ERR") => return Ok(false),
            _ => self.placed(call),
        }
        Ok(self.is_known(call))
    }
}
