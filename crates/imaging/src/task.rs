//! What the cage asks of its worker, and how both write it down.
//!
//! One frame each way: `FGI1`, the length of a JSON head (u32, little-endian),
//! the head, the length of the body (u64), the body.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cage::Limits;
use crate::{Inspection, Refusal, RenderOptions};

const MAGIC: [u8; 4] = *b"FGI1";
/// Longest head, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// One thing to do with the body that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    Inspect,
    Render(RenderOptions),
    ToPdf,
    ToPng { page: u32 },
    Preview { page: u32 },
    Normalise,
}

/// Head of a request; the limits come first, since they guard the body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub limits: Limits,
    pub task: Task,
}

/// Head of an answer; what was made is the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    Inspected(Inspection),
    Rendered { pages: u32, code_bytes: u64 },
    Made,
    Refused(Refusal),
}

/// Writes head and body.
pub(crate) fn write_frame(
    to: &mut impl Write,
    head: &impl Serialize,
    body: &[u8],
) -> io::Result<()> {
    to.write_all(&frame_head(head, body.len())?)?;
    to.write_all(body)?;
    to.flush()
}

/// Everything of a frame but its body.
pub(crate) fn frame_head(head: &impl Serialize, body: usize) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(head)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&(head.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(&(body as u64).to_le_bytes());
    Ok(bytes)
}

/// Reads the head; the body is left to [`read_body`].
pub(crate) fn read_head<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut magic = [0; 4];
    from.read_exact(&mut magic)?;
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if magic != MAGIC || length > MAX_HEAD {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a frame"));
    }
    let mut head = vec![0; length];
    from.read_exact(&mut head)?;
    Ok(serde_json::from_slice(&head)?)
}

/// Reads a body of at most `limit` bytes.
pub(crate) fn read_body(from: &mut impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "body too long"));
    }
    let mut body = Vec::new();
    from.take(length).read_to_end(&mut body)?;
    if body.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_and_a_broken_one_is_an_error() {
        let mut frame = Vec::new();
        write_frame(&mut frame, &Answer::Made, b"body").unwrap();
        let mut reader = frame.as_slice();
        assert_eq!(read_head::<Answer>(&mut reader).unwrap(), Answer::Made);
        assert_eq!(read_body(&mut reader, 4).unwrap(), b"body");
        for cut in 0..frame.len() {
            let mut reader = &frame[..cut];
            let whole = read_head::<Answer>(&mut reader).and_then(|_| read_body(&mut reader, 4));
            assert!(whole.is_err());
        }
        let mut reader = frame.as_slice();
        read_head::<Answer>(&mut reader).unwrap();
        assert!(read_body(&mut reader, 3).is_err());
    }
}
