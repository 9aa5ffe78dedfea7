//! Fax imaging against real files, foreign files and hostile files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ccitt;
mod cover;
mod flavours;
mod hostile;
mod make;
mod preflight;
mod received;
mod render;
mod roundtrip;
mod sandbox;
mod stamped;
