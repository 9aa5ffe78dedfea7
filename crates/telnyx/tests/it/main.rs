//! The client against servers on real sockets, and webhooks against signatures made here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that fails is a test that fails"
)]

mod delivery;
mod errors;
mod fax_applications;
mod faxes;
mod gate;
mod numbers;
mod pages;
mod properties;
mod rate_limit;
mod retries;
mod support;
mod webhook_events;
mod webhook_signatures;
