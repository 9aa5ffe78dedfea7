//! A fax with its document as `multipart/form-data` (RFC 7578).

use bytes::Bytes;
use memchr::memmem;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::error::Kind;
use crate::fax::Contents;
use crate::request::Content;

/// What a quoted file name cannot carry, as browsers write it.
const QUOTED: &AsciiSet = &percent_encoding::CONTROLS.add(b'"');

/// The fields and the document, which comes last.
pub(super) fn form(fields: &Map<String, Value>, contents: &Contents) -> Result<Content, Kind> {
    if contents.bytes.is_empty() {
        return Err(Kind::UnfitFax("the document is empty"));
    }
    if !is_media_type(&contents.media_type) {
        return Err(Kind::UnfitFax("its media type is none"));
    }
    let boundary = boundary(fields, contents);
    let mut head = String::new();
    for (name, value) in fields {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        head.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    head.push_str(&format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"contents\"; filename=\"{}\"\r\n\
         Content-Type: {}\r\n\r\n",
        utf8_percent_encode(&contents.file_name, QUOTED),
        contents.media_type,
    ));
    Ok(Content {
        media_type: format!("multipart/form-data; boundary={boundary}"),
        pieces: vec![
            head.into(),
            contents.bytes.clone(),
            Bytes::from(format!("\r\n--{boundary}--\r\n")),
        ],
    })
}

/// A boundary that stands nowhere else: looked for, so that no luck is needed.
fn boundary(fields: &Map<String, Value>, contents: &Contents) -> String {
    let mut number = 0_u64;
    loop {
        let boundary = format!("faxgate-part-{number:016x}");
        let elsewhere = memmem::find(&contents.bytes, boundary.as_bytes()).is_some()
            || contents.file_name.contains(&boundary)
            || fields
                .values()
                .any(|value| value.as_str().is_some_and(|text| text.contains(&boundary)));
        if !elsewhere {
            return boundary;
        }
        number += 1;
    }
}

/// `type/subtype` and perhaps parameters, in visible ASCII and spaces.
fn is_media_type(text: &str) -> bool {
    text.contains('/')
        && text
            .bytes()
            .all(|one| one == b' ' || one.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(bytes: &'static [u8]) -> Contents {
        Contents {
            file_name: "a \"b\"\r\n.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: Bytes::from_static(bytes),
        }
    }

    fn written(content: &Content) -> String {
        String::from_utf8(content.pieces.concat()).unwrap()
    }

    #[test]
    fn a_boundary_that_the_document_holds_is_not_taken() {
        let nasty = contents(b"--faxgate-part-0000000000000000--\r\nfaxgate-part-0000000000000001");
        let content = form(&Map::new(), &nasty).unwrap();
        assert!(
            content
                .media_type
                .ends_with("=faxgate-part-0000000000000002")
        );
    }

    #[test]
    fn a_file_name_cannot_break_out_of_its_quotes() {
        let content = form(&Map::new(), &contents(b"%PDF")).unwrap();
        assert!(written(&content).contains("filename=\"a %22b%22%0D%0A.pdf\"\r\n"));
    }

    #[test]
    fn a_media_type_cannot_add_a_header() {
        let mut hostile = contents(b"%PDF");
        hostile.media_type = "application/pdf\r\nX: y".to_owned();
        assert!(form(&Map::new(), &hostile).is_err());
    }
}
