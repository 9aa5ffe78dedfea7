//! API commands: `status`, `uuid_exists UUID`, `originate …`.

use std::fmt;

use uuid::Uuid;

use crate::argument::{GatewayName, HttpAddress, ProfileName, Token, check, refuse};
use crate::error::InvalidArgument;
use crate::originate::Originate;

/// A hang-up cause as FreeSWITCH spells it, `^[A-Z][A-Z0-9_]{1,63}$` (`switch_cause_t`, mostly Q.850).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cause(std::borrow::Cow<'static, str>);

impl Cause {
    /// Q.850 cause 16.
    pub const NORMAL_CLEARING: Self = Self(std::borrow::Cow::Borrowed("NORMAL_CLEARING"));
    /// Q.850 cause 17.
    pub const USER_BUSY: Self = Self(std::borrow::Cow::Borrowed("USER_BUSY"));
    /// SIP 487: the caller gave up.
    pub const ORIGINATOR_CANCEL: Self = Self(std::borrow::Cow::Borrowed("ORIGINATOR_CANCEL"));
    /// Q.850 cause 41.
    pub const NORMAL_TEMPORARY_FAILURE: Self =
        Self(std::borrow::Cow::Borrowed("NORMAL_TEMPORARY_FAILURE"));
    /// Killed by an operator.
    pub const MANAGER_REQUEST: Self = Self(std::borrow::Cow::Borrowed("MANAGER_REQUEST"));

    /// Checks the name of a cause.
    ///
    /// # Errors
    /// If it is not of the form described at the type.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidArgument> {
        let text = text.into();
        check("hang-up cause", &text, 64, |byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
        })?;
        if !text.starts_with(|first: char| first.is_ascii_uppercase()) {
            return Err(refuse("hang-up cause", "it does not begin with a letter"));
        }
        Ok(Self(text.into()))
    }

    /// The name of the cause.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One API command, without the `api` or `bgapi` before it: a single line of harmless bytes.
///
/// It can be made only from values that were checked, so it never holds a line end, a NUL, or anything that would
/// make FreeSWITCH read more than one command in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Command(String);

impl Command {
    /// For text that was put together from checked values only.
    pub(crate) fn trusted(text: String) -> Self {
        debug_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        Self(text)
    }

    /// `uuid_exists UUID`: `true` or `false`, from the session table, exact at once.
    pub fn uuid_exists(uuid: Uuid) -> Self {
        Self::trusted(format!("uuid_exists {uuid}"))
    }

    /// `uuid_kill UUID CAUSE`: hangs a channel up; `+OK`, or `-ERR No such channel!`.
    pub fn uuid_kill(uuid: Uuid, cause: &Cause) -> Self {
        Self::trusted(format!("uuid_kill {uuid} {cause}"))
    }

    /// `uuid_dump UUID`: everything of a channel, in the form of an event's header lines.
    pub fn uuid_dump(uuid: Uuid) -> Self {
        Self::trusted(format!("uuid_dump {uuid}"))
    }

    /// `uuid_getvar UUID NAME`: one variable of a channel.
    pub fn uuid_getvar(uuid: Uuid, name: &Token) -> Self {
        Self::trusted(format!("uuid_getvar {uuid} {name}"))
    }

    /// `status`: version, sessions, limits, in words.
    pub fn status() -> Self {
        Self::trusted("status".into())
    }

    /// `version`.
    pub fn version() -> Self {
        Self::trusted("version".into())
    }

    /// `uptime s`: seconds since start.
    pub fn uptime() -> Self {
        Self::trusted("uptime s".into())
    }

    /// `global_getvar NAME`.
    pub fn global_getvar(name: &Token) -> Self {
        Self::trusted(format!("global_getvar {name}"))
    }

    /// `global_getvar core_uuid`: a UUID that changes each time FreeSWITCH starts.
    pub fn core_uuid() -> Self {
        Self::trusted("global_getvar core_uuid".into())
    }

    /// `show channels count`.
    pub fn channel_count() -> Self {
        Self::trusted("show channels count".into())
    }

    /// `sofia status gateway NAME`.
    pub fn gateway_status(gateway: &GatewayName) -> Self {
        Self::trusted(format!("sofia status gateway {gateway}"))
    }

    /// `sofia status profile NAME`.
    pub fn profile_status(profile: &ProfileName) -> Self {
        Self::trusted(format!("sofia status profile {profile}"))
    }

    /// `module_exists NAME`: `true` or `false`.
    pub fn module_exists(module: &Token) -> Self {
        Self::trusted(format!("module_exists {module}"))
    }

    /// `http_get ADDRESS` (`mod_http_cache`): the path of a local copy, or `-ERR`. Takes as long as the transfer: use `bgapi`.
    pub fn http_get(address: &HttpAddress) -> Self {
        Self::trusted(format!("http_get {address}"))
    }

    /// Any other command, as words of `^[A-Za-z0-9_./:@+=-]{1,256}$` joined by single spaces.
    ///
    /// # Errors
    /// If there is no word, more than 32, or one holds another byte or names `mod_event_socket`.
    pub fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidArgument> {
        const WHAT: &str = "command word";
        let mut line = String::new();
        for (index, word) in words.into_iter().enumerate() {
            if index == 32 {
                return Err(refuse(WHAT, "there are too many"));
            }
            check(WHAT, word, 256, |byte| {
                byte.is_ascii_alphanumeric() || b"_./:@+=-".contains(&byte)
            })?;
            if index > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
        if line.is_empty() {
            return Err(refuse(WHAT, "there is none"));
        }
        Ok(Self::trusted(line))
    }

    /// The command as FreeSWITCH will read it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Originate> for Command {
    fn from(originate: &Originate) -> Self {
        originate.command()
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
