//! What in a message is to be faxed.

use bytes::Bytes;
use mail_parser::{ContentType, Message, MessagePart, MimeHeaders as _, PartType};

use crate::clean::one_line;

/// A document that came with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name: foreign text, on one line.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Everything that was attached, whatever it is: what cannot be faxed must not be dropped without a word. Left out: the message's own
/// text, its signatures, invitations (`text/calendar`), and pictures that its text shows (a Content-ID, not attached as a file), such as
/// a logo beneath a name.
pub(crate) fn documents(message: &Message<'_>) -> Vec<Attached> {
    message
        .parts
        .iter()
        .filter(|part| is_document(part))
        .map(|part| {
            let name = part.attachment_name().map(|name| one_line(name, 120));
            let usual = match part.body {
                PartType::Message(_) => "forwarded message",
                _ => "document",
            };
            Attached {
                name: name
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| usual.to_owned()),
                bytes: Bytes::copy_from_slice(part.contents()),
            }
        })
        .collect()
}

fn is_document(part: &MessagePart<'_>) -> bool {
    let kind = part.content_type();
    let attached = part
        .content_disposition()
        .is_some_and(|way| way.is_attachment());
    match part.body {
        PartType::Multipart(_) => false,
        // A message within the message, with all that is in it.
        PartType::Message(_) => true,
        PartType::Text(_) | PartType::Html(_) => {
            (attached || part.attachment_name().is_some()) && !is(kind, "text", &["calendar"])
        }
        PartType::Binary(_) | PartType::InlineBinary(_) => {
            let shown = is(kind, "image", &[]) && part.content_id().is_some() && !attached;
            let signature = is(
                kind,
                "application",
                &["pkcs7-signature", "x-pkcs7-signature", "pgp-signature"],
            );
            !shown && !signature && !is(kind, "text", &["calendar"])
        }
    }
}

/// Whether a type is one of `main`: any, or one of `subs`.
fn is(kind: Option<&ContentType<'_>>, main: &str, subs: &[&str]) -> bool {
    kind.is_some_and(|kind| {
        let own = kind.subtype().unwrap_or_default();
        kind.ctype().eq_ignore_ascii_case(main)
            && (subs.is_empty() || subs.iter().any(|sub| own.eq_ignore_ascii_case(sub)))
    })
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    /// The documents of a message with these parts, each its headers and its text.
    fn found(parts: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut text = "From: nurse@clinic.example\r\nMIME-Version: 1.0\r\n\
                        Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
            .to_owned();
        for (headers, body) in parts {
            text += &format!("--b\r\n{headers}\r\n\r\n{body}\r\n");
        }
        text += "--b--\r\n";
        let message = MessageParser::default().parse(text.as_bytes()).unwrap();
        let shown = |document: Attached| {
            let bytes = String::from_utf8(document.bytes.to_vec()).unwrap();
            (document.name, bytes.trim_end().to_owned())
        };
        documents(&message).into_iter().map(shown).collect()
    }

    fn names(parts: &[(&str, &str)]) -> Vec<String> {
        found(parts).into_iter().map(|(name, _)| name).collect()
    }

    const BODY: (&str, &str) = ("Content-Type: text/plain", "Please fax this.");
    const LETTER: (&str, &str) = (
        "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"letter.pdf\"",
        "%PDF-",
    );

    #[test]
    fn whatever_was_attached_is_a_document_also_what_cannot_be_faxed() {
        let addendum = (
            "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=\"addendum.txt\"",
            "Not this dose.",
        );
        let table = (
            "Content-Type: text/csv; name=\"doses.csv\"\r\nContent-Disposition: inline",
            "a,b",
        );
        let page = (
            "Content-Type: text/html\r\nContent-Disposition: attachment",
            "<p>x</p>",
        );
        let forwarded = (
            "Content-Type: message/rfc822",
            "From: a@b.example\r\nSubject: Inner\r\n\r\nText",
        );
        let outlook = (
            "Content-Type: application/ms-tnef; name=\"winmail.dat\"",
            "x",
        );
        assert_eq!(
            names(&[BODY, LETTER, addendum, table, page, forwarded, outlook]),
            [
                "letter.pdf",
                "addendum.txt",
                "doses.csv",
                "document",
                "forwarded message",
                "winmail.dat"
            ]
        );
        assert_eq!(found(&[BODY, addendum])[0].1, "Not this dose.");
    }

    #[test]
    fn text_signatures_invitations_and_pictures_in_the_text_are_none() {
        let html = ("Content-Type: text/html", "<p>Please fax this.</p>");
        let logo = (
            "Content-Type: image/png; name=\"logo.png\"\r\nContent-ID: <logo>\r\nContent-Disposition: inline",
            "x",
        );
        let signature = (
            "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Disposition: attachment",
            "x",
        );
        let invitation = (
            "Content-Type: text/calendar; name=\"invite.ics\"\r\nContent-Disposition: attachment",
            "BEGIN:VCALENDAR",
        );
        assert_eq!(
            names(&[BODY, html, logo, LETTER, signature, invitation]),
            ["letter.pdf"]
        );
        assert!(names(&[BODY]).is_empty());
    }
}
