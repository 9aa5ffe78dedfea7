#![doc = include_str!("../README.md")]

pub mod ambient;
pub mod cause;
pub mod id;
pub mod phone;
pub mod state;
pub mod time;
pub mod zone;

pub use ambient::{Ambient, Clock, ManualClock, Random, SinceBoot, SystemClock, SystemRandom};
pub use cause::{FailureClass, FaxCode, HangupCause};
pub use id::*;
pub use phone::{Countries, Country, E164};
pub use state::{AttemptPhase, Direction, FaxStatus, ItemState, Outcome, Resolution, Role};
pub use time::Timestamp;
pub use zone::TimeZone;
