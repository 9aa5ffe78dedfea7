//! Framing: however the bytes are cut, the frames are the same; whatever the bytes are, nothing breaks.

use bytes::BytesMut;
use faxgate_esl::{ContentType, EslCodec, Event, Frame, Limits};
use proptest::prelude::*;
use tokio_util::codec::Decoder;

use crate::transcripts::{all, frames, wire};

fn feed(codec: &mut EslCodec, buffer: &mut BytesMut, chunk: &[u8], into: &mut Vec<Frame>) {
    buffer.extend_from_slice(chunk);
    while let Some(frame) = codec.decode(buffer).unwrap() {
        into.push(frame);
    }
}

#[test]
fn every_conversation_splits_into_frames_without_a_byte_left_over() {
    for ending in [".plain.raw", ".json.raw"] {
        for transcript in all(ending) {
            let frames = frames(&transcript.bytes);
            assert_eq!(frames[0].content_type(), Some(ContentType::AuthRequest));
            let rebuilt: Vec<_> = frames.iter().flat_map(wire).collect();
            assert_eq!(rebuilt, transcript.bytes, "{}", transcript.name);
        }
    }
}

/// A frame begins with a decoder that knows nothing, so cutting each frame at each of its bytes is cutting the
/// conversation at each of its bytes.
#[test]
fn a_cut_at_any_byte_of_any_conversation_changes_nothing() {
    let mut cuts = 0;
    for transcript in all(".plain.raw").into_iter().chain(all(".json.raw")) {
        for frame in frames(&transcript.bytes) {
            let bytes = wire(&frame);
            for cut in 0..bytes.len() {
                let mut codec = EslCodec::default();
                let mut buffer = BytesMut::from(&bytes[..cut]);
                assert_eq!(codec.decode(&mut buffer).unwrap(), None);
                buffer.extend_from_slice(&bytes[cut..]);
                assert_eq!(codec.decode(&mut buffer).unwrap().as_ref(), Some(&frame));
                assert!(buffer.is_empty());
                cuts += 1;
            }
        }
    }
    assert!(cuts > 1_000_000);
}

#[test]
fn conversations_that_come_byte_by_byte_are_the_same() {
    for transcript in all(".plain.raw") {
        let mut codec = EslCodec::default();
        let mut buffer = BytesMut::new();
        let mut found = Vec::new();
        for byte in &transcript.bytes {
            feed(&mut codec, &mut buffer, &[*byte], &mut found);
        }
        assert!(found == frames(&transcript.bytes), "{}", transcript.name);
    }
}

fn limits() -> Limits {
    Limits {
        head_bytes: 64,
        head_lines: 4,
        body_bytes: 100,
    }
}

fn refused(bytes: &[u8]) -> String {
    let mut codec = EslCodec::new(limits());
    let error = codec.decode(&mut BytesMut::from(bytes)).unwrap_err();
    error.to_string()
}

#[test]
fn what_goes_beyond_a_limit_is_refused() {
    assert_eq!(refused(&[b'a'; 64]), "header block too long");
    assert_eq!(refused(b"a\nb\nc\nd\ne\n"), "too many header lines");
    for (value, why) in [
        ("101", "Content-Length too large"),
        ("18446744073709551616", "unreadable Content-Length"),
        ("-1", "unreadable Content-Length"),
        ("+1", "unreadable Content-Length"),
        ("", "unreadable Content-Length"),
        ("1 ", "unreadable Content-Length"),
        ("0x10", "unreadable Content-Length"),
        ("1\nContent-Length: 2", "two different Content-Lengths"),
        ("1\ncontent-length: 2", "two different Content-Lengths"),
    ] {
        let head = format!("Content-Length: {value}\n\n");
        assert_eq!(refused(head.as_bytes()), why, "{value:?}");
    }
}

#[test]
fn what_lies_on_the_limit_is_taken() {
    let mut codec = EslCodec::new(limits());
    let mut bytes = b"Content-Length: 100\na\nb\n\n".to_vec();
    bytes.extend([b'x'; 100]);
    let frame = codec.decode(&mut BytesMut::from(&bytes[..])).unwrap();
    assert_eq!(frame.unwrap().body().len(), 100);
    let mut head = vec![b'a'; 62];
    head.extend(b"\n\n");
    let mut buffer = BytesMut::from(&head[..]);
    assert!(codec.decode(&mut buffer).unwrap().is_some());
}

#[test]
fn line_ends_between_frames_take_no_memory() {
    let mut codec = EslCodec::new(limits());
    let mut buffer = BytesMut::new();
    for _ in 0..1000 {
        buffer.extend_from_slice(&[b'\n'; 100]);
        assert!(codec.decode(&mut buffer).unwrap().is_none() && buffer.is_empty());
    }
    buffer.extend_from_slice(b"a: b\n\n");
    assert!(codec.decode(&mut buffer).unwrap().is_some());
}

proptest! {
    #[test]
    fn conversations_cut_at_random_are_the_same(
        which in any::<prop::sample::Index>(),
        sizes in prop::collection::vec(1_usize..3000, 1..200),
    ) {
        let transcripts = all(".plain.raw");
        let bytes = &which.get(&transcripts).bytes;
        let mut codec = EslCodec::default();
        let mut buffer = BytesMut::new();
        let mut found = Vec::new();
        let mut rest = &bytes[..];
        for size in sizes.iter().cycle() {
            let (chunk, later) = rest.split_at((*size).min(rest.len()));
            feed(&mut codec, &mut buffer, chunk, &mut found);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert!(found == frames(bytes));
    }

    /// The same as the fuzz target `decode`.
    #[test]
    fn hostile_bytes_break_nothing(
        bytes in prop::collection::vec(
            prop_oneof![
                Just(b"\n".to_vec()), Just(b"\n\n".to_vec()), Just(b": ".to_vec()), Just(b"%".to_vec()),
                Just(b"Content-Length: 7\n".to_vec()), Just(b"Content-Type: text/event-plain\n".to_vec()),
                Just(b"Content-Type: text/event-json\n".to_vec()), Just(b"{\"a\":\"b\"}".to_vec()),
                prop::collection::vec(any::<u8>(), 0..20),
            ],
            0..40,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = bytes.concat();
        let cut = cut.index(bytes.len() + 1);
        let decode = |chunks: &[&[u8]]| {
            let mut codec = EslCodec::new(limits());
            let mut buffer = BytesMut::new();
            let mut found = Vec::new();
            for chunk in chunks {
                buffer.extend_from_slice(chunk);
                loop {
                    match codec.decode(&mut buffer) {
                        Ok(Some(frame)) => {
                            assert!(frame.body().len() <= 100 && frame.head().len() < 64);
                            if let Ok(event) = Event::from_frame(&frame) {
                                assert!(event.iter().count() <= 64);
                                let _ = (event.get("a"), event.array("b"), event.unique_id());
                            }
                            found.push(frame);
                        }
                        Ok(None) => break,
                        Err(_) => return (found, true),
                    }
                }
            }
            (found, false)
        };
        prop_assert_eq!(decode(&[&bytes]), decode(&[&bytes[..cut], &bytes[cut..]]));
    }

    #[test]
    fn frames_survive_being_written_and_read(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..10),
    ) {
        let mut bytes = Vec::new();
        for body in &bodies {
            bytes.extend(format!("Content-Length: {}\n\n", body.len()).into_bytes());
            bytes.extend(body);
            // Without a body of its own the next frame would begin with the line end of this one.
        }
        let found: Vec<_> = frames(&bytes).iter().map(|frame| frame.body().to_vec()).collect();
        prop_assert_eq!(found, bodies);
    }
}
