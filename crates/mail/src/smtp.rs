//! An SMTP server that takes messages from a mail server beside us (RFC 5321): no relay, no queue. A message is answered when
//! what became of it is committed, so nothing is lost with us and no bounce is written by us.

mod lines;
mod serve;
mod session;

pub use serve::{Intake, IntakeOptions, Verdict, serve};
pub use session::Envelope;
