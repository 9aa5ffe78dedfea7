//! The answer to a command.

use std::borrow::Cow;

use bytes::Bytes;

use crate::error::{Delivery, Error, Kind};
use crate::frame::{ContentType, Frame};

/// The answer to one command: a `command/reply` (its text is a header) or an `api/response` (its text is the body).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply(Frame);

impl Reply {
    pub(crate) fn new(frame: Frame) -> Self {
        Self(frame)
    }

    /// What FreeSWITCH said: the body of an `api/response`, else `Reply-Text`. Bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// The bytes of the body: all that a command printed.
    pub fn body(&self) -> &Bytes {
        self.0.body()
    }

    /// An outer header (`Job-UUID`), if it is there and is UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.0.header(name)?).ok()
    }

    /// True if the text begins with `-ERR` (or `-USAGE`, which FreeSWITCH prints for wrong arguments).
    pub fn is_err(&self) -> bool {
        let bytes = self.bytes();
        bytes.starts_with(b"-ERR") || bytes.starts_with(b"-USAGE")
    }

    /// `true` or `false`, as commands like `uuid_exists` print it; `None` for anything else.
    pub fn as_bool(&self) -> Option<bool> {
        match self.bytes().trim_ascii() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The reply, unless it is an error.
    ///
    /// # Errors
    /// [`Error::is_refused`] if [`is_err`](Self::is_err); its [`detail`](Error::detail) is what FreeSWITCH said.
    pub fn into_ok(self) -> Result<Self, Error> {
        if self.is_err() {
            let refused = Error::new(Kind::Refused, Delivery::Refused);
            return Err(refused.with_detail(self.text().trim_end()));
        }
        Ok(self)
    }

    fn bytes(&self) -> &[u8] {
        match self.0.content_type() {
            Some(ContentType::ApiResponse) => self.0.body(),
            _ => self.0.header("Reply-Text").unwrap_or_default(),
        }
    }
}
