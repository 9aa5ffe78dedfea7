//! Values that may stand in a command: each is checked once, when it is made, byte by byte against a whitelist.
//!
//! FreeSWITCH has no quoting that holds (a `}` inside quotes ends a variable block, a comma in a destination
//! forks the call, a newline starts a second command), so nothing here is ever escaped: a value either consists
//! of harmless bytes alone or is refused. Free text goes through [`EncodedText`], which percent-encodes every byte.

use std::fmt;
use std::str::FromStr;

use crate::error::InvalidArgument;

/// `mod_event_socket` replaces a whole command that mentions itself along with `reload` or `unload`.
const SELF_NAME: &str = "mod_event_socket";

pub(crate) const fn refuse(what: &'static str, why: &'static str) -> InvalidArgument {
    InvalidArgument { what, why }
}

pub(crate) fn check(
    what: &'static str,
    text: &str,
    longest: usize,
    allowed: fn(u8) -> bool,
) -> Result<(), InvalidArgument> {
    if text.is_empty() {
        return Err(refuse(what, "it is empty"));
    }
    if text.len() > longest {
        return Err(refuse(what, "it is too long"));
    }
    if !text.bytes().all(allowed) {
        return Err(refuse(what, "it holds a character that is not allowed"));
    }
    if text.to_ascii_lowercase().contains(SELF_NAME) {
        return Err(refuse(what, "it names mod_event_socket"));
    }
    Ok(())
}

macro_rules! argument {
    ($(#[$doc:meta])* $name:ident, $what:literal, $longest:literal, $allowed:expr $(, $also:expr)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and keeps it.
            ///
            /// # Errors
            /// If `text` is not of the form described at the type.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidArgument> {
                let text = text.into();
                check($what, &text, $longest, $allowed)?;
                $(
                    let also: fn(&str) -> Result<(), InvalidArgument> = $also;
                    also(&text)?;
                )?
                Ok(Self(text))
            }

            /// The text, as it goes into a command.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidArgument;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

argument! {
    /// A number to dial, or to show as caller: `^\+?[0-9]{4,15}$` (the length bound is E.164's).
    Number, "number", 16, |byte| byte == b'+' || byte.is_ascii_digit(), |text| {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if digits.contains('+') || !(4..=15).contains(&digits.len()) {
            return Err(refuse("number", "it is not four to fifteen digits"));
        }
        Ok(())
    }
}

argument! {
    /// The name of a sofia gateway: `^[A-Za-z0-9_.-]{1,64}$`.
    GatewayName, "gateway name", 64, is_name
}

argument! {
    /// The name of a sofia profile: `^[A-Za-z0-9_.-]{1,64}$`.
    ProfileName, "profile name", 64, is_name
}

argument! {
    /// A plain word: `^[A-Za-z0-9_.-]{1,64}$`.
    Token, "token", 64, is_name
}

argument! {
    /// An absolute path that FreeSWITCH may open: `^/[A-Za-z0-9/_.-]+$`, at most 512 bytes, without a `..` component.
    AbsolutePath, "absolute path", 512, |byte| is_name(byte) || byte == b'/', |text| {
        if !text.starts_with('/') {
            return Err(refuse("absolute path", "it does not begin with a slash"));
        }
        if text.split('/').any(|part| part == "..") {
            return Err(refuse("absolute path", "it climbs with `..`"));
        }
        if text.len() < 2 {
            return Err(refuse("absolute path", "it names no file"));
        }
        Ok(())
    }
}

argument! {
    /// An address that FreeSWITCH may fetch: `^https?://[A-Za-z0-9._~:/?&=\[\]-]+$`, at most 1024 bytes. Nothing in it is escaped.
    HttpAddress, "http address", 1024, |byte| is_name(byte) || b"~:/?&=[]".contains(&byte), |text| {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        if rest.is_none_or(str::is_empty) {
            return Err(refuse("http address", "it does not begin with http:// or https:// and a host"));
        }
        Ok(())
    }
}

argument! {
    /// A name to show as caller: letters, digits, `.`, `-`, `_` and single spaces inside, at most 40 bytes.
    ///
    /// FreeSWITCH does not decode this variable, so there is no encoding that would let other characters through.
    CallerName, "caller name", 40, |byte| is_name(byte) || byte == b' ', |text| {
        if text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
            return Err(refuse("caller name", "it has stray spaces"));
        }
        Ok(())
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Free text for a variable that its reader percent-decodes (`fax_ident`, `fax_header`, `fax_timezone` of
/// `mod_spandsp`): **every** byte is written as `%XX`, letters too, so that no word of it can mean anything on the way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EncodedText(String);

impl EncodedText {
    /// Longest text, in bytes before encoding.
    pub const LONGEST: usize = 512;

    /// Encodes any bytes (the reader decides their charset; `mod_spandsp` prints CP437). `"\0"` is an empty C string.
    ///
    /// # Errors
    /// If `text` is empty or longer than [`EncodedText::LONGEST`].
    pub fn new(text: impl AsRef<[u8]>) -> Result<Self, InvalidArgument> {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let text = text.as_ref();
        if text.is_empty() {
            return Err(refuse("encoded text", "it is empty"));
        }
        if text.len() > Self::LONGEST {
            return Err(refuse("encoded text", "it is too long"));
        }
        let mut encoded = String::with_capacity(text.len() * 3);
        for byte in text {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Ok(Self(encoded))
    }

    /// The encoded text, as it goes into a command.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EncodedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
