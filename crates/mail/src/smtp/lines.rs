//! Lines and messages off the wire.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// A command line at most (RFC 5321, 4.5.3.1.4, with room for parameters).
const LONGEST_COMMAND: usize = 2048;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read<T> {
    /// The whole of it.
    Whole(T),
    /// It was too long; all of it is read.
    TooLong,
    /// It has line ends that are not CRLF: two servers could see two messages where there is one (SMTP smuggling). All of it is read.
    Ambiguous,
    /// The other side has gone.
    Gone,
}

/// The next line, without its end; at most `most` bytes of it are kept. The flags: too long, and not ended by CRLF.
async fn line(
    from: &mut (impl AsyncBufRead + Unpin),
    most: usize,
) -> io::Result<Option<(Vec<u8>, bool, bool)>> {
    let (mut kept, mut long, mut last) = (Vec::new(), false, 0_u8);
    let mut stray = false;
    loop {
        let buffer = from.fill_buf().await?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = &buffer[..end.map_or(buffer.len(), |end| end + 1)];
        for byte in piece {
            // A CR that no LF follows.
            stray |= last == b'\r' && *byte != b'\n';
            stray |= *byte == b'\n' && last != b'\r';
            last = *byte;
            if kept.len() < most + 2 {
                kept.push(*byte);
            } else {
                long = true;
            }
        }
        let taken = piece.len();
        from.consume(taken);
        if end.is_some() {
            if !long {
                kept.truncate(kept.len() - if kept.ends_with(b"\r\n") { 2 } else { 1 });
            }
            return Ok(Some((kept, long, stray)));
        }
    }
}

/// The next command.
pub(crate) async fn command(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Read<Vec<u8>>> {
    Ok(match line(from, LONGEST_COMMAND).await? {
        None => Read::Gone,
        Some((_, true, _)) => Read::TooLong,
        Some((_, _, true)) => Read::Ambiguous,
        Some((line, ..)) => Read::Whole(line),
    })
}

/// A message up to its lone dot, at most `most` bytes; dots before lines are taken away again (RFC 5321, 4.5.2).
pub(crate) async fn message(
    from: &mut (impl AsyncBufRead + Unpin),
    most: usize,
) -> io::Result<Read<Vec<u8>>> {
    let (mut message, mut long, mut ambiguous) = (Vec::new(), false, false);
    loop {
        let room = most.saturating_sub(message.len());
        let Some((line, cut, stray)) = line(from, room.max(2)).await? else {
            return Ok(Read::Gone);
        };
        // Only CRLF . CRLF ends it.
        if line == b"." && !cut && !stray {
            break;
        }
        ambiguous |= stray;
        let line = line.strip_prefix(b".").unwrap_or(&line);
        if cut || message.len() + line.len() + 2 > most {
            long = true;
        }
        if !long {
            message.extend_from_slice(line);
            message.extend_from_slice(b"\r\n");
        }
    }
    Ok(match (long, ambiguous) {
        (true, _) => Read::TooLong,
        (false, true) => Read::Ambiguous,
        (false, false) => Read::Whole(message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut bytes: &[u8], most: usize) -> (Read<Vec<u8>>, usize) {
        let read = message(&mut bytes, most).await.unwrap();
        (read, bytes.len())
    }

    #[tokio::test]
    async fn dots_are_taken_away_again() {
        let (found, left) = read(b"a\r\n..\r\n.b\r\n.\r\nQUIT\r\n", 100).await;
        assert_eq!(found, Read::Whole(b"a\r\n.\r\nb\r\n".to_vec()));
        assert_eq!(left, 6);
        let (found, _) = read(b"a\r\n", 100).await;
        assert_eq!(found, Read::Gone);
    }

    #[tokio::test]
    async fn a_message_that_others_could_end_elsewhere_is_refused_whole() {
        for smuggled in [
            b"a\n.\nMAIL FROM:<x@y.example>\r\n.\r\n".as_slice(),
            b"a\r\n.\nMAIL FROM:<x@y.example>\r\n.\r\n",
            b"a\n.\r\nMAIL\r\n.\r\n",
            b"a\r.\r\nMAIL\r\n.\r\n",
        ] {
            let (found, left) = read(smuggled, 1000).await;
            assert_eq!(found, Read::Ambiguous, "{}", smuggled.escape_ascii());
            assert!(left == 0 || smuggled.starts_with(b"a\n.\r\n"), "{left}");
        }
    }

    #[tokio::test]
    async fn what_is_too_long_is_read_to_its_end() {
        let long = [b"x".repeat(5000), b"\r\n.\r\nQUIT\r\n".to_vec()].concat();
        assert_eq!(read(&long, 100).await, (Read::TooLong, 6));
        let many = [b"x\r\n".repeat(5000), b".\r\nQUIT\r\n".to_vec()].concat();
        assert_eq!(read(&many, 100).await, (Read::TooLong, 6));
        let mut bytes: &[u8] = &[b"N".repeat(5000), b"\r\nQUIT\r\n".to_vec()].concat();
        assert_eq!(command(&mut bytes).await.unwrap(), Read::TooLong);
        assert_eq!(
            command(&mut bytes).await.unwrap(),
            Read::Whole(b"QUIT".to_vec())
        );
        assert_eq!(command(&mut bytes).await.unwrap(), Read::Gone);
    }
}
