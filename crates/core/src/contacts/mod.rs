//! The address book: contacts, lists of them, and tables of them that come and go as CSV.
//!
//! A number is in a tenant's book once. Whoever adds it a second time is told which contact has it (409); a table that brings it again
//! changes that contact: what the table says replaces what was there, what it leaves empty stays, and tags come together.

mod change;
mod export;
mod import;
mod lists;
mod look;
mod sheet;

use std::collections::BTreeMap;

use faxgate_db::contacts::Contact;
use faxgate_db::tenants::Tenant;
use faxgate_types::{ContactId, E164, Timestamp};

use crate::error::{Error, Result};

pub use change::{ContactChange, NewContact};
pub(crate) use export::harmless;
pub use import::{ImportContacts, ImportReport, WrongLine};
pub use lists::{ListChange, NewList};
pub use look::ContactQuery;
pub(crate) use sheet::{MOST_REPORTED, Sheet, Table};

/// Contacts that a tenant may have.
const MOST_CONTACTS: i64 = 200_000;
/// Characters that a text of a contact may have.
pub(crate) const LONGEST_TEXT: usize = 500;
/// Characters that the name of a field may have.
pub(crate) const LONGEST_FIELD: usize = 64;
/// Bytes that the fields of a contact may have together.
const LARGEST_FIELDS: usize = 8 * 1024;
/// Fields of its own that a contact may have.
pub(crate) const MOST_FIELDS: usize = 50;
/// Tags that a contact may have.
const MOST_TAGS: usize = 50;
/// Characters that a tag may have.
const LONGEST_TAG: usize = 64;

/// What is said of a contact; nothing of it was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) company: String,
    pub(crate) email: String,
    pub(crate) language: String,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) tags: Vec<String>,
}

/// What is wrong with a contact: which field, and how.
pub(crate) type Wrong = (&'static str, String);

impl Said {
    /// A contact of what is said, when all of it is right.
    pub(crate) fn check(
        self,
        tenant: &Tenant,
        id: ContactId,
        now: Timestamp,
    ) -> Result<Contact, Vec<Wrong>> {
        let mut wrong: Vec<Wrong> = Vec::new();
        let number_raw = self.number.trim().to_owned();
        let number = E164::read(&number_raw, tenant.country);
        if let Err(error) = &number {
            let shown: String = number_raw
                .chars()
                .filter(|c| !c.is_control())
                .take(40)
                .collect();
            wrong.push(("number", format!("{shown}: {error}")));
        }
        for (field, text) in [
            ("name", &self.name),
            ("company", &self.company),
            ("email", &self.email),
            ("language", &self.language),
        ] {
            if let Some(problem) = problem(text) {
                wrong.push((field, problem));
            }
        }
        let email = self.email.trim().to_owned();
        if !email.is_empty() && !is_email(&email) {
            wrong.push(("email", "is no e-mail address".to_owned()));
        }
        let language = self.language.trim().to_owned();
        if !language.is_empty() && !is_language(&language) {
            wrong.push((
                "language",
                "is no language tag, such as en or de-CH".to_owned(),
            ));
        }
        if self.fields.len() > MOST_FIELDS {
            wrong.push(("fields", format!("has more than {MOST_FIELDS} entries")));
        }
        let sizes = self
            .fields
            .iter()
            .map(|(name, value)| name.len() + value.len());
        if sizes.sum::<usize>() > LARGEST_FIELDS {
            wrong.push((
                "fields",
                format!("are more than {LARGEST_FIELDS} bytes together"),
            ));
        }
        if self
            .fields
            .keys()
            .any(|name| name.chars().count() > LONGEST_FIELD)
        {
            wrong.push((
                "fields",
                format!("have names of at most {LONGEST_FIELD} characters"),
            ));
        }
        for text in self.fields.iter().flat_map(|(name, value)| [name, value]) {
            if let Some(problem) = problem(text) {
                wrong.push(("fields", problem));
            }
        }
        let tags = tags(&self.tags).unwrap_or_else(|problem| {
            wrong.push(("tags", problem));
            Vec::new()
        });
        match number {
            Ok(number) if wrong.is_empty() => Ok(Contact {
                id,
                number,
                number_raw,
                name: self.name.trim().to_owned(),
                company: self.company.trim().to_owned(),
                email,
                language,
                fields: self.fields,
                tags,
                created_at: now,
                updated_at: now,
            }),
            _ => Err(wrong),
        }
    }
}

fn problem(text: &str) -> Option<String> {
    if text.chars().count() > LONGEST_TEXT {
        return Some(format!("has more than {LONGEST_TEXT} characters"));
    }
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Some("has control characters".to_owned());
    }
    None
}

/// Good enough to tell an address from something else; whether it exists only mail can tell.
fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    let whole = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    whole && text.len() <= 254 && !text.contains(char::is_whitespace)
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    text.len() <= 35 && parts.all(is_part)
}

/// Tags as they are kept: in lower case, sorted, each once.
pub(crate) fn tags(said: &[String]) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = said
        .iter()
        .map(|tag| tag.trim().to_lowercase())
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > MOST_TAGS {
        return Err(format!("are more than {MOST_TAGS}"));
    }
    let is_bad = |tag: &String| {
        tag.chars().count() > LONGEST_TAG
            || tag.contains([',', ';'])
            || tag.contains(char::is_control)
    };
    match tags.iter().any(is_bad) {
        true => Err(format!(
            "must be words of at most {LONGEST_TAG} characters, without commas and semicolons"
        )),
        false => Ok(tags),
    }
}

fn refused(wrong: Vec<Wrong>) -> Error {
    let all: Vec<_> = wrong
        .iter()
        .map(|(field, problem)| format!("{field} {problem}"))
        .collect();
    let error = Error::bad_input("INVALID_FIELDS", all.join("; "));
    wrong
        .into_iter()
        .fold(error, |error, (field, problem)| error.field(field, problem))
}

fn no_such_contact() -> Error {
    Error::not_found("NO_SUCH_CONTACT", "there is no such contact")
}

fn no_such_list() -> Error {
    Error::not_found("NO_SUCH_LIST", "there is no such list")
}

fn too_many() -> Error {
    Error::conflict(
        "TOO_MANY_CONTACTS",
        format!("a tenant may have {MOST_CONTACTS} contacts; remove some first"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_in_one_form() {
        let said = [" Board", "press", "board ", ""].map(str::to_owned);
        assert_eq!(tags(&said).unwrap(), ["board", "press"]);
        assert!(tags(&["a,b".to_owned()]).is_err());
    }

    #[test]
    fn addresses_and_languages_are_told_from_other_texts() {
        for good in ["a@b", "first.last+tag@example.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a b@c", "example.org"] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(is_language("en") && is_language("de-CH") && is_language("zh-Hant-TW"));
        assert!(!is_language("") && !is_language("en_US") && !is_language("a deal of words"));
    }
}
