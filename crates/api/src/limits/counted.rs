//! The endpoints by what they are counted as, and which scope a key needs for them.

use faxgate_types::{Quota, Right};

/// What a request is counted as: each by user and apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    Send,
    Upload,
    Status,
    List,
    Cancel,
    Document,
    Numbers,
    /// What concerns only the user: who they are, their tenants, their password.
    Own,
    /// API keys and sessions.
    Keys,
    People,
    Tenants,
    Webhooks,
    Mail,
    Events,
    Contacts,
    Broadcasts,
    Usage,
    Records,
}

impl Counted {
    /// The scope that a key needs; `None`: any key will do. `is_read`: GET or HEAD, which need the `:read` half of a scope that has one.
    pub(crate) const fn right(self, is_read: bool) -> Option<Right> {
        Some(match self {
            Self::Send | Self::Upload | Self::Cancel => Right::FaxSend,
            Self::Status | Self::List | Self::Document => Right::FaxRead,
            Self::Numbers if is_read => Right::NumbersRead,
            Self::Numbers => Right::NumbersWrite,
            Self::Own => return None,
            Self::Keys | Self::People => Right::People,
            Self::Tenants | Self::Mail => Right::Tenants,
            Self::Webhooks => Right::Webhooks,
            Self::Events => Right::Events,
            Self::Contacts => Right::Contacts,
            Self::Broadcasts => Right::Broadcasts,
            Self::Usage => Right::Usage,
            Self::Records => Right::Records,
        })
    }

    /// The quota that it goes by.
    pub(crate) const fn quota(self) -> Quota {
        match self {
            Self::Send => Quota::Send,
            Self::Upload => Quota::Upload,
            Self::Status | Self::Cancel | Self::Document => Quota::Status,
            Self::List => Quota::List,
            Self::Numbers
            | Self::Own
            | Self::Keys
            | Self::People
            | Self::Tenants
            | Self::Webhooks
            | Self::Mail
            | Self::Events
            | Self::Contacts
            | Self::Broadcasts
            | Self::Usage
            | Self::Records => Quota::Manage,
        }
    }

    /// Its name in counters that nodes share.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Upload => "upload",
            Self::Status => "status",
            Self::List => "list",
            Self::Cancel => "cancel",
            Self::Document => "document",
            Self::Numbers => "numbers",
            Self::Own => "own",
            Self::Keys => "keys",
            Self::People => "people",
            Self::Tenants => "tenants",
            Self::Webhooks => "webhooks",
            Self::Mail => "mail",
            Self::Events => "events",
            Self::Contacts => "contacts",
            Self::Broadcasts => "broadcasts",
            Self::Usage => "usage",
            Self::Records => "records",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reading_needs_the_half_that_reads() {
        assert_eq!(Counted::Numbers.right(true), Some(Right::NumbersRead));
        assert_eq!(Counted::Numbers.right(false), Some(Right::NumbersWrite));
        assert_eq!(Counted::Status.right(false), Some(Right::FaxRead));
        assert_eq!(Counted::Send.right(true), Some(Right::FaxSend));
        assert_eq!(Counted::Own.right(false), None);
    }
}
