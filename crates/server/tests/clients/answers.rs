//! What a client printed, held against what is documented.

use serde_json::{Deserializer, Value};

/// The documented keys of an upload's answer.
pub(crate) const UPLOAD: [&str; 4] = ["status", "filename", "original_name", "size"];
/// Of a send's; the last two lie in `details`.
const SEND: [&str; 7] = [
    "status",
    "code",
    "uuid",
    "message",
    "details",
    "recipients",
    "queued",
];
/// Of a fax, in a list and in the answer about its status.
const FAX: [&str; 9] = [
    "uuid",
    "direction",
    "status",
    "sender_number",
    "recipient_number",
    "pages",
    "duration",
    "created_at",
    "updated_at",
];
/// What the answer about a status has besides; all but the first lie in the queue item.
const QUEUE: [&str; 5] = [
    "queue_items",
    "recipient",
    "attempts",
    "is_processed",
    "processed_at",
];

/// What a client printed: JSON objects, then the line `Fax status: …`.
pub(crate) struct Printed {
    answers: Vec<Answer>,
    pub(crate) status: String,
}

impl Printed {
    pub(crate) fn parse(printed: &str) -> Self {
        let (answers, status) = printed
            .trim_end()
            .rsplit_once("\nFax status: ")
            .expect("a last line with the status");
        let mut read = Deserializer::from_str(answers).into_iter::<Value>();
        let mut parsed = Vec::new();
        let mut start = 0;
        while let Some(body) = read.next() {
            let end = read.byte_offset();
            parsed.push(Answer {
                text: answers[start..end].to_owned(),
                body: body.expect("JSON"),
            });
            start = end;
        }
        Self {
            answers: parsed,
            status: status.to_owned(),
        }
    }

    /// The answers, of which there have to be so many.
    pub(crate) fn answers<const N: usize>(&self) -> &[Answer; N] {
        self.answers.as_slice().try_into().expect("the answers")
    }
}

/// An answer of the API's: as it was written, which tells the order of its keys, and as it is read.
#[derive(Debug)]
pub(crate) struct Answer {
    text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// The keys have to be there, in this order. Others may stand among them: clients pass over what they do not know.
    pub(crate) fn has_in_order(&self, keys: &[&str]) {
        let mut rest = self.text.as_str();
        for key in keys {
            // No text inside a string has a bare quote, so this is a key.
            rest = rest
                .split_once(&format!("\"{key}\":"))
                .unwrap_or_else(|| panic!("{key} is missing or at another place: {}", self.text))
                .1;
        }
    }

    pub(crate) fn is_queued_to(&self, recipient: &str) {
        self.has_in_order(&SEND);
        assert_eq!(self.body["status"], "OK");
        assert_eq!(self.body["code"], 200);
        assert_eq!(self.body["message"], "Fax queued successfully");
        assert_eq!(self.body["details"]["recipients"], 1);
        assert_eq!(self.body["details"]["queued"][0], recipient);
    }

    pub(crate) fn is_sent_from_to(&self, sender: &str, recipient: &str) {
        self.has_in_order(&[FAX.as_slice(), &QUEUE].concat());
        assert_eq!(self.body["direction"], "outbound");
        assert_eq!(self.body["status"], "sent");
        assert_eq!(self.body["sender_number"], sender);
        assert_eq!(self.body["recipient_number"], recipient);
        assert_eq!(self.body["pages"], 3);
        let items = self.body["queue_items"].as_array().expect("queue items");
        assert_eq!(items.len(), 1, "{}", self.text);
        assert_eq!(items[0]["recipient"], recipient);
        assert_eq!(items[0]["attempts"], 1);
        assert_eq!(items[0]["is_processed"], true);
        assert!(items[0]["processed_at"].is_string(), "{}", self.text);
    }

    pub(crate) fn lists_one_fax(&self) {
        self.has_in_order(&[["count", "results"].as_slice(), &FAX].concat());
        assert_eq!(self.body["count"], 1);
        assert_eq!(self.body["results"].as_array().map(Vec::len), Some(1));
    }
}
