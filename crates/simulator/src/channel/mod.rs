//! A channel: what a call is while it lives, and what events and CDRs say about it.

mod dialog;
mod headers;
mod report;
mod vars;

pub(crate) use dialog::Dialog;
pub(crate) use report::stamp;
pub(crate) use vars::Vars;

use crate::cause::Cause;

/// Which way a call goes, seen from the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// `Channel-State` and its number (`switch_types.h`, `switch_channel_state_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Init,
    ConsumeMedia,
    Execute,
    Park,
    Reporting,
    Destroy,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Init => "CS_INIT",
            Self::ConsumeMedia => "CS_CONSUME_MEDIA",
            Self::Execute => "CS_EXECUTE",
            Self::Park => "CS_PARK",
            Self::Reporting => "CS_REPORTING",
            Self::Destroy => "CS_DESTROY",
        }
    }

    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Init => 2,
            Self::Execute => 4,
            Self::Park => 6,
            Self::ConsumeMedia => 7,
            Self::Reporting => 11,
            Self::Destroy => 12,
        }
    }
}

/// `Channel-Call-State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallState {
    Down,
    Ringing,
    Early,
    Active,
    HangUp,
}

impl CallState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Ringing => "RINGING",
            Self::Early => "EARLY",
            Self::Active => "ACTIVE",
            Self::HangUp => "HANGUP",
        }
    }
}

/// The codecs in use: G.711 both ways, read as linear audio while a fax application runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    None,
    Pcmu,
    Linear,
}

/// When what happened, in microseconds of simulated time since 1970; 0 for what has not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) created: i64,
    pub(crate) progress: i64,
    pub(crate) progress_media: i64,
    pub(crate) answered: i64,
    pub(crate) hangup: i64,
}

/// Who calls whom (`switch_caller_profile_t`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) username: String,
    pub(crate) dialplan: String,
    pub(crate) caller_name: String,
    pub(crate) caller_number: String,
    pub(crate) orig_caller_name: String,
    pub(crate) orig_caller_number: String,
    pub(crate) callee_name: String,
    pub(crate) callee_number: String,
    pub(crate) network_addr: String,
    pub(crate) ani: String,
    pub(crate) destination: String,
    pub(crate) source: &'static str,
    pub(crate) context: &'static str,
}

/// An application that ran.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) app: String,
    pub(crate) argument: String,
    pub(crate) at: i64,
}

/// One channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) direction: Direction,
    pub(crate) state: State,
    pub(crate) call_state: CallState,
    pub(crate) codec: Codec,
    pub(crate) hit_dialplan: bool,
    pub(crate) profile: Profile,
    pub(crate) times: Times,
    pub(crate) cause: Option<Cause>,
    pub(crate) vars: Vars,
    pub(crate) ran: Vec<Ran>,
}

impl Channel {
    /// A channel that has just been made.
    pub(crate) fn new(
        uuid: String,
        name: String,
        direction: Direction,
        profile: Profile,
        created: i64,
    ) -> Self {
        Self {
            uuid,
            name,
            direction,
            state: State::Init,
            call_state: CallState::Down,
            codec: Codec::None,
            hit_dialplan: direction == Direction::Inbound,
            profile,
            times: Times {
                created,
                ..Times::default()
            },
            cause: None,
            vars: Vars::default(),
            ran: Vec::new(),
        }
    }

    /// Notes that an application starts, as variables and in the CDR's `app_log`.
    pub(crate) fn run(&mut self, app: &str, argument: &str, at: i64) {
        self.vars.set("current_application_data", argument);
        self.vars.set("current_application", app);
        self.ran.push(Ran {
            app: app.to_owned(),
            argument: argument.to_owned(),
            at,
        });
    }
}
