//! The lifecycle, held to its promises.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test may panic")]

mod attempts;
mod fates;
mod ladder;
mod profiles;
mod properties;
mod simulation;
