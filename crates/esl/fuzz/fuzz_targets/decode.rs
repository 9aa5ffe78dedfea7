//! Foreign bytes through the decoder and the event, whole and cut in two: no panic, no frame beyond the limits, and
//! the same frames either way.
#![no_main]

use bytes::BytesMut;
use faxgate_esl::{EslCodec, Event, Frame, Limits};
use libfuzzer_sys::fuzz_target;
use tokio_util::codec::Decoder;

const LIMITS: Limits = Limits {
    head_bytes: 256,
    head_lines: 8,
    body_bytes: 4096,
};

fn decode(chunks: &[&[u8]]) -> (Vec<Frame>, bool) {
    let mut codec = EslCodec::new(LIMITS);
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, data)) = data.split_first() else {
        return;
    };
    let cut = usize::from(*cut) * (data.len() + 1) / 256;
    let whole = decode(&[data]);
    assert_eq!(whole, decode(&[&data[..cut], &data[cut..]]));
    for frame in &whole.0 {
        assert!(frame.head().len() < LIMITS.head_bytes && frame.body().len() <= LIMITS.body_bytes);
        for event in [
            Event::from_frame(frame),
            Event::from_plain(frame.body().clone()),
            Event::from_json(frame.body()),
        ]
        .into_iter()
        .flatten()
        {
            for (name, _) in event.iter() {
                let _ = (event.get(&name), event.array(&name));
            }
            let _ = (
                event.variable("uuid"),
                event.unique_id(),
                event.job_outcome(),
            );
        }
    }
});
