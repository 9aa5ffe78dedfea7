#![doc = include_str!("../README.md")]

mod authenticated;
mod brand;
mod clean;
mod compose;
mod documents;
mod html;
mod incoming;
mod maildir;
mod notice;
mod relay;
mod smtp;

pub use brand::{Brand, Colour, NotAColour};
pub use compose::{CannotCompose, Carried, Heading, compose};
pub use documents::Attached;
pub use incoming::{Incoming, Limits, Unreadable};
pub use maildir::{Becomes, Maildir, Waiting};
pub use notice::{Notice, NoticeKind, Reply};
pub use relay::{Relay, RelayConfig, Security, SendError};
pub use smtp::{Envelope, Intake, IntakeOptions, Verdict, serve};
