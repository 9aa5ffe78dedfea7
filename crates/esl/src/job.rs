//! The result of a background job.

use std::borrow::Cow;

/// What a `BACKGROUND_JOB` says: its body begins with `+OK` or `-ERR`, or is something else.
///
/// For an `originate`, `Ok` means *answered*, not that the application did its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome<'a> {
    /// `+OK …`: the text after it, for an `originate` the channel's UUID.
    Ok(Cow<'a, str>),
    /// `-ERR …`: the text after it, for an `originate` mostly a cause (`USER_BUSY`). Cut off by FreeSWITCH if long.
    Err(Cow<'a, str>),
    /// Any other output (`-USAGE: …`, a table, nothing).
    Other(Cow<'a, str>),
}

impl<'a> JobOutcome<'a> {
    /// Reads a job's body.
    pub fn parse(body: &'a [u8]) -> Self {
        let text = |bytes: &'a [u8]| String::from_utf8_lossy(bytes.trim_ascii());
        if let Some(rest) = body.strip_prefix(b"+OK") {
            Self::Ok(text(rest))
        } else if let Some(rest) = body.strip_prefix(b"-ERR") {
            Self::Err(text(rest))
        } else {
            Self::Other(text(body))
        }
    }
}
