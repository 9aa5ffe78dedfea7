//! What a key may be used for: the scopes of API keys.

use std::fmt;
use std::str::FromStr;

use crate::state::{UnknownWord, words};

words! {
    /// One thing that a key may be used for. A right never gives more than the role of whoever holds the key.
    Right, "scope" {
        /// See faxes, their pages and their timelines.
        FaxRead = "fax:read",
        /// Upload, send and cancel.
        FaxSend = "fax:send",
        /// See numbers and orders of numbers.
        NumbersRead = "numbers:read",
        /// Order, set up and give back numbers.
        NumbersWrite = "numbers:write",
        /// See and change webhook endpoints and their deliveries.
        Webhooks = "webhooks",
        /// See and change contacts, lists and do-not-fax entries.
        Contacts = "contacts",
        /// See and start broadcasts.
        Broadcasts = "broadcasts",
        /// Follow the tenant's events.
        Events = "events",
        /// See usage and money.
        Usage = "usage",
        /// See and change users, keys and sessions.
        People = "people",
        /// See and change tenants and what is set for them: limits, e-mail, branding.
        Tenants = "tenants",
        /// See the audit log; export, hold and erase.
        Records = "records",
    }
}

/// Several rights. Written as their words with spaces between (as OAuth 2.0 writes scopes, RFC 6749, 3.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rights(u32);

impl Rights {
    /// Every right there is, those of later versions included.
    pub const ALL: Self = Self(u32::MAX);
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether the right is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u32) != 0
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub const fn covers(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether nothing is held back: a key without scopes, a session.
    #[must_use]
    pub const fn is_all(self) -> bool {
        self.0 == u32::MAX
    }

    /// Each of them, in the order of [`Right::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |r| self.has(*r))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |all, r| all | 1 << r as u32))
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, right) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(right.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_all() {
            true => f.write_str("Rights(all)"),
            false => write!(f, "Rights({self})"),
        }
    }
}

impl FromStr for Rights {
    type Err = UnknownWord;

    /// Reads the words of [`Rights::ALL`]'s members, with spaces or commas between; nothing reads as [`Rights::NONE`].
    fn from_str(words: &str) -> Result<Self, UnknownWord> {
        words
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(str::parse)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_rights_have_every_one_and_none_has_none() {
        for right in Right::ALL {
            assert!(Rights::ALL.has(*right) && !Rights::NONE.has(*right));
        }
        assert!(Rights::ALL.is_all());
        // Written out they are those of today: what a later version adds is not among them.
        let named: Rights = Right::ALL.iter().copied().collect();
        assert!(!named.is_all() && Rights::ALL.covers(named) && !named.covers(Rights::ALL));
    }

    #[test]
    fn words_are_read_with_spaces_or_commas() {
        let rights: Rights = "fax:send, fax:read".parse().unwrap();
        assert_eq!(rights.to_string(), "fax:read fax:send");
        assert_eq!("".parse::<Rights>().unwrap(), Rights::NONE);
        assert!("fax:everything".parse::<Rights>().is_err());
    }

    proptest! {
        #[test]
        fn rights_read_back_and_have_what_was_put_in(chosen in prop::collection::vec(prop::sample::select(Right::ALL.to_vec()), 0..20)) {
            let rights: Rights = chosen.iter().copied().collect();
            prop_assert_eq!(rights.to_string().parse::<Rights>().unwrap(), rights);
            for right in Right::ALL {
                prop_assert_eq!(rights.has(*right), chosen.contains(right));
            }
            let some: Rights = chosen.iter().copied().take(3).collect();
            prop_assert!(rights.covers(some) && Rights::ALL.covers(rights) && rights.covers(Rights::NONE));
        }
    }
}
