//! Names and values of channel variables in a dial string.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::argument::{AbsolutePath, CallerName, EncodedText, Number, Token, check, refuse};
use crate::error::InvalidArgument;

/// The name of a channel variable: `^[A-Za-z][A-Za-z0-9_]{0,63}$`.
///
/// A parsed name may not be one that makes FreeSWITCH execute its value (`execute_on_…`, `api_on_…`,
/// `system_on_…`, `exec_…`, the hang-up and reporting hooks) or that would break "one attempt, one leg, one
/// UUID" (`origination_uuid`, `originate_retries…`); what is safe of those has a method on
/// [`Originate`](crate::Originate). The constants are the ones a fax call needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VariableName(Name);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Known(&'static str),
    Own(String),
}

const REFUSED_STARTS: &[&str] = &[
    "api_",
    "bridge_",
    "exec_",
    "execute_on",
    "group_confirm",
    "originate_retr",
    "origination_uuid",
    "session_in_hangup_hook",
    "system_on",
    "transfer_",
];

macro_rules! known {
    ($($(#[$doc:meta])* $constant:ident = $text:literal;)*) => {
        impl VariableName {
            $($(#[$doc])* pub const $constant: Self = Self(Name::Known($text));)*
        }
    };
}

known! {
    /// The number shown as caller ([`Number`]).
    ORIGINATION_CALLER_ID_NUMBER = "origination_caller_id_number";
    /// The name shown as caller ([`CallerName`]).
    ORIGINATION_CALLER_ID_NAME = "origination_caller_id_name";
    /// Answer means answer, not early media (bool).
    IGNORE_EARLY_MEDIA = "ignore_early_media";
    /// Keeps `${…}` in application arguments from being expanded (bool).
    APP_DISABLE_EXPAND_VARIABLES = "app_disable_expand_variables";
    /// Codecs to offer ([`Value::Codecs`]).
    ABSOLUTE_CODEC_STRING = "absolute_codec_string";
    /// DTMF method; `none` takes telephone-event out of the offer (token).
    DTMF_TYPE = "dtmf_type";
    /// Takes comfort noise out of the offer (bool).
    SUPPRESS_CNG = "suppress_cng";
    /// Seconds to wait for an answer (integer).
    ORIGINATE_TIMEOUT = "originate_timeout";
    /// T.38 is accepted (bool).
    FAX_ENABLE_T38 = "fax_enable_t38";
    /// T.38 is asked for (bool).
    FAX_ENABLE_T38_REQUEST = "fax_enable_t38_request";
    /// Error correction mode (bool).
    FAX_USE_ECM = "fax_use_ecm";
    /// Leave out V.17, at most 9600 bit/s (bool).
    FAX_DISABLE_V17 = "fax_disable_v17";
    /// First page to send, counted from 0 (integer).
    FAX_START_PAGE = "fax_start_page";
    /// Last page to send, counted from 0 (integer).
    FAX_END_PAGE = "fax_end_page";
    /// Station identification, at most 20 of `+0-9 ` ([`EncodedText`]).
    FAX_IDENT = "fax_ident";
    /// Header line, at most 50 bytes of CP437 ([`EncodedText`]).
    FAX_HEADER = "fax_header";
    /// Zone of the header's date, a POSIX TZ ([`EncodedText`]).
    FAX_TIMEZONE = "fax_timezone";
    /// Directory for `mod_json_cdr` ([`AbsolutePath`]).
    JSON_CDR_BASE = "json_cdr_base";
    /// Whether CDRs are written for the call (bool).
    PROCESS_CDR = "process_cdr";
}

impl VariableName {
    // Not public: their values are executed, so only a `Hook` may be given to them.
    pub(crate) const EXECUTE_ON_ANSWER: Self = Self(Name::Known("execute_on_answer"));
    pub(crate) const EXECUTE_ON_FAX_RESULT: Self = Self(Name::Known("execute_on_fax_result"));

    /// Checks a name of your own.
    ///
    /// # Errors
    /// If it is not of the form, or is one of those described at the type.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidArgument> {
        const WHAT: &str = "variable name";
        let text = text.into();
        check(WHAT, &text, 64, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_'
        })?;
        if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(refuse(WHAT, "it does not begin with a letter"));
        }
        let lower = text.to_ascii_lowercase();
        if REFUSED_STARTS.iter().any(|start| lower.starts_with(start)) {
            return Err(refuse(
                WHAT,
                "freeswitch gives that variable a meaning of its own",
            ));
        }
        Ok(Self(Name::Own(text)))
    }

    /// The name, as it goes into a command.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Known(text) => text,
            Name::Own(text) => text,
        }
    }
}

impl FromStr for VariableName {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A codec that an originate may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722.
    G722,
}

impl Codec {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
        }
    }
}

/// The value of a channel variable: nothing that can be built here holds a byte with a meaning in a dial string.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer.
    Integer(i64),
    /// A UUID, lower-case with hyphens.
    Uuid(Uuid),
    /// A telephone number.
    Number(Number),
    /// A plain word.
    Token(Token),
    /// A path.
    Path(AbsolutePath),
    /// A caller name; quoted if it holds a space.
    CallerName(CallerName),
    /// Text of which every byte is percent-encoded.
    Text(EncodedText),
    /// Codecs in order of preference, their commas escaped as `\,` (a quoted list loses all but the first).
    Codecs(Vec<Codec>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Uuid(value) => value.as_hyphenated().fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Token(value) => value.fmt(f),
            Self::Path(value) => value.fmt(f),
            Self::CallerName(value) if value.as_str().contains(' ') => write!(f, "'{value}'"),
            Self::CallerName(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Codecs(codecs) => {
                for (index, codec) in codecs.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\\," };
                    write!(f, "{separator}{}", codec.as_str())?;
                }
                Ok(())
            }
        }
    }
}

macro_rules! from {
    ($($variant:ident($type:ty);)*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

from! {
    Bool(bool);
    Integer(i64);
    Integer(u32);
    Integer(i32);
    Uuid(Uuid);
    Number(Number);
    Token(Token);
    Path(AbsolutePath);
    CallerName(CallerName);
    Text(EncodedText);
    Codecs(Vec<Codec>);
}
