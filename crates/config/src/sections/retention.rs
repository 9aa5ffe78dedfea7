//! `[retention]`

use crate::section::{Check, Section, section};
use crate::units::Days;

section! {
    /// `[retention]`: how long documents and pages are kept. What happened is kept for ever.
    pub struct Retention {
        /// Faxes that were sent.
        pub sent_days: Days,
        /// Faxes that failed or were cancelled.
        pub failed_days: Days,
        /// Faxes that came in.
        pub received_days: Days,
        /// Uploads that were never sent.
        pub unsent_days: Days,
        /// How long a tenant that is to be erased stays, suspended; 0: no time at all.
        pub erase_grace_days: Days,
    }
}

impl Check for Retention {
    fn check(&self, _section: &mut Section<'_>) {}
}
