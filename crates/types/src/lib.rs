#![doc = include_str!("../README.md")]

pub mod ambient;
pub mod broadcast;
pub mod cause;
pub mod failpoint;
pub mod id;
pub mod keep;
pub mod line;
pub mod mail;
pub mod phone;
pub mod rate_limits;
pub mod right;
pub mod sending;
pub mod state;
pub mod time;
pub mod zone;

pub use ambient::{Ambient, Clock, ManualClock, Random, SinceBoot, SystemClock, SystemRandom};
pub use broadcast::{BroadcastState, RecipientState};
pub use cause::{CarrierReason, FailureClass, FaxCode, HangupCause, Remedy};
pub use id::*;
pub use keep::{KeepChoice, TooLong};
pub use line::LineSettings;
pub use mail::{EmailAddress, IntakeState, MailState};
pub use phone::{Countries, Country, E164};
pub use rate_limits::{Quota, RateLimits};
pub use right::{Right, Rights};
pub use sending::{LastPage, RetryKind, RetrySteps, SendingPolicy, SendingWindow, UnknownOutcome};
pub use state::{
    AttemptPhase, DeliveryState, DidState, Direction, FaxStatus, ItemState, NumberOrderState,
    Outcome, Priority, Resolution, Role, Witness,
};
pub use time::Timestamp;
pub use zone::TimeZone;
