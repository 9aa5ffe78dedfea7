//! What somebody wants a cover to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const MOST_FIELDS: usize = 12;
const MOST_VALUES: usize = 50;
/// Characters of a name, a label, a field.
pub(crate) const SHORT: usize = 200;
/// Characters of the message; what does not fit the page is cut, and ends with an ellipsis.
const LONG: usize = 8_000;

/// What a cover says. What is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverSaid {
    /// The template's name or id; absent: the tenant's default one, or a plain one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whom it is for.
    pub to: CoverParty,
    /// Who sends it.
    pub from: CoverParty,
    /// What it is about.
    pub subject: String,
    /// Free text.
    pub message: String,
    /// Further facts by their labels, in the order of the labels. `{name}` in subject and message becomes what stands here.
    pub fields: BTreeMap<String, String>,
    /// What else `{label}` can become in subject and message. It does not stand on the cover by itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// One of the two ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverParty {
    /// A person.
    pub name: String,
    /// Their organization.
    pub company: String,
    /// A telephone number, as it is to stand there.
    pub phone: String,
    /// An e-mail address, as it is to stand there.
    pub email: String,
}

impl CoverSaid {
    /// Checks lengths and characters.
    ///
    /// # Errors
    /// `INVALID_COVER`, which names the field.
    pub fn check(&self) -> Result<()> {
        let wrong = |field: &str, problem: String| {
            let field = format!("cover.{field}");
            let message = format!("{field} {problem}");
            Err(Error::bad_input("INVALID_COVER", message).field(&field, problem))
        };
        for (field, text, most) in [
            ("to.name", &self.to.name, SHORT),
            ("to.company", &self.to.company, SHORT),
            ("to.phone", &self.to.phone, SHORT),
            ("to.email", &self.to.email, SHORT),
            ("from.name", &self.from.name, SHORT),
            ("from.company", &self.from.company, SHORT),
            ("from.phone", &self.from.phone, SHORT),
            ("from.email", &self.from.email, SHORT),
            ("subject", &self.subject, SHORT),
            ("message", &self.message, LONG),
        ] {
            if text.chars().count() > most {
                return wrong(field, format!("has at most {most} characters"));
            }
        }
        if self.fields.len() > MOST_FIELDS {
            return wrong("fields", format!("has at most {MOST_FIELDS} entries"));
        }
        if self.values.len() > MOST_VALUES {
            return wrong("values", format!("has at most {MOST_VALUES} entries"));
        }
        let is_long = |text: &String| text.chars().count() > SHORT;
        if self
            .fields
            .iter()
            .chain(&self.values)
            .any(|(label, text)| is_long(label) || is_long(text))
        {
            let problem = format!("and values have labels and texts of at most {SHORT} characters");
            return wrong("fields", problem);
        }
        Ok(())
    }

    /// The text with `{label}` filled in from the fields, and `{name}` and `{company}` of whom it is for.
    pub(crate) fn filled(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            filled.push_str(&rest[..open]);
            rest = &rest[open..];
            let Some(close) = rest.find('}') else { break };
            match self.value(&rest[1..close]) {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&rest[..=close]),
            }
            rest = &rest[close + 1..];
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, label: &str) -> Option<&str> {
        let label = label.trim();
        match self.fields.get(label).or_else(|| self.values.get(label)) {
            Some(value) => Some(value),
            None if label == "name" => Some(&self.to.name),
            None if label == "company" => Some(&self.to.company),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> CoverSaid {
        CoverSaid {
            to: CoverParty {
                name: "Dr. Miller".to_owned(),
                ..CoverParty::default()
            },
            fields: BTreeMap::from([("ward".to_owned(), "3 {name}".to_owned())]),
            ..CoverSaid::default()
        }
    }

    #[test]
    fn what_stands_in_braces_is_filled_in_once() {
        let filled = said().filled("Dear {name}, ward {ward}: {nothing} {");
        assert_eq!(filled, "Dear Dr. Miller, ward 3 {name}: {nothing} {");
    }

    #[test]
    fn what_is_too_long_is_named() {
        let long = CoverSaid {
            subject: "x".repeat(201),
            ..said()
        };
        let error = long.check().unwrap_err();
        assert!(error.details.contains_key("cover.subject"), "{error}");
        said().check().unwrap();
        let many = (0..13).map(|n| (n.to_string(), String::new())).collect();
        let many = CoverSaid {
            fields: many,
            ..said()
        };
        assert!(
            many.check()
                .unwrap_err()
                .details
                .contains_key("cover.fields")
        );
    }
}
