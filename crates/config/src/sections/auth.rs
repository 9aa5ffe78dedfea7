//! `[auth]`

use crate::section::{Check, Section, section};

section! {
    /// `[auth]`: people who sign in.
    pub struct Auth {
        /// Whether anybody who reaches the API may register.
        pub allow_registration: bool,
        /// Slug of the tenant that they become members of; `None`: each gets a tenant of their own.
        pub registration_tenant: Option<String>,
        /// How many numbers a tenant may claim by itself where registration is allowed.
        pub registered_may_claim: u32,
        /// How long a login lasts, minutes.
        pub session_minutes: u32,
        /// The fewest characters of a password.
        pub password_min_length: u32,
        /// Whether operators need a second factor.
        pub operators_need_totp: bool,
    }
}

impl Check for Auth {
    fn check(&self, section: &mut Section<'_>) {
        section.within("session_minutes", self.session_minutes.into(), 1..=43_200);
        section.within(
            "password_min_length",
            self.password_min_length.into(),
            8..=128,
        );
    }
}
