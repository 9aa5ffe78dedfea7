//! The fields of a JSON object, read one by one; every problem is collected before the request is refused.

use faxgate_core::Error;
use faxgate_types::Timestamp;
use serde_json::{Map, Value};

/// The fields of a JSON object. Fields that nobody asks for are ignored.
#[derive(Debug)]
pub(crate) struct Fields {
    map: Map<String, Value>,
    problems: Vec<(String, String)>,
}

impl Fields {
    /// The fields of `map`.
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self {
            map,
            problems: Vec::new(),
        }
    }

    /// Takes a field out; `null` is the same as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| !value.is_null())
    }

    /// A text that may be absent (it stays as it is), or `null` (it is taken away).
    pub(crate) fn choice(
        &mut self,
        name: &str,
        longest: usize,
        what: &str,
    ) -> Option<Option<String>> {
        if self.map.get(name).is_some_and(Value::is_null) {
            return Some(None);
        }
        self.optional_text(name, longest, what).map(Some)
    }

    /// A list of strings that may be absent. `what` says what it is.
    pub(crate) fn texts(&mut self, name: &str, what: &str) -> Option<Vec<String>> {
        let entries = match self.take(name)? {
            Value::Array(entries) => entries,
            other => {
                self.problem(
                    name,
                    format!("must be a list of strings, not {}: {what}", kind(&other)),
                );
                return None;
            }
        };
        let mut texts = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                Value::String(text) if !text.contains('\0') => texts.push(text),
                _ => {
                    self.problem(name, format!("must be a list of strings: {what}"));
                    return None;
                }
            }
        }
        Some(texts)
    }

    /// Whether a field is there and `null`.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(Value::is_null)
    }

    /// Whether a field is there and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Notes what is wrong with a field.
    pub(crate) fn problem(&mut self, name: &str, problem: impl Into<String>) {
        self.problems.push((name.to_owned(), problem.into()));
    }

    /// A field that must be a string that is not blank, of at most `longest` bytes. `what` says what it is.
    pub(crate) fn text(&mut self, name: &str, longest: usize, what: &str) -> String {
        match self.optional_text(name, longest, what) {
            Some(text) if text.trim().is_empty() => {
                self.problem(name, format!("must not be empty: {what}"));
                String::new()
            }
            Some(text) => text,
            None => {
                // A value of the wrong type was noted already.
                if !self.problems.iter().any(|(named, _)| named == name) {
                    self.problem(name, format!("is required: {what}"));
                }
                String::new()
            }
        }
    }

    /// A field that may be absent or a string of at most `longest` bytes, without NUL.
    pub(crate) fn optional_text(
        &mut self,
        name: &str,
        longest: usize,
        what: &str,
    ) -> Option<String> {
        let text = match self.take(name)? {
            Value::String(text) => text,
            other => {
                self.problem(
                    name,
                    format!("must be a string, not {}: {what}", kind(&other)),
                );
                return None;
            }
        };
        if text.len() > longest {
            self.problem(name, format!("must have at most {longest} bytes: {what}"));
            return None;
        }
        if text.contains('\0') {
            self.problem(name, format!("must not contain a NUL character: {what}"));
            return None;
        }
        Some(text)
    }

    /// A field that may be absent, or `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.problem(name, format!("must be true or false, not {}", kind(&other)));
                false
            }
        }
    }

    /// A field that may be absent, or one of the words of `T`. `words` lists them.
    pub(crate) fn word<T: std::str::FromStr>(&mut self, name: &str, words: &str) -> Option<T> {
        let what = format!("one of {words}");
        let text = self.optional_text(name, 64, &what)?;
        let word = text.trim().parse().ok();
        if word.is_none() {
            self.problem(name, format!("must be {what}"));
        }
        word
    }

    /// A time that may be absent: RFC 3339 with an offset.
    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        const WHAT: &str =
            "a time with its offset, such as \"2025-08-24T18:00:00-04:00\" (RFC 3339)";
        let text = self.optional_text(name, 64, WHAT)?;
        let time = Timestamp::parse(text.trim());
        if time.is_none() {
            self.problem(name, format!("must be {WHAT}"));
        }
        time
    }

    /// A count that may be absent: a whole number, or its digits in a string.
    pub(crate) fn count(&mut self, name: &str) -> Option<u32> {
        let value = self.take(name)?;
        let count = match &value {
            Value::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        if count.is_none() {
            self.problem(
                name,
                format!("must be a whole number from 0 to {}", u32::MAX),
            );
        }
        count
    }

    /// An object within the object.
    pub(crate) fn object(&mut self, name: &str) -> Option<Fields> {
        match self.take(name)? {
            Value::Object(map) => Some(Fields::new(map)),
            other => {
                self.problem(name, format!("must be an object, not {}", kind(&other)));
                None
            }
        }
    }

    /// All that nobody has taken out.
    pub(crate) fn into_rest(self) -> Map<String, Value> {
        self.map
    }

    /// The names of the fields that nobody has taken out.
    pub(crate) fn names(&self) -> Vec<String> {
        self.map.keys().cloned().collect()
    }

    /// Takes over what is wrong within the object `name`.
    pub(crate) fn absorb(&mut self, name: &str, inner: Fields) {
        for (field, problem) in inner.problems {
            self.problem(&format!("{name}.{field}"), problem);
        }
    }

    /// Refuses the request when anything was wrong.
    ///
    /// # Errors
    /// `INVALID_FIELDS`, which names each field.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let all: Vec<_> = self
            .problems
            .iter()
            .map(|(name, problem)| format!("{name} {problem}"))
            .collect();
        let error = Error::bad_input("INVALID_FIELDS", all.join("; "));
        Err(self
            .problems
            .iter()
            .fold(error, |error, (name, problem)| error.field(name, problem)))
    }
}

