//! `[rate_limits]`

use crate::section::{Check, Section, section};
use crate::units::Quota;

section! {
    /// `[rate_limits]`: how often one user may ask. The burst is the quota.
    pub struct RateLimits {
        /// Sends an hour and user.
        pub send: Quota,
        /// Uploads an hour and user.
        pub upload: Quota,
        /// Status requests an hour and user.
        pub status: Quota,
        /// List requests an hour and user.
        pub list: Quota,
        /// Logins a minute and address.
        pub login: Quota,
    }
}

impl Check for RateLimits {
    fn check(&self, _section: &mut Section<'_>) {}
}
