//! The forms in which `mod_json_cdr` sends a record.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// FreeSWITCH's encoder pads, and leaves whatever bits are left.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The JSON of a record, out of a body. Its `Content-Type` does not tell: with `disable-100-continue` FreeSWITCH sends plain
/// JSON as a form (it forgets its own header).
///
/// - `{…}`: `encode` unset;
/// - `cdr=%7B…`: `encode=true`, percent-encoded;
/// - `cdr=eyJ…`: `encode=base64`, base64 and nothing else.
pub(super) fn json(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    let body = body.trim_ascii();
    if body.starts_with(b"{") {
        return Some(Cow::Borrowed(body));
    }
    let value = body.strip_prefix(b"cdr=")?;
    let value = value.split(|byte| *byte == b'&').next().unwrap_or_default();
    if value.starts_with(b"%7B") || value.starts_with(b"%7b") || value.starts_with(b"{") {
        // FreeSWITCH encodes every `+`: one that stands here is somebody else's space.
        let spaced: Vec<u8> = value
            .iter()
            .map(|b| if *b == b'+' { b' ' } else { *b })
            .collect();
        return Some(Cow::Owned(
            percent_encoding::percent_decode(&spaced).collect(),
        ));
    }
    let digits: Vec<u8> = percent_encoding::percent_decode(value)
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    LENIENT.decode(digits).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as BASE64;
    use proptest::prelude::*;

    use super::*;

    const RECORD: &str = r#"{"core-uuid":"x","variables":{"uuid":"24f6","caller_id_number":"%2B15551234567","note":"a b+c"}}"#;

    fn read(body: &str) -> Option<String> {
        json(body.as_bytes()).map(|json| String::from_utf8_lossy(&json).into_owned())
    }

    #[test]
    fn every_form_that_json_cdr_sends_is_read() {
        assert_eq!(read(RECORD).as_deref(), Some(RECORD));
        assert_eq!(read(&format!("{RECORD}\n")).as_deref(), Some(RECORD));
        assert_eq!(
            read(&format!("cdr={}", BASE64.encode(RECORD))).as_deref(),
            Some(RECORD)
        );
        let encoded =
            percent_encoding::utf8_percent_encode(RECORD, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(read(&format!("cdr={encoded}")).as_deref(), Some(RECORD));
    }

    #[test]
    fn freeswitch_leaves_out_what_is_encoded_already() {
        // switch_url_encode() passes over a percent sign that two hex digits follow: values arrive decoded.
        let sent =
            "cdr=%7B%22variables%22%3A%7B%22caller_id_number%22%3A%22%2B15551234567%22%7D%7D";
        assert_eq!(
            read(sent).as_deref(),
            Some(r#"{"variables":{"caller_id_number":"+15551234567"}}"#)
        );
    }

    #[test]
    fn what_is_no_record_is_none() {
        for body in ["", "cdr", "xml=<cdr/>", "cdr=?", "[1]"] {
            assert!(
                read(body)
                    .is_none_or(|json| serde_json::from_str::<serde_json::Value>(&json).is_err()),
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = json(&body);
            let _ = json(&[&b"cdr="[..], &body].concat());
        }
    }
}
