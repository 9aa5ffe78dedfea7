//! From bytes to a JSON object, with errors that say what to send instead.

use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use bytes::Bytes;
use faxgate_core::Error;
use futures_util::Stream;
use serde_json::Value;

use super::body::{self, Body};
use super::fields::Fields;
use super::headers;
use super::room::Room;

/// Bytes that a JSON body may have: 10,000 recipients fit, so that they get a better answer than 413.
pub(crate) const LIMIT: u64 = 1024 * 1024;

/// Reads a JSON body.
///
/// # Errors
/// See [`body::read`]; `UNSUPPORTED_MEDIA_TYPE` when it says it is something else.
pub(crate) async fn read<S>(headers: &HeaderMap, stream: S, room: &Room) -> Result<Body, Error>
where
    S: Stream<Item = Result<Bytes, PayloadError>>,
{
    match headers::media_type(headers)?.as_deref() {
        None | Some("application/json") => {}
        Some(_) => {
            let message =
                "send the body as JSON, with the header \"Content-Type: application/json\"";
            return Err(
                Error::bad_input("UNSUPPORTED_MEDIA_TYPE", message).field("Content-Type", message)
            );
        }
    }
    body::read(headers, stream, LIMIT, room).await
}

/// The fields of the JSON object that the bytes are.
///
/// # Errors
/// `INVALID_JSON`, with line and column.
pub(crate) fn object(bytes: &[u8]) -> Result<Fields, Error> {
    let invalid = |message: String| Error::bad_input("INVALID_JSON", message);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        invalid(format!(
            "the body is not UTF-8 at byte {}",
            error.valid_up_to() + 1
        ))
    })?;
    if text.trim().is_empty() {
        return Err(invalid("the body is empty; send a JSON object".to_owned()));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(Fields::new(map)),
        Ok(other) => Err(invalid(format!(
            "the body is {}; send a JSON object, such as {{\"key\": \"value\"}}",
            super::fields::kind(&other)
        ))),
        // serde_json tells what it expected and where, never what it read.
        Err(error) => Err(invalid(format!("the body is not valid JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(bytes: &[u8]) -> String {
        let error = object(bytes).expect_err("refused");
        assert_eq!((error.kind.http(), error.code), (400, "INVALID_JSON"));
        error.message
    }

    #[test]
    fn whatever_is_no_object_is_refused_with_what_to_send() {
        insta::assert_snapshot!(refused(b""), @"the body is empty; send a JSON object");
        insta::assert_snapshot!(refused(b"{"), @"the body is not valid JSON: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(refused(b"{\"a\": }"), @"the body is not valid JSON: expected value at line 1 column 7");
        insta::assert_snapshot!(refused(b"{'a': 1}"), @"the body is not valid JSON: key must be a string at line 1 column 2");
        insta::assert_snapshot!(refused(b"[1]"), @r#"the body is an array; send a JSON object, such as {"key": "value"}"#);
        insta::assert_snapshot!(refused(b"\"text\""), @r#"the body is a string; send a JSON object, such as {"key": "value"}"#);
        insta::assert_snapshot!(refused(b"{\"a\": \"\xff\"}"), @"the body is not UTF-8 at byte 8");
        insta::assert_snapshot!(refused(br#"{"a": "\ud800"}"#), @"the body is not valid JSON: unexpected end of hex escape at line 1 column 14");
    }

    #[test]
    fn nesting_has_a_bound() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        insta::assert_snapshot!(refused(deep.as_bytes()), @"the body is not valid JSON: recursion limit exceeded at line 1 column 132");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = object(&bytes);
        }

        #[test]
        fn no_text_that_looks_like_json_makes_it_panic(text in r#"[\[\]{}",:0-9a-z\\\- ]{0,200}"#) {
            let _ = object(text.as_bytes());
        }
    }
}
