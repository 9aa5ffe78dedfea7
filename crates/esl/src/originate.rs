//! The `originate` command, built from parts that cannot be misread.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use crate::argument::{AbsolutePath, CallerName, GatewayName, Number, ProfileName, Token};
use crate::command::{Cause, Command};
use crate::variable::{Value, VariableName};

/// Where a call goes: exactly one leg. There is no way to write `|`, `,` or `:_:` here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// `sofia/gateway/GATEWAY/NUMBER`.
    Gateway {
        /// The gateway, as named in the profile.
        gateway: GatewayName,
        /// The number to dial.
        number: Number,
    },
    /// `sofia/PROFILE/NUMBER@HOST:PORT`, without a gateway.
    Address {
        /// The sofia profile.
        profile: ProfileName,
        /// The user part of the request URI.
        number: Number,
        /// The far end.
        host: std::net::SocketAddr,
    },
    /// `null/NAME` (`mod_loopback`): a channel that goes nowhere.
    Null(Token),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway { gateway, number } => write!(f, "sofia/gateway/{gateway}/{number}"),
            Self::Address {
                profile,
                number,
                host,
            } => write!(f, "sofia/{profile}/{number}@{host}"),
            Self::Null(name) => write!(f, "null/{name}"),
        }
    }
}

/// What the channel does once it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Application {
    /// `park()`: waits for further orders.
    Park,
    /// `txfax(PATH)`: sends a TIFF (`mod_spandsp`).
    TxFax(AbsolutePath),
    /// `rxfax(PATH)`: receives into a TIFF (`mod_spandsp`).
    RxFax(AbsolutePath),
    /// `playback(PATH)`: plays a sound file.
    Playback(AbsolutePath),
    /// `echo()`: returns what it hears.
    Echo,
    /// `hangup(CAUSE)`.
    Hangup(Cause),
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Park => f.write_str("park()"),
            Self::TxFax(path) => write!(f, "txfax({path})"),
            Self::RxFax(path) => write!(f, "rxfax({path})"),
            Self::Playback(path) => write!(f, "playback({path})"),
            Self::Echo => f.write_str("echo()"),
            Self::Hangup(cause) => write!(f, "hangup({cause})"),
        }
    }
}

/// An application that FreeSWITCH runs by itself when something happens on the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hook {
    /// `hangup`.
    Hangup,
    /// `sched_hangup +SECONDS`: hangs up that much later, whether or not the client still lives.
    SchedHangup(Duration),
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hangup => f.write_str("hangup"),
            // Quoted because of its space; the quotes hold since nothing inside can close them.
            Self::SchedHangup(after) => write!(f, "'sched_hangup +{}'", after.as_secs()),
        }
    }
}

/// One call to be made: `originate {VARIABLES}ENDPOINT &APPLICATION`.
///
/// Variables are written in the order in which they were set; `origination_uuid` always comes first, so that the
/// caller knows the channel's UUID before it exists. Setting a variable twice writes it twice, and FreeSWITCH
/// takes the last.
///
/// ```
/// # use faxgate_esl::{argument::*, variable::VariableName, Application, Endpoint, Originate};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let uuid = "24f6d820-268f-4c39-8aab-ba63dc5cd2e2".parse()?;
/// let call = Originate::new(
///     uuid,
///     Endpoint::Gateway { gateway: "telnyx".parse()?, number: "+15559871111".parse()? },
///     Application::TxFax("/var/spool/fax/out.tif".parse()?),
/// )
/// .set(VariableName::IGNORE_EARLY_MEDIA, true)
/// .set(VariableName::FAX_HEADER, EncodedText::new("A, B")?);
/// assert_eq!(
///     call.command().as_str(),
///     "originate {origination_uuid=24f6d820-268f-4c39-8aab-ba63dc5cd2e2,ignore_early_media=true,\
///      fax_header=%41%2C%20%42}sofia/gateway/telnyx/+15559871111 &txfax(/var/spool/fax/out.tif)"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originate {
    uuid: Uuid,
    settings: Vec<(VariableName, Setting)>,
    endpoint: Endpoint,
    application: Application,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Setting {
    Value(Value),
    Hook(Hook),
}

impl Originate {
    /// A call whose channel will have this UUID. FreeSWITCH refuses it while a channel of that UUID lives, and
    /// only then: it remembers nothing, so a UUID must never be used for a second call.
    pub fn new(uuid: Uuid, endpoint: Endpoint, application: Application) -> Self {
        Self {
            uuid,
            settings: Vec::new(),
            endpoint,
            application,
        }
    }

    /// The fence: a channel of this UUID that goes nowhere and leaves no CDR. If FreeSWITCH accepts it, no
    /// earlier originate of the UUID is alive, and a later one will be refused for as long as the fence stands.
    pub fn fence(uuid: Uuid, name: Token) -> Self {
        Self::new(uuid, Endpoint::Null(name), Application::Park)
            .set(VariableName::PROCESS_CDR, false)
    }

    /// The UUID that the channel will have.
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// Sets a channel variable.
    #[must_use]
    pub fn set(mut self, name: VariableName, value: impl Into<Value>) -> Self {
        self.settings.push((name, Setting::Value(value.into())));
        self
    }

    /// Sets the caller's number (`origination_caller_id_number`).
    #[must_use]
    pub fn caller_id_number(self, number: Number) -> Self {
        self.set(VariableName::ORIGINATION_CALLER_ID_NUMBER, number)
    }

    /// Sets the caller's name (`origination_caller_id_name`).
    #[must_use]
    pub fn caller_id_name(self, name: CallerName) -> Self {
        self.set(VariableName::ORIGINATION_CALLER_ID_NAME, name)
    }

    /// Runs `hook` when the call is answered (`execute_on_answer`).
    #[must_use]
    pub fn on_answer(mut self, hook: Hook) -> Self {
        let name = VariableName::EXECUTE_ON_ANSWER;
        self.settings.push((name, Setting::Hook(hook)));
        self
    }

    /// Runs `hook` when `mod_spandsp` has a result (`execute_on_fax_result`).
    #[must_use]
    pub fn on_fax_result(mut self, hook: Hook) -> Self {
        let name = VariableName::EXECUTE_ON_FAX_RESULT;
        self.settings.push((name, Setting::Hook(hook)));
        self
    }

    /// The command to give to [`Client::bgapi`](crate::Client::bgapi) or
    /// [`Client::bgapi_before`](crate::Client::bgapi_before).
    pub fn command(&self) -> Command {
        Command::trusted(self.to_string())
    }
}

impl fmt::Display for Originate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uuid = self.uuid.as_hyphenated();
        write!(f, "originate {{origination_uuid={uuid}")?;
        for (name, setting) in &self.settings {
            match setting {
                Setting::Value(value) => write!(f, ",{name}={value}")?,
                Setting::Hook(hook) => write!(f, ",{name}={hook}")?,
            }
        }
        write!(f, "}}{} &{}", self.endpoint, self.application)
    }
}
