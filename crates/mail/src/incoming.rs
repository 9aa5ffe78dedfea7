//! Messages that came in.

use faxgate_types::EmailAddress;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders as _};
use sha2::{Digest as _, Sha256};

use crate::authenticated::vouches;
use crate::clean::one_line;
use crate::documents::{Attached, documents};

/// How much of a message is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole.
    pub bytes: usize,
    /// Documents in it.
    pub documents: usize,
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Its Message-ID, with angle brackets.
    pub message_id: Option<String>,
    /// Who says that he wrote it. Anybody can write that.
    pub from: EmailAddress,
    /// Its subject: foreign text, on one line.
    pub subject: String,
    /// To whom it was delivered, as the last server wrote down (X-Original-To, Delivered-To), first what counts most.
    pub delivered_to: Vec<EmailAddress>,
    /// To whom it is addressed (To, Cc).
    pub addressed_to: Vec<EmailAddress>,
    /// Why no program should act on it or answer it: it is one's answer, a list's, a bounce.
    pub automatic: Option<&'static str>,
    /// The documents in it, in order.
    pub documents: Vec<Attached>,
    authentication: Vec<String>,
    fingerprint: [u8; 32],
}

/// A message cannot be faxed, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is larger than allowed.
    #[error("the message is larger than {0} bytes")]
    TooLarge(usize),
    /// It is no message.
    #[error("the message cannot be read")]
    NotAMessage,
    /// It has no sender, or several.
    #[error("the message has no single sender address")]
    NoSender,
    /// It has more documents than allowed.
    #[error("the message has more than {0} documents attached")]
    TooManyDocuments(usize),
}

impl Incoming {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(bytes: &[u8], limits: Limits) -> Result<Self, Unreadable> {
        if bytes.len() > limits.bytes {
            return Err(Unreadable::TooLarge(limits.bytes));
        }
        let parser = MessageParser::default();
        let message = parser.parse(bytes).ok_or(Unreadable::NotAMessage)?;
        let froms = message
            .headers()
            .iter()
            .filter(|header| header.name().eq_ignore_ascii_case("from"))
            .count();
        let from = match (froms, message.from().map(addresses)) {
            (1, Some(mut all)) if all.len() == 1 => all.remove(0),
            _ => return Err(Unreadable::NoSender),
        };
        let documents = documents(&message);
        if documents.len() > limits.documents {
            return Err(Unreadable::TooManyDocuments(limits.documents));
        }
        let subject = one_line(message.subject().unwrap_or_default(), 200);
        let message_id = message.message_id().map(|id| format!("<{id}>"));
        let mut delivered_to = Vec::new();
        for name in ["X-Original-To", "Delivered-To", "Envelope-To"] {
            // The topmost is the last server's.
            let first = raw(&message, name).into_iter().next();
            delivered_to.extend(first.and_then(|value| {
                let value = value.trim().trim_matches(['<', '>']);
                value.parse::<EmailAddress>().ok()
            }));
        }
        let addressed = [message.to(), message.cc()].into_iter().flatten();
        let incoming = Self {
            fingerprint: fingerprint(&message, &from, &subject, &documents),
            automatic: automatic(&message),
            authentication: raw(&message, "Authentication-Results"),
            addressed_to: addressed.flat_map(addresses).collect(),
            message_id,
            from,
            subject,
            delivered_to,
            documents,
        };
        Ok(incoming)
    }

    /// Whether the mail server `authserv`, which is trusted, says that the message really is from its sender: in its topmost
    /// Authentication-Results (RFC 8601), from his domain by DMARC or DKIM, or from himself, since he signed in with this address.
    #[must_use]
    pub fn is_vouched_for_by(&self, authserv: &str) -> bool {
        vouches(&self.authentication, authserv, &self.from)
    }

    /// What makes two messages to the same recipients the same: Message-ID, date, sender, subject and documents, whatever way
    /// they came. In lower-case hex.
    #[must_use]
    pub fn key(&self, recipients: &[EmailAddress]) -> String {
        let mut folded: Vec<String> = recipients.iter().map(EmailAddress::folded).collect();
        folded.sort_unstable();
        folded.dedup();
        let mut hash = Sha256::new();
        hash.update(self.fingerprint);
        for recipient in folded {
            hash.update(recipient.as_bytes());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }
}

fn addresses(list: &Address<'_>) -> Vec<EmailAddress> {
    let found = list.iter().filter_map(|one| one.address.as_deref());
    found.filter_map(|text| text.parse().ok()).collect()
}

/// The values of a header as they stand there, from the top.
fn raw(message: &Message<'_>, name: &str) -> Vec<String> {
    message
        .headers_raw()
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .take(20)
        .collect()
}

/// Answers of programs (RFC 3834), lists (RFC 2919) and bounces, which have no return address.
fn automatic(message: &Message<'_>) -> Option<&'static str> {
    let has = |name: &str, fits: &dyn Fn(&str) -> bool| {
        raw(message, name)
            .iter()
            .any(|value| fits(&value.to_ascii_lowercase()))
    };
    if has("Auto-Submitted", &|value| !value.starts_with("no")) {
        return Some("a program wrote it (Auto-Submitted)");
    }
    if has("List-Id", &|_| true) || has("List-Unsubscribe", &|_| true) {
        return Some("it came through a mailing list");
    }
    if has("Precedence", &|value| {
        ["bulk", "list", "junk"]
            .iter()
            .any(|word| value.starts_with(word))
    }) {
        return Some("it is bulk mail (Precedence)");
    }
    if has("Return-Path", &|value| value.trim() == "<>") {
        return Some("it is a bounce");
    }
    let report = message.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind
                .subtype()
                .is_some_and(|sub| sub.eq_ignore_ascii_case("report"))
    });
    report.then_some("it is a report about mail")
}

fn fingerprint(
    message: &Message<'_>,
    from: &EmailAddress,
    subject: &str,
    documents: &[Attached],
) -> [u8; 32] {
    let date = match message.header("Date") {
        Some(HeaderValue::DateTime(date)) => date.to_rfc3339(),
        _ => String::new(),
    };
    let mut hash = Sha256::new();
    for part in [
        message.message_id().unwrap_or_default(),
        &date,
        &from.folded(),
        subject,
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    for document in documents {
        hash.update(Sha256::digest(&document.bytes));
    }
    hash.finalize().into()
}
