//! An answered leg: what runs on it, and how it ends.

use super::Reporter;
use super::apps::{Hook, hook};
use super::clock::{CallClock, Cut};
use super::inbound::Inbound;
use super::kinds;
use super::leg::{Goodbye, Leg};
use super::logged::Logged;
use crate::call_log::Outcome;
use crate::cause::Cause;
use crate::channel::{CallState, Codec, State};
use crate::dial::App;
use crate::scenario::Ending;

/// An answered leg.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) leg: Leg,
    pub(super) clock: CallClock,
    /// Who answered; `None`: nobody, the channel goes nowhere.
    pub(super) ending: Option<Ending>,
    /// `execute_on_fax_result` and `sched_hangup` have no effect.
    pub(super) deaf: bool,
    /// The job's answer comes before anything that follows; otherwise they race.
    pub(super) waits: bool,
    /// The far end is a number of our own.
    pub(super) far: Option<Inbound>,
    pub(super) logged: Option<Logged>,
}

/// How an application leaves the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It returned; nothing else is to run, so the channel hangs up.
    Returned,
    /// The channel was hung up while it ran.
    HungUp(Goodbye),
}

impl Answered {
    /// Answers, reports, runs the application and sees the channel to its end.
    pub(super) async fn run(mut self, app: &App, reporter: Reporter) {
        let cut = self.answer();
        let uuid = self.leg.uuid();
        if self.waits {
            reporter.told(Ok(uuid)).await;
        } else {
            reporter.told_meanwhile(Ok(uuid)).await;
        }
        let left = match cut {
            Some(cause) => self.cut(Cut::Here(cause)),
            None => self.app(app).await,
        };
        let at = self.clock.now();
        let goodbye = match left {
            Left::HungUp(goodbye) => goodbye,
            Left::Returned => {
                self.end_log(Outcome::Failed);
                let goodbye = self.own_goodbye();
                self.leg.hang_up(Cause::NORMAL_CLEARING, goodbye, at);
                goodbye
            }
        };
        if let Some(far) = self.far.take() {
            far.dropped(at).await;
        }
        self.leg.finish(goodbye, at).await;
    }

    /// The far end answers; a hook may end the call right there.
    fn answer(&mut self) -> Option<Cause> {
        let at = self.clock.now();
        if let Some(far) = &mut self.far {
            far.answered(at);
            self.clock.watch_far(far.leg.session.asked());
        }
        let through_sip = self.ending.is_some();
        self.leg.with(|channel| {
            if through_sip {
                self.leg.dialog.accepted(channel);
                self.leg.dialog.media(channel);
                channel.codec = Codec::Pcmu;
            }
            channel.state = State::ConsumeMedia;
            channel.times.answered = at;
        });
        self.leg.fire(&kinds::ANSWER, at, Vec::new());
        let hook = self.hook("execute_on_answer");
        self.leg.with(|channel| {
            channel.state = State::Execute;
            channel.call_state = CallState::Active;
            channel.hit_dialplan = true;
            channel.vars.set("endpoint_disposition", "ANSWER");
            channel.vars.set(
                "pre_transfer_caller_id_number",
                channel.profile.caller_number.clone(),
            );
            channel.vars.set("channel_cid_flipped", "yes");
            let profile = &mut channel.profile;
            profile.callee_number =
                std::mem::replace(&mut profile.caller_number, profile.destination.clone());
            profile.callee_name =
                std::mem::replace(&mut profile.caller_name, profile.destination.clone());
        });
        match hook {
            Some(Hook::HangUp(cause)) => Some(cause),
            Some(Hook::EndIn(seconds, cause)) => {
                self.clock.end_in(seconds, cause);
                None
            }
            None => None,
        }
    }

    /// What a variable asks for, unless the channel does not listen.
    pub(super) fn hook(&self, variable: &str) -> Option<Hook> {
        if self.deaf {
            return None;
        }
        self.leg.with(|channel| hook(&channel.vars, variable))
    }

    async fn app(&mut self, app: &App) -> Left {
        match app.name.as_str() {
            "txfax" => self.txfax(&app.argument).await,
            "park" | "transfer" | "echo" | "playback" | "endless_playback" => {
                if app.name == "park" {
                    self.leg.with(|channel| channel.state = State::Park);
                    self.leg.fire(&kinds::PARK, self.clock.now(), Vec::new());
                }
                let cut = match self.ending {
                    Some(Ending::Human { seconds }) => match self.clock.pass(seconds).await {
                        Ok(()) => Cut::There,
                        Err(cut) => cut,
                    },
                    _ => self.clock.pass_for_ever().await,
                };
                self.cut(cut)
            }
            "hangup" => self.cut(Cut::Here(
                Cause::named(&app.argument).unwrap_or(Cause::NORMAL_CLEARING),
            )),
            // Unknown to the switch: the channel hangs up.
            _ => Left::Returned,
        }
    }

    /// Hangs the channel up in the middle of something.
    pub(super) fn cut(&mut self, cut: Cut) -> Left {
        let (cause, goodbye) = match cut {
            Cut::Here(cause) => (cause, self.own_goodbye()),
            Cut::There => (Cause::NORMAL_CLEARING, Goodbye::GotBye),
        };
        self.end_log(Outcome::Failed);
        self.leg.hang_up(cause, goodbye, self.clock.now());
        Left::HungUp(goodbye)
    }

    /// Closes the call log's entry, if it is still open.
    pub(super) fn end_log(&mut self, outcome: Outcome) {
        if let Some(logged) = &mut self.logged {
            logged.end(outcome);
        }
    }

    fn own_goodbye(&self) -> Goodbye {
        if self.ending.is_some() {
            Goodbye::SentBye
        } else {
            Goodbye::Silent
        }
    }
}
