//! `[numbers]`

use crate::section::{Check, Section, section};

section! {
    /// `[numbers]`: who may order numbers from the carrier.
    pub struct Numbers {
        /// How many numbers the administrators of a tenant may own through orders of theirs; 0: operators only order.
        pub tenants_may_order: u32,
    }
}

impl Check for Numbers {
    fn check(&self, _: &mut Section<'_>) {}
}
