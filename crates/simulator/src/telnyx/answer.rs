//! Answers, and errors as Telnyx writes them.

use bytes::Bytes;
use serde_json::{Value, json};

/// What a request is answered with.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json; charset=utf-8",
            headers: Vec::new(),
            body: body.to_string().into(),
        }
    }

    /// 200 with what is in `data`.
    pub(super) fn data(data: Value) -> Self {
        Self::json(200, &json!({"data": data}))
    }

    /// 204.
    pub(super) fn nothing() -> Self {
        Self {
            body: Bytes::new(),
            ..Self::json(204, &Value::Null)
        }
    }

    /// An error with one entry.
    pub(super) fn error(status: u16, code: &str, title: &str, detail: &str) -> Self {
        Self::json(
            status,
            &json!({"errors": [{"code": code, "title": title, "detail": detail}]}),
        )
    }

    /// An error that points at a member of the request.
    pub(super) fn bad(status: u16, code: &str, title: &str, detail: &str, member: &str) -> Self {
        let pointer = format!("/{member}");
        let source = json!({"pointer": pointer});
        Self::json(
            status,
            &json!({"errors": [{"code": code, "title": title, "detail": detail, "source": source}]}),
        )
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub(super) fn unauthenticated() -> Answer {
    Answer::error(
        401,
        "10009",
        "Authentication failed",
        "The API key looks malformed. Check that you copied it correctly.",
    )
}

pub(super) fn not_found() -> Answer {
    Answer::error(
        404,
        "10005",
        "Resource not found",
        "The requested resource or URL could not be found.",
    )
}

pub(super) fn too_many() -> Answer {
    Answer::error(
        429,
        "10011",
        "Too many requests",
        "You have exceeded the maximum number of allowed requests.",
    )
}

/// A request that is not well-formed, or a member that does not fit.
pub(super) fn bad_request(detail: &str, member: &str) -> Answer {
    Answer::bad(400, "10015", "Bad Request", detail, member)
}

pub(super) fn not_e164(member: &str) -> Answer {
    Answer::bad(
        422,
        "10016",
        "Phone number must be in +E.164 format",
        "The phone number must start with a + and hold digits only.",
        member,
    )
}
