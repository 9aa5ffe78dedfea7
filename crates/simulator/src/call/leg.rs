//! One leg of a call: its channel, and how it begins, speaks and ends.

use std::sync::Arc;

use super::kinds;
use crate::cause::Cause;
use crate::cdr;
use crate::channel::{Channel, Dialog, Direction, State};
use crate::event::Name;
use crate::hook;
use crate::switch::{Kind, Session, Switch};

/// Who ended a leg, and how SIP said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goodbye {
    /// We sent BYE.
    SentBye,
    /// The far end sent BYE.
    GotBye,
    /// We sent CANCEL while it rang.
    SentCancel,
    /// No SIP at all (`null/`).
    Silent,
}

/// A leg: the session and the switch it lives in.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) switch: Arc<Switch>,
    pub(super) session: Arc<Session>,
    pub(super) dialog: Arc<Dialog>,
}

impl Leg {
    /// Reads or changes the channel.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Channel) -> R) -> R {
        work(&mut self.session.channel())
    }

    pub(super) fn uuid(&self) -> String {
        self.with(|channel| channel.uuid.clone())
    }

    /// Publishes an event of this channel; `own` headers follow the channel's.
    pub(super) fn fire(&self, kind: &Kind, at: i64, own: Vec<(Name, String)>) {
        if !self.switch.is_heard(kind) {
            return;
        }
        let mut headers = self.with(|channel| channel.headers());
        headers.extend(own);
        self.switch.publish(kind, at, headers, None);
    }

    /// An application starts.
    pub(super) fn run(&self, app: &str, argument: &str, at: i64) {
        self.with(|channel| {
            channel.state = State::Execute;
            channel.run(app, argument, at);
        });
        let own = application(&self.uuid(), app, argument);
        self.fire(&kinds::EXECUTE, at, own);
    }

    /// The application has ended; `response` is what it says of itself.
    pub(super) fn ran(&self, app: &str, argument: &str, response: &str, at: i64) {
        let mut own = application(&self.uuid(), app, argument);
        own.push((
            "Application-Response".into(),
            if response.is_empty() {
                "_none_"
            } else {
                response
            }
            .to_owned(),
        ));
        self.fire(&kinds::EXECUTE_COMPLETE, at, own);
    }

    /// The channel is hung up: from here on it only tells its end. Applications may still have a last word.
    pub(super) fn hang_up(&self, cause: Cause, goodbye: Goodbye, at: i64) {
        let first = self.with(|channel| {
            let first = channel.cause.is_none();
            if first {
                channel.cause = Some(cause);
                channel.times.hangup = at;
                if goodbye == Goodbye::GotBye {
                    let reason = format!("Q.850;cause=16;text=\"{}\"", cause.name);
                    for (name, value) in [
                        ("sip_reason", reason.as_str()),
                        ("sip_term_status", "200"),
                        ("proto_specific_hangup_cause", "sip:200"),
                        ("sip_term_cause", "16"),
                        ("sip_hangup_disposition", "recv_bye"),
                    ] {
                        channel.vars.set(name, value);
                    }
                }
                if goodbye == Goodbye::SentCancel {
                    channel.vars.set("sip_hangup_disposition", "send_cancel");
                    channel.vars.set("sip_invite_failure_status", "487");
                    channel.vars.set("sip_invite_failure_phrase", "CANCEL");
                }
            }
            first
        });
        if first {
            self.fire(&kinds::HANGUP, at, Vec::new());
        }
    }

    /// `CS_REPORTING` and the end: the CDR, then the last events, then the session is gone.
    pub(super) async fn finish(&self, goodbye: Goodbye, at: i64) {
        let (channel, cause) = self.with(|channel| {
            if goodbye == Goodbye::SentBye {
                channel.vars.set("sip_hangup_disposition", "send_bye");
            }
            channel.report();
            (channel.clone(), channel.cause)
        });
        cdr::write(&self.switch, &channel).await;
        if channel.direction == Direction::Inbound {
            hook::run(&self.switch, &channel.uuid);
        }
        let mut headers: Vec<(Name, String)> = Vec::new();
        if let Some(cause) = cause {
            headers.push(("Hangup-Cause".into(), cause.name.to_owned()));
        }
        headers.extend(channel.headers());
        self.switch
            .publish(&kinds::HANGUP_COMPLETE, at, headers, None);
        self.with(|channel| channel.state = State::Destroy);
        self.switch.close(&channel.uuid);
        self.fire(&kinds::DESTROY, at, Vec::new());
    }
}

fn application(uuid: &str, app: &str, argument: &str) -> Vec<(Name, String)> {
    vec![
        ("Application".into(), app.to_owned()),
        ("Application-Data".into(), argument.to_owned()),
        ("Application-UUID".into(), uuid.to_owned()),
    ]
}
