//! What a message tells: facts, kept until it is sent.

use faxgate_types::{TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clean::one_line;

/// What a message tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A fax was sent.
    Sent,
    /// A fax has failed, for one recipient or all.
    Failed,
    /// Nobody knows whether a fax arrived: a person decides.
    Unknown,
    /// A fax came in.
    Received,
    /// A fax came in that has no pages, or none that can be read.
    ReceiveFailed,
    /// Mail was taken in, and goes out as a fax.
    Accepted,
    /// Mail was not taken in.
    Refused,
    /// A broadcast has come to its end.
    Broadcast,
    /// Something needs a look: a limit, the balance, a webhook endpoint.
    Alert,
    /// Somebody tries out whether mail arrives.
    Test,
}

/// The message that this one answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Its Message-ID, with angle brackets.
    pub message_id: Option<String>,
    /// Its subject: foreign text.
    pub subject: String,
}

/// The facts that a message tells. All texts in it may be foreign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it tells of.
    pub kind: NoticeKind,
    /// The ids of the faxes.
    #[serde(default)]
    pub faxes: Vec<String>,
    /// The number it came from.
    #[serde(default)]
    pub from: Option<String>,
    /// The number it goes to, or came in on.
    #[serde(default)]
    pub to: Option<String>,
    /// What the far fax machine calls itself.
    #[serde(default)]
    pub station: Option<String>,
    /// Pages.
    #[serde(default)]
    pub pages: Option<u32>,
    /// When it happened.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Why it failed, or was refused.
    #[serde(default)]
    pub reason: Option<String>,
    /// The message that this one answers.
    #[serde(default)]
    pub reply: Option<Reply>,
    /// Of a broadcast or an alert: the subject line.
    #[serde(default)]
    pub title: Option<String>,
    /// Of a broadcast or an alert: the first sentence.
    #[serde(default)]
    pub said: Option<String>,
}

impl Notice {
    /// A notice that tells nothing yet.
    #[must_use]
    pub fn new(kind: NoticeKind) -> Self {
        Self {
            kind,
            faxes: Vec::new(),
            from: None,
            to: None,
            station: None,
            pages: None,
            at: None,
            reason: None,
            reply: None,
            title: None,
            said: None,
        }
    }

    fn number(number: Option<&str>) -> String {
        let line = number
            .map(|number| one_line(number, 40))
            .unwrap_or_default();
        match line.is_empty() {
            true => "an unknown number".to_owned(),
            false => line,
        }
    }

    /// The subject line.
    #[must_use]
    pub fn subject(&self) -> String {
        let (from, to) = (
            Self::number(self.from.as_deref()),
            Self::number(self.to.as_deref()),
        );
        match (self.kind, &self.reply) {
            (NoticeKind::Sent, _) => format!("Fax to {to} was sent"),
            (NoticeKind::Failed, _) => format!("Fax to {to} has failed"),
            (NoticeKind::Unknown, _) => format!("Fax to {to} needs a decision"),
            (NoticeKind::Received, _) => format!("New fax from {from}"),
            (NoticeKind::ReceiveFailed, _) => format!("A fax from {from} came in without pages"),
            (NoticeKind::Test, _) => "Test of fax notices".to_owned(),
            (NoticeKind::Broadcast | NoticeKind::Alert, _) => {
                one_line(self.title.as_deref().unwrap_or("A fax notice"), 160)
            }
            (NoticeKind::Accepted | NoticeKind::Refused, Some(reply)) => {
                let line = one_line(&reply.subject, 120);
                match line.is_empty() {
                    true => "Re: your fax".to_owned(),
                    false => format!("Re: {line}"),
                }
            }
            (NoticeKind::Accepted | NoticeKind::Refused, None) => "Your fax".to_owned(),
        }
    }

    /// The first sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let (from, to) = (
            Self::number(self.from.as_deref()),
            Self::number(self.to.as_deref()),
        );
        match self.kind {
            NoticeKind::Sent => format!("Your fax to {to} was sent: every page was confirmed."),
            NoticeKind::Failed => format!("Your fax to {to} could not be delivered."),
            NoticeKind::Unknown => format!(
                "It is not known whether your fax to {to} arrived. It is held until somebody decides whether it is sent again."
            ),
            NoticeKind::Received => format!("A fax from {from} has arrived."),
            NoticeKind::ReceiveFailed => {
                format!("A fax from {from} came in, but no page of it can be shown.")
            }
            NoticeKind::Accepted => "Your message was accepted and goes out as a fax.".to_owned(),
            NoticeKind::Refused => "Your message was not faxed.".to_owned(),
            NoticeKind::Broadcast | NoticeKind::Alert => {
                one_line(self.said.as_deref().unwrap_or_default(), 600)
            }
            NoticeKind::Test => {
                "This is a test: notices about faxes reach this address.".to_owned()
            }
        }
    }

    /// The facts, as label and value.
    #[must_use]
    pub fn rows(&self, zone: TimeZone) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        let mut row = |label, value: Option<&str>, most| {
            let line = value.map(|value| one_line(value, most)).unwrap_or_default();
            if !line.is_empty() {
                rows.push((label, line));
            }
        };
        row("From", self.from.as_deref(), 40);
        row("To", self.to.as_deref(), 200);
        row("Fax machine", self.station.as_deref(), 40);
        let pages = self.pages.map(|pages| pages.to_string());
        row("Pages", pages.as_deref(), 10);
        let at = self.at.map(|at| {
            let local = zone.local(at);
            format!("{} ({zone})", local.format("%Y-%m-%d %H:%M"))
        });
        row("Time", at.as_deref(), 80);
        row("Reason", self.reason.as_deref(), 400);
        for fax in self.faxes.iter().take(50) {
            row("Fax", Some(fax), 40);
        }
        rows
    }
}
