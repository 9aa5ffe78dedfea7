//! What a recipient's cover says.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::covers::{CoverSaid, SHORT};
use crate::error::{Error, Result};

/// What a recipient's own cover says, as it is stored with them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Own {
    to: Whom,
    fields: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whom {
    name: String,
    company: String,
}

/// What all covers of a broadcast have in common, as it is stored.
pub(super) fn common(stored: &str) -> Result<CoverSaid> {
    serde_json::from_str(stored).map_err(Error::internal)
}

/// A recipient's cover: what all say, with the recipient's name and company. Of their fields those stand on it whose labels are among
/// the fields for all; each of them can be meant by `{label}`.
pub(super) fn merged(common: &CoverSaid, own: &str) -> Result<CoverSaid> {
    let own: Own = serde_json::from_str(own).map_err(Error::internal)?;
    let mut cover = common.clone();
    for (there, own) in [
        (&mut cover.to.name, own.to.name),
        (&mut cover.to.company, own.to.company),
    ] {
        if !own.trim().is_empty() {
            *there = clipped(&own);
        }
    }
    for (label, text) in own.fields {
        let text = clipped(&text);
        match cover.fields.get_mut(&label) {
            Some(there) => *there = text,
            None => {
                cover.values.insert(label, text);
            }
        }
    }
    Ok(cover)
}

/// A contact may say more than a cover's line has room for.
fn clipped(text: &str) -> String {
    text.chars().take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipients_own_words_come_over_those_for_all() {
        let all = r#"{"subject": "Recall of {lot} in room {room}", "to": {"name": "Pharmacist", "phone": "5"}, "fields": {"lot": "7"}}"#;
        let all = common(all).unwrap();
        let own = r#"{"to": {"name": "Ann Lee"}, "fields": {"room": "12", "lot": "8"}}"#;
        let cover = merged(&all, own).unwrap();
        assert_eq!(
            (cover.to.name.as_str(), cover.to.phone.as_str()),
            ("Ann Lee", "5")
        );
        assert_eq!(cover.fields, BTreeMap::from([("lot".into(), "8".into())]));
        assert_eq!(cover.values, BTreeMap::from([("room".into(), "12".into())]));
        assert_eq!(cover.filled(&cover.subject), "Recall of 8 in room 12");
        let plain = merged(&all, "{}").unwrap();
        assert_eq!(plain.filled(&plain.subject), "Recall of 7 in room {room}");
    }

    #[test]
    fn what_is_too_long_for_a_line_is_cut() {
        let own = format!(r#"{{"fields": {{"a": "{}"}}}}"#, "x".repeat(300));
        let cover = merged(&CoverSaid::default(), &own).unwrap();
        assert_eq!(cover.values["a"].len(), SHORT);
        cover.check().unwrap();
    }
}
