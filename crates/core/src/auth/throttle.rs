//! Whoever guesses passwords waits ever longer; whoever knows theirs does not.
//!
//! Tries are counted by account and network (an IPv4 address, or the first 64 bits of an IPv6 one): ten are free, then each has to wait
//! twice as long as the one before, up to a quarter of an hour. They are also counted by account alone, against whoever guesses from
//! many networks: a hundred are free, then there is one a minute. That does not hold for networks which the user has logged in from
//! within 90 days, so no stranger locks a user out where they usually are, and nowhere for longer than a minute.
//!
//! A name that nobody has is counted as any other: the answers do not tell which names there are.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use faxgate_db::System;
use faxgate_db::login_tries::{self, ANYWHERE, Tries};
use faxgate_types::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::audit::{Actor, Chain, Entry};
use crate::error::{Error, Result};

/// Free tries, and the longest wait after them.
#[derive(Clone, Copy)]
struct Patience {
    free: i64,
    longest: Duration,
}

const HERE: Patience = Patience {
    free: 10,
    longest: Duration::from_secs(15 * 60),
};
const EVERYWHERE: Patience = Patience {
    free: 100,
    longest: Duration::from_secs(60),
};
/// The account of all names that nobody has; no name has this SHA-256.
const NOBODY: &str = "nobody";
/// Tries are forgotten after so long.
const FORGET_TRIES: Duration = Duration::from_secs(24 * 3600);
/// And networks.
const FORGET_NETWORKS: Duration = Duration::from_secs(90 * 24 * 3600);

/// Whose login is tried, from where.
#[derive(Clone, Debug)]
pub(super) struct Try {
    account: String,
    network: String,
    /// How many have failed one behind the other, with this one if it does.
    number: i64,
}

impl Try {
    pub(super) fn new(username: &str, address: Option<IpAddr>) -> Self {
        Self {
            account: hex::encode(Sha256::digest(username.as_bytes())),
            network: network(address),
            number: 0,
        }
    }

    /// What the audit log has about this one, should it fail: each of those that are free, and then one of a hundred.
    pub(super) fn details(&self, wrong: &str) -> Option<serde_json::Value> {
        let is_told = self.number <= HERE.free || self.number % 100 == 0;
        is_told.then(|| json!({"wrong": wrong, "tries": self.number}))
    }
}

/// The part of an address that one subscriber holds.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "console".to_owned(),
        Some(IpAddr::V6(v6)) => Ipv6Addr::from(u128::from(v6) >> 64 << 64).to_string(),
        Some(v4) => v4.to_string(),
    }
}

impl Patience {
    /// How long after the last try the next one may come.
    fn wait(self, failures: i64) -> Duration {
        if failures < self.free {
            return Duration::ZERO;
        }
        let beyond = u32::try_from(failures - self.free).unwrap_or(u32::MAX);
        let seconds = 1u64.checked_shl(beyond).unwrap_or(u64::MAX);
        Duration::from_secs(seconds.max(1)).min(self.longest)
    }

    fn left(self, tries: Option<Tries>, now: Timestamp) -> Duration {
        let Some(tries) = tries.filter(|tries| tries.last_at + FORGET_TRIES > now) else {
            return Duration::ZERO;
        };
        (tries.last_at + self.wait(tries.failures)).since(now)
    }
}

impl App {
    /// Counts a try as failed, until it is known that it did not.
    ///
    /// # Errors
    /// `TOO_MANY_TRIES`, with when to come again; it is not counted then.
    pub(super) async fn begin_try(&self, of: &mut Try) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("count a login").await?;
        login_tries::lock(&mut tx, &of.account).await?;
        let anywhere = login_tries::find(&mut tx, &of.account, ANYWHERE).await?;
        of.number = anywhere.map_or(0, |tries| tries.failures) + 1;
        let here = login_tries::find(&mut tx, &of.account, &of.network).await?;
        let mut wait = HERE.left(here, now);
        let since = now - FORGET_NETWORKS;
        if !login_tries::is_known(&mut tx, &of.account, &of.network, since).await? {
            wait = wait.max(EVERYWHERE.left(anywhere, now));
        }
        if !wait.is_zero() {
            let error = Error::rate_limited(
                "TOO_MANY_TRIES",
                "too many failed logins of this account; try again later",
            );
            return Err(error.retry_after(wait));
        }
        login_tries::count(&mut tx, &of.account, &of.network, now).await?;
        login_tries::count(&mut tx, &of.account, ANYWHERE, now).await?;
        Ok(tx.commit().await?)
    }

    /// A try that was neither right nor wrong: it does not count.
    pub(super) async fn take_try_back(self, of: Try) -> Result<()> {
        let mut tx = self.db.system("take a login back").await?;
        login_tries::take_back(&mut tx, &of.account, &of.network).await?;
        login_tries::take_back(&mut tx, &of.account, ANYWHERE).await?;
        Ok(tx.commit().await?)
    }

    /// A try that was right: those before it are forgotten.
    pub(super) async fn end_try(&self, tx: &mut System, of: &Try) -> Result<()> {
        Ok(login_tries::succeeded(tx, &of.account, &of.network, self.now()).await?)
    }

    /// Counts a refused login of a name that nobody has. What was typed as a name may be a password, and strangers do not get to write
    /// a line of the audit log each: it has one an hour, which says how many there were.
    pub(super) async fn count_nobody(&self) -> Result<()> {
        let mut tx = self.db.system("a login of nobody's was refused").await?;
        login_tries::count(&mut tx, NOBODY, ANYWHERE, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down how many logins of names that nobody has there were, and forgets tries and networks that count no more.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn tidy_logins(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("tidy logins").await?;
        if let Some(tries) = login_tries::find(&mut tx, NOBODY, ANYWHERE).await?
            // Otherwise there is another one at this moment: the next round has them.
            && login_tries::take(&mut tx, NOBODY, ANYWHERE, tries.failures).await?
        {
            let entry = Entry::new(Actor::System, "user.logins_refused", "nobody")
                .details(json!({"logins": tries.failures}));
            self.audit(&mut tx, Chain::Gateway, entry).await?;
        }
        login_tries::forget(&mut tx, now - FORGET_TRIES, now - FORGET_NETWORKS).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound() {
        let waits: Vec<_> = (8..=22).map(|n| HERE.wait(n).as_secs()).collect();
        assert_eq!(
            waits,
            [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
        );
        assert_eq!(HERE.wait(i64::MAX), HERE.longest);
        assert_eq!(EVERYWHERE.wait(99), Duration::ZERO);
        assert_eq!(EVERYWHERE.wait(1000).as_secs(), 60);
    }

    #[test]
    fn whoever_guesses_on_and_on_does_not_fill_the_audit_log() {
        let told = (1..=1000).filter(|number| {
            let mut of = Try::new("ada", None);
            of.number = *number;
            of.details("password").is_some()
        });
        assert_eq!(told.count(), 20);
    }

    #[test]
    fn what_one_subscriber_holds_counts_together() {
        let of = |text: &str| network(text.parse().ok());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network(None), "console");
    }

    #[test]
    fn old_tries_count_no_more() {
        let now = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        let tries = |ago| {
            let last_at = now - Duration::from_secs(ago);
            Some(Tries {
                failures: 30,
                last_at,
            })
        };
        assert_eq!(HERE.left(tries(10), now).as_secs(), 890);
        assert_eq!(HERE.left(tries(901), now), Duration::ZERO);
        assert_eq!(HERE.left(None, now), Duration::ZERO);
    }
}
