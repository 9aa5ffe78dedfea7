//! What a recipient's cover says.

/// What its cover says: what all say, and over it what the recipient's own says.
#[must_use]
pub(super) fn merged(common: Option<&str>, own: &str) -> Option<serde_json::Value> {
    let mut cover: serde_json::Value = serde_json::from_str(common?).ok()?;
    let own = serde_json::from_str(own).ok()?;
    overlay(&mut cover, own);
    Some(cover)
}

fn overlay(under: &mut serde_json::Value, over: serde_json::Value) {
    use serde_json::Value::Object;
    match (under, over) {
        (Object(under), Object(over)) => {
            for (name, value) in over {
                match under.get_mut(&name) {
                    Some(there) => overlay(there, value),
                    None => {
                        under.insert(name, value);
                    }
                }
            }
        }
        (under, over) => *under = over,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_recipients_own_words_come_over_those_for_all() {
        let common = r#"{"subject": "Recall", "to": {"name": "Pharmacist", "title": "Dr"}, "fields": {"lot": "7"}}"#;
        let own = r#"{"to": {"name": "Ann Lee"}, "fields": {"room": "12"}}"#;
        let cover = merged(Some(common), own).unwrap();
        let expected = json!({
            "subject": "Recall", "to": {"name": "Ann Lee", "title": "Dr"}, "fields": {"lot": "7", "room": "12"}
        });
        assert_eq!(cover, expected);
        assert_eq!(merged(None, own), None);
    }
}
