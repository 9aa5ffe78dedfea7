//! Events and how they look on the wire.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

use bytes::Bytes;

/// A header's name; most are constants.
pub(crate) type Name = Cow<'static, str>;

/// One event, made once and shared by every connection that listens.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) name: Cow<'static, str>,
    pub(crate) subclass: Option<Cow<'static, str>>,
    headers: Vec<(Name, String)>,
    body: Option<String>,
    plain: OnceLock<Bytes>,
    json: OnceLock<Bytes>,
}

impl Event {
    /// An event with these headers, `Event-Name` among them, in this order.
    pub(crate) fn new(
        name: impl Into<Cow<'static, str>>,
        subclass: Option<Cow<'static, str>>,
        headers: Vec<(Name, String)>,
        body: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            subclass,
            headers,
            body,
            ..Self::default()
        }
    }

    /// The first header of this name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The whole packet in the format `plain`: an outer frame whose length counts the inner event.
    pub(crate) fn plain(&self) -> Bytes {
        self.plain
            .get_or_init(|| packet("text/event-plain", &self.text(true)))
            .clone()
    }

    /// The whole packet in the format `json`: the names are the same, nothing is percent-encoded, the body is `_body`.
    pub(crate) fn json(&self) -> Bytes {
        self.json
            .get_or_init(|| {
                let mut text = String::from("{");
                let mut add = |name: &str, value: &str| {
                    let separator = if text.len() > 1 { "," } else { "" };
                    let _ = write!(
                        text,
                        "{separator}{}:{}",
                        serde_json::Value::from(name),
                        serde_json::Value::from(value)
                    );
                };
                for (name, value) in &self.headers {
                    add(name, value);
                }
                if let Some(body) = &self.body {
                    add("Content-Length", &body.len().to_string());
                    add("_body", body);
                }
                text.push('}');
                packet("text/event-json", &text)
            })
            .clone()
    }

    /// The event as header lines, a blank line and the body; values percent-encoded or as they are (`uuid_dump`).
    pub(crate) fn text(&self, encoded: bool) -> String {
        let mut text = String::with_capacity(8192);
        for (name, value) in &self.headers {
            text.push_str(name);
            text.push_str(": ");
            match value.as_str() {
                "" => text.push_str("_undef_"),
                value if encoded => encode_into(value, &mut text),
                value => text.push_str(value),
            }
            text.push('\n');
        }
        if let Some(body) = &self.body {
            let _ = write!(text, "Content-Length: {}\n\n{body}", body.len());
        } else {
            text.push('\n');
        }
        text
    }
}

fn packet(content_type: &str, inner: &str) -> Bytes {
    Bytes::from(format!(
        "Content-Length: {}\nContent-Type: {content_type}\n\n{inner}",
        inner.len()
    ))
}

/// Percent-encodes as FreeSWITCH does everywhere (`switch_url_encode`): see [`encode_into`].
pub(crate) fn percent_encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 16);
    encode_into(value, &mut text);
    text
}

/// Percent-encodes as FreeSWITCH does for plain events: what already looks like `%XX`, in capitals, stays as it is, so
/// that reading an event decodes it.
fn encode_into(value: &str, text: &mut String) {
    const UNSAFE: &[u8] = b"\r\n \"#%&+:;<=>?@[\\]^`{|}";
    let bytes = value.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let already = byte == b'%'
            && matches!(bytes.get(at + 1..at + 3), Some(hex) if hex.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')));
        if already || ((b' '..=b'~').contains(&byte) && !UNSAFE.contains(&byte)) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_as_recorded() {
        let mut text = String::new();
        encode_into("Acme, Inc. %41 %4a 100% é/(x)'\r\n", &mut text);
        assert_eq!(
            text,
            "Acme,%20Inc.%20%41%20%254a%20100%25%20%C3%A9/(x)'%0D%0A"
        );
    }

    #[test]
    fn a_body_brings_its_own_length() {
        let event = Event::new(
            "BACKGROUND_JOB",
            None,
            vec![("Event-Name".into(), "BACKGROUND_JOB".into())],
            Some("+OK x\n".into()),
        );
        assert_eq!(
            event.plain(),
            "Content-Length: 52\nContent-Type: text/event-plain\n\n\
             Event-Name: BACKGROUND_JOB\nContent-Length: 6\n\n+OK x\n"
        );
        assert!(event.json().ends_with(b"\"_body\":\"+OK x\\n\"}"));
    }
}
