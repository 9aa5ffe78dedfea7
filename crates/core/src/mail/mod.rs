//! Electronic mail: notices about faxes, and faxes that come as mail.
//!
//! ```text
//! event log ──▶ follower `mail`: outbox rows, in the transaction that moves it ──▶ post: leased, sent, tried again
//! maildir, SMTP ──▶ take: who may, what is it ──▶ uploads ──▶ fax and its mark in one transaction ──▶ the message is put aside
//! ```

mod address;
mod alerts;
mod answer;
mod change;
mod choices;
mod domains;
mod follow;
mod intake;
mod link;
mod outbox;
mod pages;
mod post;
mod settings;
mod take;
mod test;
mod view;
mod watch;

pub use change::MailChange;
pub use choices::{Alerts, Branding, Carry, Inbound, MailChoices, Results};
pub use intake::{IntakeEntry, MailDoor};
pub use outbox::OutboxEntry;
pub use settings::{MailIntake, MailOut, MailSettings};
pub use view::{MailView, SenderView};

/// The follower of the event log that writes notices.
pub(crate) const FOLLOWER: &str = "mail";
