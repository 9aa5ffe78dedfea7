//! The simulator over raw TCP: nothing here knows its insides, nor any Event Socket library.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect is over"
)]

mod client;
mod commands;
mod crowds;
mod faults;
mod harness;
mod inbound;
mod scenarios;
mod transcripts;
