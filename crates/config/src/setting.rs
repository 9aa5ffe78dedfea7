//! What a value may look like. Values from the environment are texts, those from a file have TOML's types.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use faxgate_types::{Country, LastPage, UnknownOutcome};
use ipnet::IpNet;
use secrecy::SecretString;
use toml::Value;
use url::Url;

use crate::limits;
use crate::units::{Days, Milliseconds, Quota, Seconds};
use crate::urls::{DatabaseUrl, StorageUrl};

/// A type that a key can have.
pub(crate) trait Setting: Sized {
    /// Reads it; the error says what is wrong and what would be right.
    fn read(value: &Value) -> Result<Self, String>;
}

/// The value for an error message, short.
pub(crate) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn text(value: &Value) -> Result<&str, String> {
    match value.as_str().map(str::trim) {
        Some("") => Err("must not be empty".into()),
        Some(text) => Ok(text),
        None => Err(format!("{} must be a text in quotes", shown(value))),
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn read(value: &Value) -> Result<Self, String> {
                let number = match value {
                    Value::Integer(number) => Self::try_from(*number).ok(),
                    Value::String(text) => text.trim().parse().ok(),
                    _ => None,
                };
                number.ok_or_else(|| {
                    format!("{} is not a whole number from 0 to {}", shown(value), Self::MAX)
                })
            }
        }
    )*};
}
whole_numbers!(u16, u32, u64, usize);

impl Setting for bool {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Boolean(flag) => Ok(*flag),
            Value::String(text) if text.trim() == "true" => Ok(true),
            Value::String(text) if text.trim() == "false" => Ok(false),
            other => Err(format!("{} is not true or false", shown(other))),
        }
    }
}

impl Setting for String {
    fn read(value: &Value) -> Result<Self, String> {
        text(value).map(str::to_owned)
    }
}

impl Setting for SecretString {
    fn read(value: &Value) -> Result<Self, String> {
        // Never trimmed (blanks may belong to it) and never shown.
        match value.as_str() {
            Some("") => Err("must not be empty".into()),
            Some(text) if text.contains(['\n', '\r', '\0']) => {
                Err("must be one line of text".into())
            }
            Some(text) => Ok(text.into()),
            None => Err("must be a text in quotes".into()),
        }
    }
}

impl Setting for PathBuf {
    fn read(value: &Value) -> Result<Self, String> {
        text(value).map(Self::from)
    }
}

/// An empty text means "not set".
impl<T: Setting> Setting for Option<T> {
    fn read(value: &Value) -> Result<Self, String> {
        match value.as_str().map(str::trim) {
            Some("") => Ok(None),
            _ => T::read(value).map(Some),
        }
    }
}

/// An array, or a text with commas.
impl<T: Setting> Setting for Vec<T> {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items.iter().map(T::read).collect(),
            Value::String(text) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| T::read(&Value::String(item.to_owned())))
                .collect(),
            other => Err(format!("{} must be a list", shown(other))),
        }
    }
}

impl Setting for SocketAddr {
    fn read(value: &Value) -> Result<Self, String> {
        text(value)?.parse().map_err(|_| {
            format!(
                "{} is not an address and port such as 127.0.0.1:8585, 0.0.0.0:8585 or [::1]:8585",
                shown(value)
            )
        })
    }
}

impl Setting for Url {
    fn read(value: &Value) -> Result<Self, String> {
        match Self::parse(text(value)?) {
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                Err("must not hold a user name or password".into())
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => Err(format!(
                "{} is not an address that begins with https:// or http://",
                shown(value)
            )),
        }
    }
}

impl Setting for IpNet {
    fn read(value: &Value) -> Result<Self, String> {
        let text = text(value)?;
        text.parse()
            .ok()
            .or_else(|| text.parse::<IpAddr>().ok().map(Self::from))
            .ok_or_else(|| {
                format!(
                    "{} is not a network such as 192.0.2.0/24 or 2001:db8::/32",
                    shown(value)
                )
            })
    }
}

impl Setting for Country {
    fn read(value: &Value) -> Result<Self, String> {
        text(value)?
            .parse()
            .map_err(|error: faxgate_types::phone::UnknownCountry| error.to_string())
    }
}

macro_rules! words {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn read(value: &Value) -> Result<Self, String> {
                text(value)?.parse().map_err(|_| {
                    let words: Vec<_> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("{} is not one of {}", shown(value), words.join(", "))
                })
            }
        }
    )*};
}
words!(UnknownOutcome, LastPage);

impl Setting for Seconds {
    fn read(value: &Value) -> Result<Self, String> {
        match u64::read(value)? {
            seconds if seconds <= limits::SECONDS => Ok(Self(seconds)),
            seconds => Err(format!("{seconds} seconds are more than a year")),
        }
    }
}

impl Setting for Milliseconds {
    fn read(value: &Value) -> Result<Self, String> {
        match u64::read(value)? {
            ms if ms <= limits::SECONDS * 1000 => Ok(Self(ms)),
            ms => Err(format!("{ms} milliseconds are more than a year")),
        }
    }
}

impl Setting for Days {
    fn read(value: &Value) -> Result<Self, String> {
        match u32::read(value)? {
            days if days <= 36_525 => Ok(Self(days)),
            days => Err(format!(
                "{days} days are more than a century; 0 keeps for ever"
            )),
        }
    }
}

impl Setting for Quota {
    fn read(value: &Value) -> Result<Self, String> {
        u32::read(value).map(Self)
    }
}

impl Setting for DatabaseUrl {
    fn read(value: &Value) -> Result<Self, String> {
        match value.as_str().map(str::trim) {
            Some("") => Err("must not be empty".into()),
            // May hold a password: `read` never shows more than the scheme.
            Some(text) => Self::read(text),
            None => Err("must be a text in quotes".into()),
        }
    }
}

impl Setting for StorageUrl {
    fn read(value: &Value) -> Result<Self, String> {
        Self::read(text(value)?)
    }
}
