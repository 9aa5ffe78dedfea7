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
        /// Requests to each of the endpoints that manage, an hour and user.
        pub manage: Quota,
        /// Logins a minute and address.
        pub login: Quota,
        /// Notices that come in, a minute and address.
        pub webhook: Quota,
        /// Whether nodes that share PostgreSQL count together.
        pub shared: bool,
    }
}

impl Check for RateLimits {
    fn check(&self, _section: &mut Section<'_>) {}
}
