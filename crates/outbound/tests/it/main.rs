//! The client against real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod fetching;
mod posting;
mod refused;
mod server;
