#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    reason = "what a test cannot prepare ends the test, in one sentence"
)]

mod both;
mod eventually;
mod postgres;
mod raw;
mod seed;
mod test_db;

pub use both::run;
pub use eventually::{DEADLINE, eventually};
pub use raw::Raw;
pub use seed::{Seed, SeededFax};
pub use test_db::{Kind, TestDb};
