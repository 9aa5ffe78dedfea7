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
use sha2::{Digest as _, Sha256};

use crate::app::App;
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
/// Tries are forgotten after so long.
const FORGET_TRIES: Duration = Duration::from_secs(24 * 3600);
/// And networks.
const FORGET_NETWORKS: Duration = Duration::from_secs(90 * 24 * 3600);

/// Whose login is tried, from where.
#[derive(Clone, Debug)]
pub(super) struct Try {
    account: String,
    network: String,
}

impl Try {
    pub(super) fn new(username: &str, address: Option<IpAddr>) -> Self {
        Self {
            account: hex::encode(Sha256::digest(username.as_bytes())),
            network: network(address),
        }
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
    pub(super) async fn begin_try(&self, of: &Try) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("count a login").await?;
        login_tries::lock(&mut tx, &of.account).await?;
        let here = login_tries::find(&mut tx, &of.account, &of.network).await?;
        let mut wait = HERE.left(here, now);
        let since = now - FORGET_NETWORKS;
        if !login_tries::is_known(&mut tx, &of.account, &of.network, since).await? {
            let anywhere = login_tries::find(&mut tx, &of.account, ANYWHERE).await?;
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
        let now = self.now();
        login_tries::succeeded(tx, &of.account, &of.network, now).await?;
        Ok(login_tries::forget(tx, now - FORGET_TRIES, now - FORGET_NETWORKS).await?)
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
