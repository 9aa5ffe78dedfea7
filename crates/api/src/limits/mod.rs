//! How often one user, or one address, may ask.
//!
//! A user's requests are counted for each endpoint apart; where the tenant has quotas of its own, for each of its users in that tenant.
//! Counters are in memory (`governor`), or with `rate_limits.shared` in PostgreSQL for all nodes together; what is in memory then
//! follows, and decides while the database does not answer.

mod address;
mod clock;
mod counted;
mod hourly;
mod limiter;
mod shared;
mod standing;

use std::net::IpAddr;
use std::num::NonZeroU32;

use faxgate_core::{Counters, Tenant};
use faxgate_types::{Quota, TenantId, UserId};

use crate::options::Quotas;
use address::Subscriber;
use clock::Uptime;
use hourly::Hourly;
use limiter::Limiter;
use shared::Shared;

pub(crate) use counted::Counted;
pub(crate) use standing::{Standing, whole_seconds};

/// What a notice counts in addition whose signature is missing or wrong.
const PENALTY: u32 = 19;

/// All counters of the API.
#[derive(Debug)]
pub(crate) struct Limits {
    quotas: Quotas,
    hourly: Hourly,
    login: Option<Limiter<Subscriber>>,
    webhook: Option<Limiter<Subscriber>>,
    shared: Option<Shared>,
}

/// Whose requests are counted together, and at which endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    endpoint: Counted,
    user: UserId,
    /// Where the tenant has a quota of its own.
    tenant: Option<TenantId>,
}

impl Limits {
    pub(crate) fn new(quotas: Quotas, counters: Option<Counters>) -> Self {
        let clock = Uptime::new();
        let a_minute = |quota: Option<_>| quota.map(|n| Limiter::a_minute(n, clock.clone()));
        Self {
            login: a_minute(quotas.login),
            webhook: a_minute(quotas.webhook),
            hourly: Hourly::new(clock),
            shared: counters.map(Shared::new),
            quotas,
        }
    }

    /// Counts a user's request, in the tenant that they are in as far as that is known; `None` when there is no limit.
    pub(crate) async fn count(
        &self,
        endpoint: Counted,
        user: UserId,
        tenant: Option<&Tenant>,
    ) -> Option<Standing> {
        let own = tenant.and_then(|tenant| {
            let own = tenant.rate_limits.get(endpoint.quota())?;
            Some((tenant.id, NonZeroU32::new(own)))
        });
        let (quota, tenant) = match own {
            Some((tenant, own)) => (own?, Some(tenant)),
            None => (self.usual(endpoint)?, None),
        };
        let subject = Subject {
            endpoint,
            user,
            tenant,
        };
        let limiter = self.hourly.of(quota);
        match &self.shared {
            Some(shared) => {
                let name = match tenant {
                    Some(tenant) => format!("{user} {tenant}"),
                    None => user.to_string(),
                };
                let count = shared.count(endpoint.as_str(), &name, &limiter, &subject);
                Some(count.await)
            }
            None => Some(limiter.count(&subject)),
        }
    }

    /// Where somebody stands whose request was not counted, since nobody knows who they are: with a quota that is untouched.
    pub(crate) fn untouched(&self, endpoint: Counted) -> Option<Standing> {
        let limit = self.usual(endpoint)?.get();
        Some(Standing::untouched(limit))
    }

    /// Counts a login from an address; `None` when logins have no limit.
    pub(crate) async fn count_login(&self, address: IpAddr) -> Option<Standing> {
        let limiter = self.login.as_ref()?;
        let subscriber = Subscriber::from(address);
        Some(match &self.shared {
            Some(shared) => {
                let name = subscriber.to_string();
                shared.count("login", &name, limiter, &subscriber).await
            }
            None => limiter.count(&subscriber),
        })
    }

    /// Counts a notice from an address; `None` when notices have no limit. Each node counts for itself: a notice must not wait for another.
    pub(crate) fn count_notice(&self, address: IpAddr) -> Option<Standing> {
        let limiter = self.webhook.as_ref()?;
        Some(limiter.count(&address.into()))
    }

    /// Counts a notice once more whose signature was missing or wrong. Where its sender stands then.
    pub(crate) fn punish_notice(&self, address: IpAddr) -> Option<Standing> {
        let (limiter, address) = (self.webhook.as_ref()?, address.into());
        let mut standing = None;
        for _ in 0..PENALTY {
            let counted = limiter.count(&address);
            standing = Some(counted);
            if counted.wait.is_some() {
                break;
            }
        }
        // This request was let through; it is the next one that is refused.
        standing.map(|standing| Standing {
            wait: None,
            ..standing
        })
    }

    fn usual(&self, endpoint: Counted) -> Option<NonZeroU32> {
        match endpoint.quota() {
            Quota::Send => self.quotas.send,
            Quota::Upload => self.quotas.upload,
            Quota::Status => self.quotas.status,
            Quota::List => self.quotas.list,
            Quota::Manage => self.quotas.manage,
        }
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    fn user() -> UserId {
        UserId::generate(&Ambient::system())
    }

    #[tokio::test]
    async fn each_endpoint_and_each_user_has_a_count_of_its_own() {
        let quotas = Quotas {
            send: NonZeroU32::new(1),
            upload: None,
            ..Quotas::default()
        };
        let limits = Limits::new(quotas, None);
        let (one, other) = (user(), user());
        let count = async |endpoint, user| limits.count(endpoint, user, None).await;
        assert_eq!(count(Counted::Send, one).await.unwrap().wait, None);
        assert!(count(Counted::Send, one).await.unwrap().wait.is_some());
        assert_eq!(count(Counted::Send, other).await.unwrap().wait, None);
        assert_eq!(count(Counted::Status, one).await.unwrap().remaining, 999);
        assert_eq!(count(Counted::Document, one).await.unwrap().remaining, 999);
        assert_eq!(count(Counted::Webhooks, one).await.unwrap().remaining, 999);
        assert_eq!(count(Counted::Upload, one).await, None);
        assert_eq!(limits.untouched(Counted::Send).unwrap().remaining, 1);
        assert_eq!(limits.untouched(Counted::Upload), None);
    }

    #[test]
    fn a_notice_without_a_good_signature_counts_as_twenty() {
        let quotas = Quotas {
            webhook: NonZeroU32::new(50),
            ..Quotas::default()
        };
        let limits = Limits::new(quotas, None);
        let (stranger, friend) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for left in [30, 10] {
            assert!(limits.count_notice(stranger).unwrap().wait.is_none());
            assert_eq!(limits.punish_notice(stranger).unwrap().remaining, left);
        }
        // What is left is not enough for the whole penalty: nothing is left then.
        assert!(limits.count_notice(stranger).unwrap().wait.is_none());
        assert_eq!(limits.punish_notice(stranger).unwrap().remaining, 0);
        assert!(limits.count_notice(stranger).unwrap().wait.is_some());
        for left in (0..50).rev() {
            assert_eq!(limits.count_notice(friend).unwrap().remaining, left);
        }
    }
}
