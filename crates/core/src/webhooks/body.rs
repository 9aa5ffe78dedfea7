//! What is sent.

use serde_json::{Map, Value, json};

use crate::tell::PublicEvent;

/// Bodies are smaller than this, bytes (Standard Webhooks, "Payload structure").
const LARGEST: usize = 20_000;
/// What may stay of a text when a body is too large, characters.
const CUT_TEXT: usize = 200;

/// `{"type", "timestamp", "data"}`, the same for every try and every endpoint.
pub(super) fn body(event: &PublicEvent) -> String {
    written(
        event.kind.as_str(),
        &event.timestamp.to_string(),
        &event.data,
    )
}

/// As [`body`], of an event that is in no log.
pub(super) fn written(kind: &str, timestamp: &str, data: &Value) -> String {
    let whole =
        |data: &Value| json!({"type": kind, "timestamp": timestamp, "data": data}).to_string();
    let body = whole(data);
    if body.len() < LARGEST {
        return body;
    }
    let cut = whole(&cut(data));
    if cut.len() < LARGEST {
        return cut;
    }
    whole(&json!({"truncated": true}))
}

/// The plain members of an object with their texts cut, and a note that it was so.
fn cut(data: &Value) -> Value {
    let mut kept = Map::new();
    for (name, value) in data.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => {
                let text: String = text.chars().take(CUT_TEXT).collect();
                kept.insert(name.clone(), text.into());
            }
            Value::Array(_) | Value::Object(_) => {}
            plain => {
                kept.insert(name.clone(), plain.clone());
            }
        }
    }
    kept.insert("truncated".to_owned(), true.into());
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_stays_below_its_bound_whatever_is_in_it() {
        let small = written(
            "fax.sent",
            "2026-01-15T12:00:00.000000Z",
            &json!({"pages": 3}),
        );
        assert_eq!(
            small,
            r#"{"data":{"pages":3},"timestamp":"2026-01-15T12:00:00.000000Z","type":"fax.sent"}"#
        );
        let long = json!({"uuid": "u", "error": "ü".repeat(30_000), "pages": 3, "list": [1]});
        let body: Value = serde_json::from_str(&written("fax.failed", "", &long)).unwrap();
        assert_eq!(body["data"]["pages"], 3);
        assert_eq!(body["data"]["truncated"], true);
        assert_eq!(
            body["data"]["error"].as_str().unwrap().chars().count(),
            CUT_TEXT
        );
        let many: Map<String, Value> = (0..3000).map(|n| (format!("n{n}"), n.into())).collect();
        let body = written("fax.failed", "", &Value::Object(many));
        assert!(body.len() < LARGEST, "{}", body.len());
    }
}
