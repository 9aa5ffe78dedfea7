//! What a connection wants to hear: `event`, `nixevent`, `noevents`, `filter`.

use std::collections::HashSet;

use super::names::EVENTS;
use crate::event::Event;

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Plain,
    Json,
    Xml,
}

impl Format {
    fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "plain" => Some(Self::Plain),
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }
}

/// The subscriptions of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscription {
    /// False until the first `event`, and after `noevents`.
    listening: bool,
    all: bool,
    events: HashSet<String>,
    subclasses: HashSet<String>,
    filters: Vec<(String, String)>,
    pub(crate) format: Format,
}

impl Subscription {
    /// Whether the connection gets this event.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        self.covers(&event.name, event.subclass.as_deref()) && self.passes(event)
    }

    /// Whether it subscribed to events of this name, or of this subclass of `CUSTOM`.
    pub(crate) fn covers(&self, name: &str, subclass: Option<&str>) -> bool {
        let named = || match subclass {
            Some(subclass) => self.subclasses.contains(subclass),
            None => self.events.contains(name),
        };
        self.listening && (self.all || named())
    }

    /// No filters: everything passes. Otherwise one must match, and none of those that start with `-`.
    fn passes(&self, event: &Event) -> bool {
        let mut passes = self.filters.is_empty();
        for (name, wanted) in &self.filters {
            let (name, forbids) = match name.strip_prefix('-') {
                Some(name) => (name, true),
                None => (name.strip_prefix('+').unwrap_or(name), false),
            };
            if event
                .header(name)
                .is_some_and(|value| value.eq_ignore_ascii_case(wanted))
            {
                if forbids {
                    return false;
                }
                passes = true;
            }
        }
        passes
    }

    /// `event [plain|json|xml] NAME… [CUSTOM SUBCLASS…]`: whatever follows `CUSTOM` is a subclass.
    pub(super) fn subscribe(&mut self, words: &str) -> String {
        let mut words = words.split_whitespace().peekable();
        if let Some(format) = words.peek().and_then(|word| Format::named(word)) {
            self.format = format;
            words.next();
        }
        let mut known = 0;
        let mut custom = false;
        for word in words {
            if custom {
                self.subclasses.insert(word.to_owned());
                known += 1;
                continue;
            }
            let name = word.to_ascii_uppercase();
            if EVENTS.contains(&name.as_str()) {
                known += 1;
                match name.as_str() {
                    "ALL" => self.all = true,
                    "CUSTOM" => custom = true,
                    _ => {
                        self.events.insert(name);
                    }
                }
            }
        }
        if known == 0 {
            return "-ERR no keywords supplied".to_owned();
        }
        self.listening = true;
        format!("+OK event listener enabled {}", self.format.name())
    }

    /// `nixevent NAME… [CUSTOM SUBCLASS…]`.
    pub(super) fn unsubscribe(&mut self, words: &str) -> &'static str {
        let mut known = 0;
        let mut custom = false;
        for word in words.split_whitespace() {
            if custom {
                self.subclasses.remove(word);
                known += 1;
                continue;
            }
            let name = word.to_ascii_uppercase();
            if EVENTS.contains(&name.as_str()) {
                known += 1;
                match name.as_str() {
                    "ALL" => {
                        self.all = false;
                        self.events.clear();
                        self.subclasses.clear();
                    }
                    "CUSTOM" => custom = true,
                    _ => {
                        self.nix(&name);
                    }
                }
            }
        }
        if known == 0 {
            "-ERR no keywords supplied"
        } else {
            "+OK events nixed"
        }
    }

    /// `ALL` is every event by name, so that one of them can be taken away.
    fn nix(&mut self, name: &str) {
        if std::mem::take(&mut self.all) {
            self.events
                .extend(EVENTS.iter().map(|event| (*event).to_owned()));
            self.subclasses
                .extend(SUBCLASSES.iter().map(|subclass| (*subclass).to_owned()));
        }
        self.events.remove(name);
    }

    /// `noevents`.
    pub(super) fn silence(&mut self) -> &'static str {
        if !std::mem::take(&mut self.listening) {
            return "-ERR not listening for events";
        }
        self.all = false;
        self.events.clear();
        self.subclasses.clear();
        "+OK no longer listening for events"
    }

    /// `filter HEADER VALUE` and `filter delete HEADER [VALUE]`.
    pub(super) fn filter(&mut self, words: &str) -> String {
        let (name, value) = words.split_once(' ').unwrap_or((words, ""));
        let value = value.trim();
        if name.eq_ignore_ascii_case("delete") && !value.is_empty() {
            let (name, value) = value.split_once(' ').unwrap_or((value, ""));
            if name.eq_ignore_ascii_case("all") {
                self.filters.clear();
                return "+OK filter deleted. [all]".to_owned();
            }
            self.filters.retain(|(known, wanted)| {
                !(known.eq_ignore_ascii_case(name) && (value.is_empty() || wanted == value))
            });
            return format!("+OK filter deleted. [{name}][{value}]");
        }
        if name.is_empty() || value.is_empty() {
            return "-ERR invalid syntax".to_owned();
        }
        self.filters.push((name.to_owned(), value.to_owned()));
        format!("+OK filter added. [{name}]=[{value}]")
    }
}

/// The subclasses that this switch fires.
const SUBCLASSES: &[&str] = &[
    "spandsp::txfaxresult",
    "spandsp::txfaxpageresult",
    "spandsp::txfaxnegociateresult",
    "spandsp::rxfaxresult",
    "spandsp::rxfaxpageresult",
    "spandsp::rxfaxnegociateresult",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &'static str, subclass: Option<&'static str>) -> Event {
        Event::new(
            name,
            subclass.map(Into::into),
            vec![("Unique-ID".into(), "u1".into())],
            None,
        )
    }

    #[test]
    fn names_after_custom_are_subclasses() {
        let mut subscription = Subscription::default();
        subscription.subscribe("json HEARTBEAT CUSTOM spandsp::txfaxresult CHANNEL_CREATE");
        assert_eq!(subscription.format, Format::Json);
        assert!(subscription.wants(&event("HEARTBEAT", None)));
        assert!(subscription.wants(&event("CUSTOM", Some("spandsp::txfaxresult"))));
        assert!(!subscription.wants(&event("CHANNEL_CREATE", None)));
    }

    #[test]
    fn one_filter_must_match_and_no_negative_one() {
        let mut subscription = Subscription::default();
        subscription.subscribe("ALL");
        subscription.filter("Unique-ID u2");
        assert!(!subscription.wants(&event("HEARTBEAT", None)));
        subscription.filter("Unique-ID u1");
        assert!(subscription.wants(&event("HEARTBEAT", None)));
        subscription.filter("-Unique-ID u1");
        assert!(!subscription.wants(&event("HEARTBEAT", None)));
        subscription.filter("delete all");
        assert!(subscription.wants(&event("HEARTBEAT", None)));
        subscription.unsubscribe("HEARTBEAT");
        assert!(!subscription.wants(&event("HEARTBEAT", None)));
        assert!(subscription.wants(&event("CUSTOM", Some("spandsp::txfaxresult"))));
    }
}
