//! How webhooks reach their receiver.

use serde::Deserialize;

/// How webhooks reach their receiver: by default each once, in order, at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// A fax's events wait for its last one, and all then go out in an order that this seed throws.
    pub shuffle: Option<u64>,
    /// How often each is sent, as an event of one id (1).
    pub copies: u32,
    /// Each is sent so many milliseconds late.
    pub delay_millis: u64,
    /// Event types that are never sent; `*` loses all.
    pub lose: Vec<String>,
    /// Nothing is sent until [`super::TelnyxDouble::release`]; then everything that waited is, by the other rules.
    pub hold: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            shuffle: None,
            copies: 1,
            delay_millis: 0,
            lose: Vec::new(),
            hold: false,
        }
    }
}

impl Policy {
    pub(super) fn loses(&self, event_type: &str) -> bool {
        self.lose
            .iter()
            .any(|lost| lost == "*" || lost == event_type)
    }
}
