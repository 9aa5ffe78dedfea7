//! Everything that this crate promises, held against recorded conversations, a real socket and hostile bytes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that finds nothing there has failed"
)]

mod attacks;
mod codec;
mod connecting;
mod cut;
mod cut_link;
mod cutting;
mod deadline;
mod events;
mod link;
mod liveness;
mod originate;
mod pairing;
mod peer;
mod replay;
mod stream;
mod switch;
mod transcripts;
