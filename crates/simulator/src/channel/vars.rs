//! Channel variables, in the order FreeSWITCH keeps them.

use crate::event::Name;

/// The variables of one channel. Setting one again moves it to the end, as in the recordings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vars(Vec<(Name, String)>);

impl Vars {
    /// Sets a variable; an empty value unsets it, as `switch_channel_set_variable` does.
    pub(crate) fn set(&mut self, name: impl Into<Name>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        self.0.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.0.push((name, value));
        }
    }

    /// The value, in whatever case the name is written.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `true`, `yes`, `on`, `enabled`, `active`, `allow` or a number other than 0 (`switch_true`).
    pub(crate) fn is_true(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?.to_ascii_lowercase();
        Some(
            matches!(
                value.as_str(),
                "true" | "yes" | "on" | "t" | "enabled" | "active" | "allow"
            ) || value.parse::<i64>().is_ok_and(|number| number != 0),
        )
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Sets every line of a table (`tables/`), with `{word}` replaced by what `fill` knows of it.
    pub(crate) fn set_table(&mut self, table: &'static str, fill: &dyn Fn(&str) -> String) {
        for line in table.lines() {
            if let Some((name, template)) = line.split_once(": ") {
                self.set(name, filled(template, fill));
            }
        }
    }
}

/// Replaces every `{word}`.
fn filled(template: &str, fill: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((word, after)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(&fill(word));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_set_again_moves_to_the_end() {
        let mut vars = Vars::default();
        vars.set_table("a: 1\nb: <{x}>", &|word| word.to_uppercase());
        vars.set("a", "2");
        assert_eq!(vars.iter().collect::<Vec<_>>(), [("b", "<X>"), ("a", "2")]);
        vars.set("a", "");
        assert_eq!(vars.get("A"), None);
    }
}
