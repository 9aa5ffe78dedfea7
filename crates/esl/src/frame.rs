//! One message of the outer framing: header lines, a blank line, and `Content-Length` bytes.

use bytes::Bytes;

use crate::header;

/// Bytes that are not a frame, or an event that is not one; the text says what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedFrame(pub(crate) &'static str);

/// One frame. Both parts are slices of the buffer they were read into; nothing has been decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub(crate) head: Bytes,
    pub(crate) body: Bytes,
}

/// What a frame is, by its `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentType {
    /// `auth/request`: FreeSWITCH asks for the password; the first frame of a connection.
    AuthRequest,
    /// `command/reply`: the answer to a command of the socket itself.
    CommandReply,
    /// `api/response`: the answer to `api`.
    ApiResponse,
    /// `text/event-plain`.
    EventPlain,
    /// `text/event-json`.
    EventJson,
    /// `text/disconnect-notice`: FreeSWITCH is about to close the connection, or lingers.
    DisconnectNotice,
    /// `text/rude-rejection`: the ACL turned this address away.
    RudeRejection,
    /// `log/data`, `text/event-xml` and whatever else there may be.
    Other,
}

impl Frame {
    /// The value of an outer header, its name compared without regard to case. Outer headers are never percent-encoded.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        header::lines(&self.head)
            .find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// The bytes after the blank line; empty if there was no `Content-Length`.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The header lines, without the blank line.
    pub fn head(&self) -> &Bytes {
        &self.head
    }

    /// What the frame is. `None` if it has no `Content-Type`.
    pub fn content_type(&self) -> Option<ContentType> {
        Some(match self.header("Content-Type")? {
            b"auth/request" => ContentType::AuthRequest,
            b"command/reply" => ContentType::CommandReply,
            b"api/response" => ContentType::ApiResponse,
            b"text/event-plain" => ContentType::EventPlain,
            b"text/event-json" => ContentType::EventJson,
            b"text/disconnect-notice" => ContentType::DisconnectNotice,
            b"text/rude-rejection" => ContentType::RudeRejection,
            _ => ContentType::Other,
        })
    }

    /// True if a disconnect notice says that the socket stays open for what is still to come.
    pub(crate) fn lingers(&self) -> bool {
        self.header("Content-Disposition") == Some(b"linger")
    }
}
