//! `[prices]`

use super::cost::{Money, Rates};
use crate::section::{Check, Section, section};

section! {
    /// `[prices]`: what tenants are charged that have no prices of their own.
    pub struct Prices {
        /// A page that the far end confirms, to a number that no prefix covers.
        pub per_page: Money,
        /// A page by the digits that a number begins with.
        pub per_page_by_prefix: Rates,
        /// A minute on the line, to a number that no prefix covers.
        pub per_minute: Money,
        /// A minute by the digits that a number begins with.
        pub per_minute_by_prefix: Rates,
        /// A call that comes about.
        pub per_attempt: Money,
        /// A page that comes in.
        pub per_page_received: Money,
    }
}

impl Check for Prices {
    fn check(&self, _: &mut Section<'_>) {}
}
