//! From a notice to the bytes of a message.

use std::time::{Duration, SystemTime};

use faxgate_types::{EmailAddress, Timestamp};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart};
use lettre::{Address, Message};

use crate::brand::Brand;
use crate::clean::one_line;
use crate::html;
use crate::notice::{Notice, NoticeKind};

/// What stands above a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What its Message-ID is made of: the same for each try, so that a repeat can be told.
    pub id: String,
    /// To whom.
    pub to: EmailAddress,
    /// When it was written.
    pub date: Timestamp,
}

/// How a message carries the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Not at all.
    Nothing,
    /// Attached: a name of ours, and a PDF.
    Attached(String, Vec<u8>),
    /// As a link, good until then.
    Linked(String, Timestamp),
    /// It should be there and is not; why, as a sentence.
    Missing(String),
}

/// A message cannot be composed.
#[derive(Debug, thiserror::Error)]
pub enum CannotCompose {
    /// An address is none to the library that writes the message.
    #[error("an address cannot be written into a message")]
    Address(#[source] lettre::address::AddressError),
    /// The message lacks something.
    #[error("the message cannot be put together")]
    Message(#[source] lettre::error::Error),
    /// A header or a type has a wrong form.
    #[error("a header of the message has a wrong form: {0}")]
    Header(String),
}

/// Composes a message: a text and a page that say the same, and the document.
///
/// # Errors
/// When an address is none; the sender is the gateway's own, so nothing else can be wrong.
pub fn compose(
    notice: &Notice,
    brand: &Brand,
    heading: &Heading,
    carried: Carried,
) -> Result<Vec<u8>, CannotCompose> {
    let (headline, rows) = (notice.headline(), notice.rows(brand.zone));
    let said = sentence(&carried, brand);
    let link = match &carried {
        Carried::Linked(url, _) => Some(url.as_str()),
        _ => None,
    };
    let text = text(&headline, &rows, said.as_deref(), link, brand);
    let page = html::Page {
        headline: &headline,
        rows: &rows,
        document: said.as_deref().map(|said| (said, link)),
    };
    let html = html::page(&page, brand);
    let from_name = Some(one_line(&brand.from_name, 80)).filter(|name| !name.is_empty());
    let mut message = Message::builder()
        .message_id(Some(format!("<{}@{}>", heading.id, brand.from.domain())))
        .date(system_time(heading.date))
        .from(mailbox(from_name, &brand.from)?)
        .to(mailbox(None, &heading.to)?)
        .subject(notice.subject());
    if let Some(reply_to) = &brand.reply_to {
        message = message.reply_to(mailbox(None, reply_to)?);
    }
    // RFC 3834: programs must not answer; and Exchange looks for its own word.
    let automatic = match notice.kind {
        NoticeKind::Accepted | NoticeKind::Refused => "auto-replied",
        _ => "auto-generated",
    };
    message = message
        .raw_header(header("Auto-Submitted", automatic)?)
        .raw_header(header("X-Auto-Response-Suppress", "All")?);
    let answered = notice.reply.as_ref();
    if let Some(id) = answered
        .and_then(|reply| reply.message_id.as_deref())
        .filter(|id| is_message_id(id))
    {
        message = message.in_reply_to(id.to_owned()).references(id.to_owned());
    }
    let body = MultiPart::alternative_plain_html(text, html);
    let built = match carried {
        Carried::Attached(name, pdf) => {
            let pdf_type = ContentType::parse("application/pdf")
                .map_err(|error| CannotCompose::Header(error.to_string()))?;
            let attachment = Attachment::new(name).body(pdf, pdf_type);
            message.multipart(MultiPart::mixed().multipart(body).singlepart(attachment))
        }
        _ => message.multipart(body),
    };
    Ok(built.map_err(CannotCompose::Message)?.formatted())
}

fn sentence(carried: &Carried, brand: &Brand) -> Option<String> {
    match carried {
        Carried::Nothing => None,
        Carried::Attached(..) => Some("The document is attached.".to_owned()),
        Carried::Linked(_, until) => {
            let until = brand.zone.local(*until);
            let until = until.format("%Y-%m-%d %H:%M");
            Some(format!(
                "The document can be opened until {until}; whoever has the link can open it."
            ))
        }
        Carried::Missing(why) => Some(one_line(why, 300)),
    }
}

fn text(
    headline: &str,
    rows: &[(&'static str, String)],
    said: Option<&str>,
    link: Option<&str>,
    brand: &Brand,
) -> String {
    let mut text = format!("{headline}\r\n\r\n");
    for (label, value) in rows {
        text += &format!("{:<13}{value}\r\n", format!("{label}:"));
    }
    if let Some(said) = said {
        text += &format!("\r\n{said}\r\n");
    }
    if let Some(link) = link {
        text += &format!("{link}\r\n");
    }
    text += &format!("\r\n-- \r\n{}\r\n", one_line(&brand.name, 80));
    for line in brand.footer.iter().flat_map(|footer| footer.lines()) {
        text += &format!("{}\r\n", one_line(line, 200));
    }
    text
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, CannotCompose> {
    let name = HeaderName::new_from_ascii(name.to_owned())
        .map_err(|_| CannotCompose::Header(name.to_owned()))?;
    Ok(HeaderValue::new(name, value.to_owned()))
}

fn mailbox(name: Option<String>, address: &EmailAddress) -> Result<Mailbox, CannotCompose> {
    let address: Address = address.as_str().parse().map_err(CannotCompose::Address)?;
    Ok(Mailbox::new(name, address))
}

/// Whether foreign text can stand where a Message-ID does (RFC 5322, 3.6.4).
fn is_message_id(text: &str) -> bool {
    let inner = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    inner.is_some_and(|inner| {
        (3..=250).contains(&inner.len())
            && inner.contains('@')
            && inner
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
    })
}

fn system_time(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.unix_seconds()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
