//! Events in JSON, written as the plain lines they stand for.

use std::fmt;

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::frame::MalformedFrame;

/// What must not stand bare in a line: control characters and the percent sign itself.
const UNSAFE: &AsciiSet = &CONTROLS.add(b'%');

/// Returns the header lines (without a last line end) and the body.
pub(crate) fn to_plain(bytes: &[u8]) -> Result<(Bytes, Bytes), MalformedFrame> {
    let text = String::from_utf8_lossy(bytes);
    let Plain { lines, body } =
        serde_json::from_str(&text).map_err(|_| MalformedFrame("not a JSON event"))?;
    Ok((lines.into(), body.into()))
}

struct Plain {
    lines: String,
    body: String,
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Flat)
    }
}

/// A value is one text, or several.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Value {
    One(String),
    Several(Vec<String>),
}

struct Flat;

impl<'de> Visitor<'de> for Flat {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Plain, M::Error> {
        let mut lines = String::new();
        let mut body = String::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if name.contains(|c: char| c == ':' || c.is_control()) {
                return Err(de::Error::custom("a name that no header can have"));
            }
            let value = match value {
                Value::One(text) if name == "_body" => {
                    body = text;
                    continue;
                }
                Value::One(text) => text,
                Value::Several(texts) => format!("ARRAY::{}", texts.join("|:")),
            };
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(&name);
            lines.push_str(": ");
            lines.extend(utf8_percent_encode(&value, UNSAFE));
        }
        Ok(Plain { lines, body })
    }
}
