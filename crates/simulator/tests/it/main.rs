//! The simulator over raw TCP: nothing here knows its insides, nor any Event Socket library.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect is over"
)]

mod client;
mod commands;
mod control;
mod crowds;
mod faults;
mod fence;
mod fetch;
mod harness;
mod inbound;
mod push;
mod records;
mod scenarios;
mod shuffled;
mod stuck;
mod telnyx;
mod transcripts;
mod web;
