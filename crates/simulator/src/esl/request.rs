//! Packets from a client.

use std::io;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// A packet bigger than this closes the connection (FreeSWITCH 1.11.2 takes bodies up to 16 MiB).
const MAX_BYTES: usize = 16 << 20;

/// Room for this much more is made before reading.
const READ: usize = 16 << 10;

/// One packet: its text up to the blank line, and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The text without the blank line that ends it.
    pub(super) text: String,
    /// What `Content-Length` announced.
    pub(super) body: String,
}

impl Request {
    /// The command: everything up to the first carriage return anywhere, otherwise up to the first newline.
    pub(super) fn command(&self) -> &str {
        let text = self.text.trim_start_matches(['\n', '\r', ' ']);
        match text.split_once('\r') {
            Some((before, _)) => before,
            None => text.split('\n').next().unwrap_or_default(),
        }
    }

    /// A header of the lines after the first, in any case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.text, name)
    }
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text
        .trim_start_matches(['\n', '\r'])
        .split(['\n', '\r'])
        .skip(1);
    lines
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Reads packets off a stream.
#[derive(Debug, Default)]
pub(super) struct Packets {
    /// Packets are cut off its front without moving the rest: a thousand commands may wait in it.
    buffer: BytesMut,
    /// Where the search for the blank line goes on.
    searched: usize,
}

impl Packets {
    /// The next packet; `None` at the end of the stream. Cancelled, it loses nothing.
    pub(super) async fn next(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<Option<Request>> {
        loop {
            if let Some(request) = self.take() {
                return Ok(Some(request));
            }
            if self.buffer.len() > MAX_BYTES {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a packet is too big",
                ));
            }
            self.buffer.reserve(READ);
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// A packet that is complete. Newlines before a command only wake the switch up.
    fn take(&mut self) -> Option<Request> {
        let blank = self
            .buffer
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        if blank > 0 {
            self.buffer.advance(blank);
            self.searched = 0;
        }
        let end = self.head()?;
        let text = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let length: usize = header(&text, "Content-Length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        let length = length.min(MAX_BYTES);
        let body = self.buffer.get(end..end + length)?;
        let body = String::from_utf8_lossy(body).into_owned();
        self.buffer.advance(end + length);
        self.searched = 0;
        // A carriage return of the blank line still cuts the command there, not at the first newline.
        let cut = if text.contains('\r') { "\r" } else { "" };
        let text = text.trim_end_matches(['\n', '\r']).to_owned() + cut;
        Some(Request { text, body })
    }

    /// Where the blank line ends: two newlines with nothing but carriage returns between them.
    fn head(&mut self) -> Option<usize> {
        let mut newlines = 0;
        for at in self.searched..self.buffer.len() {
            match self.buffer[at] {
                b'\n' => newlines += 1,
                b'\r' => continue,
                _ => newlines = 0,
            }
            if newlines == 2 {
                return Some(at + 1);
            }
        }
        // Only the newlines at the very end have to be seen again.
        let tail = self
            .buffer
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        self.searched = self.buffer.len() - tail;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(bytes: &[u8]) -> Vec<Request> {
        let mut packets = Packets {
            buffer: BytesMut::from(bytes),
            searched: 0,
        };
        std::iter::from_fn(|| packets.take()).collect()
    }

    #[test]
    fn a_packet_ends_at_a_blank_line_however_it_is_written() {
        let commands: Vec<String> =
            packets(b"auth x\n\n\n\napi uptime s\r\n\r\napi status\n\nrest")
                .iter()
                .map(|request| request.command().to_owned())
                .collect();
        assert_eq!(commands, ["auth x", "api uptime s", "api status"]);
    }

    #[test]
    fn the_command_is_cut_at_a_carriage_return_anywhere() {
        let all = packets(b"bgapi uptime s\nJob-UUID: a\n\nbgapi x\nJob-UUID: b\r\nY: z\n\n");
        assert_eq!(all[0].command(), "bgapi uptime s");
        assert_eq!(all[0].header("job-uuid"), Some("a"));
        assert_eq!(all[1].command(), "bgapi x\nJob-UUID: b");
    }

    #[test]
    fn a_body_is_read_by_its_length() {
        let all = packets(b"sendevent X\nContent-Length: 5\n\na\n\nbcexit\n\n");
        assert_eq!(all[0].body, "a\n\nbc");
        assert_eq!(all[1].command(), "exit");
        assert!(packets(b"sendevent X\nContent-Length: 5\n\na").is_empty());
    }

    #[test]
    fn every_way_to_split_the_bytes_gives_the_same_packets() {
        let bytes = b"\nauth x\n\napi a\r\n\r\nsendevent X\nContent-Length: 3\n\nabcexit\n\n";
        let whole = packets(bytes);
        assert_eq!(whole.len(), 4);
        for cut in 0..bytes.len() {
            let mut packets = Packets::default();
            let mut seen = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                packets.buffer.extend_from_slice(part);
                seen.extend(std::iter::from_fn(|| packets.take()));
            }
            assert_eq!(seen, whole, "split at {cut}");
        }
    }
}
