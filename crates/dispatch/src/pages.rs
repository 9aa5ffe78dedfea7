//! A call without pages to send.

use std::error::Error as _;

use faxgate_core::{Error, Placed};

/// What it means that the pages cannot be handed to `whom`: a store that is away for a while costs the fax no try.
pub(crate) fn withheld(whom: &str, error: &Error) -> Placed {
    let mut reason = format!("the pages cannot be handed to {whom}: {error}");
    if let Some(cause) = error.source() {
        reason.push_str(&format!(": {cause}"));
    }
    if error.is_unusable_pages() {
        Placed::Impossible(reason)
    } else {
        Placed::NotSent(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_away_costs_no_try_and_pages_that_are_gone_do() {
        let away = Error::unavailable("STORAGE_UNAVAILABLE", "the store cannot be reached");
        assert!(matches!(withheld("Telnyx", &away), Placed::NotSent(_)));
        let broken = Error::internal("permission denied");
        assert!(matches!(withheld("Telnyx", &broken), Placed::NotSent(_)));
        let gone = Error::unusable_pages("they are not in the store");
        assert!(matches!(withheld("Telnyx", &gone), Placed::Impossible(_)));
    }
}
