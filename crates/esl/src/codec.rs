//! Bytes to frames, and nothing else.

use std::io;

use bytes::{Buf, BytesMut};
use memchr::memchr_iter;
use tokio_util::codec::Decoder;

use crate::frame::{Frame, MalformedFrame};
use crate::header;

/// Bounds on what the peer may send; whatever goes beyond them ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest outer header block, in bytes, its blank line included.
    pub head_bytes: usize,
    /// Most lines in an outer header block.
    pub head_lines: usize,
    /// Largest `Content-Length`, in bytes (FreeSWITCH itself accepts 16 MiB since 1.11.2).
    pub body_bytes: usize,
}

impl Default for Limits {
    /// 16 KiB of header in at most 64 lines (FreeSWITCH's replies are cut at 1024 bytes); bodies of 16 MiB.
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            head_lines: 64,
            body_bytes: 16 * 1024 * 1024,
        }
    }
}

/// The decoder of the outer framing.
///
/// It looks at every byte once, however the bytes are cut into segments, and never buffers more than one frame
/// within its [`Limits`]. An error is final: where the next frame begins cannot be known.
#[derive(Debug, Clone)]
pub struct EslCodec {
    limits: Limits,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Looking for the blank line; this much was looked at, and holds this many line ends.
    Head { scanned: usize, lines: usize },
    /// The head ends (before its blank line) at `head`; the body has this length.
    Body { head: usize, length: usize },
}

const START: State = State::Head {
    scanned: 0,
    lines: 0,
};

impl EslCodec {
    /// A decoder with these bounds.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: START,
        }
    }

    fn head(
        &mut self,
        source: &mut BytesMut,
        mut scanned: usize,
        mut lines: usize,
    ) -> Result<Option<(usize, usize)>, MalformedFrame> {
        if scanned == 0 {
            // Line ends between two frames carry nothing.
            let blank = source.iter().take_while(|byte| **byte == b'\n').count();
            source.advance(blank);
        }
        let within = source.len().min(self.limits.head_bytes);
        for found in memchr_iter(b'\n', &source[scanned.min(within)..within]) {
            let end = scanned + found;
            lines += 1;
            if lines > self.limits.head_lines {
                return Err(MalformedFrame("too many header lines"));
            }
            if end > 0 && source[end - 1] == b'\n' {
                let head = end - 1;
                return Ok(Some((head, self.content_length(&source[..head])?)));
            }
        }
        scanned = within;
        if within == self.limits.head_bytes {
            return Err(MalformedFrame("header block too long"));
        }
        self.state = State::Head { scanned, lines };
        Ok(None)
    }

    fn content_length(&self, head: &[u8]) -> Result<usize, MalformedFrame> {
        let mut length = None;
        for (name, value) in header::lines(head) {
            if !name.eq_ignore_ascii_case(b"Content-Length") {
                continue;
            }
            let found = header::length(value).ok_or(MalformedFrame("unreadable Content-Length"))?;
            if length.is_some_and(|earlier| earlier != found) {
                return Err(MalformedFrame("two different Content-Lengths"));
            }
            length = Some(found);
        }
        let length = length.unwrap_or(0);
        if length > self.limits.body_bytes {
            return Err(MalformedFrame("Content-Length too large"));
        }
        Ok(length)
    }
}

impl Default for EslCodec {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Decoder for EslCodec {
    type Item = Frame;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, io::Error> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let (head, length) = match self.state {
            State::Body { head, length } => (head, length),
            State::Head { scanned, lines } => {
                match self.head(source, scanned, lines).map_err(invalid)? {
                    Some(found) => found,
                    None => return Ok(None),
                }
            }
        };
        let whole = head + 2 + length;
        if source.len() < whole {
            self.state = State::Body { head, length };
            // Grows with what really comes, not with what was announced.
            source.reserve((whole - source.len()).min(64 * 1024));
            return Ok(None);
        }
        self.state = START;
        let mut frame = source.split_to(whole).freeze();
        let body = frame.split_off(head + 2);
        frame.truncate(head);
        Ok(Some(Frame { head: frame, body }))
    }
}
