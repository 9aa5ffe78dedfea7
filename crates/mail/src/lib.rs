#![doc = include_str!("../README.md")]

mod authenticated;
mod brand;
mod clean;
mod compose;
mod html;
mod incoming;
mod maildir;
mod notice;
mod relay;
mod smtp;

pub use brand::{Brand, Colour, NotAColour};
pub use compose::{CannotCompose, Carried, Heading, compose};
pub use incoming::{Attached, Incoming, Limits, Unreadable};
pub use maildir::{Becomes, Maildir};
pub use notice::{Notice, NoticeKind, Reply};
pub use relay::{Relay, RelayConfig, Security, SendError};
pub use smtp::{Envelope, Intake, IntakeOptions, Verdict, serve};