/// What a value is, for people.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Priority;
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(map) => Fields::new(map),
            other => panic!("not an object: {other}"),
        }
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let mut fields = fields(
            json!({"a": 5, "b": " ", "d": "yes", "e": "long", "f": "a\u{0}b", "g": -1, "h": []}),
        );
        fields.text("a", 10, "a name");
        fields.text("b", 10, "a name");
        fields.text("c", 10, "a name");
        fields.flag("d");
        fields.optional_text("e", 3, "a word");
        fields.optional_text("f", 9, "a word");
        fields.count("g");
        assert!(fields.object("h").is_none());
        let error = fields.finish().unwrap_err();
        insta::assert_snapshot!(error.message, @"a must be a string, not a number: a name; b must not be empty: a name; c is required: a name; d must be true or false, not a string; e must have at most 3 bytes: a word; f must not contain a NUL character: a word; g must be a whole number from 0 to 4294967295; h must be an object, not an array");
        assert_eq!(error.details.len(), 8);
        assert_eq!(error.details["d"], ["must be true or false, not a string"]);
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let mut fields = fields(json!({"a": null, "b": null, "c": null}));
        assert!(!fields.flag("a"));
        assert_eq!(fields.count("b"), None);
        assert_eq!(fields.optional_text("c", 9, ""), None);
        assert!(fields.finish().is_ok());
    }

    #[test]
    fn a_time_needs_its_offset_and_a_word_has_to_be_known() {
        let mut good = fields(json!({"a": "2025-08-24T18:00:00-04:00", "b": "urgent"}));
        assert_eq!(good.time("a"), Timestamp::parse("2025-08-24T22:00:00Z"));
        assert_eq!(good.word("b", ""), Some(Priority::Urgent));
        assert!(good.finish().is_ok());
        let mut bad = fields(
            json!({"a": "2025-08-24T18:00:00", "b": "tomorrow", "c": 5, "d": "URGENT", "e": 1}),
        );
        for name in ["a", "b", "c"] {
            assert_eq!(bad.time(name), None);
        }
        for name in ["d", "e"] {
            assert_eq!(bad.word::<Priority>(name, "urgent, normal, bulk"), None);
        }
        let error = bad.finish().unwrap_err();
        assert_eq!(error.details.len(), 5);
        assert_eq!(error.details["d"], ["must be one of urgent, normal, bulk"]);
    }

    #[test]
    fn counts_come_as_numbers_or_digits() {
        let mut fields = fields(json!({"a": 2, "b": "30", "c": 4294967295u64}));
        assert_eq!(fields.count("a"), Some(2));
        assert_eq!(fields.count("b"), Some(30));
        assert_eq!(fields.count("c"), Some(u32::MAX));
        assert!(fields.finish().is_ok());
    }
}
