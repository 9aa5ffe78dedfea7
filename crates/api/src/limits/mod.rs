//! How often one user, or one address, may ask.

mod address;
mod clock;
mod counted;
mod limiter;
mod standing;

use std::net::IpAddr;

use faxgate_types::UserId;

use crate::options::Quotas;
use address::Subscriber;
use clock::Uptime;
use limiter::Limiter;

pub(crate) use counted::Counted;
pub(crate) use standing::{Standing, whole_seconds};

/// All counters of the API.
#[derive(Debug)]
pub(crate) struct Limits {
    send: Option<Limiter<UserId>>,
    upload: Option<Limiter<UserId>>,
    status: Option<Limiter<UserId>>,
    list: Option<Limiter<UserId>>,
    cancel: Option<Limiter<UserId>>,
    document: Option<Limiter<UserId>>,
    numbers: Option<Limiter<UserId>>,
    manage: Option<Limiter<UserId>>,
    login: Option<Limiter<Subscriber>>,
}

impl Limits {
    pub(crate) fn new(quotas: Quotas) -> Self {
        let clock = Uptime::new();
        let hourly = |quota: Option<_>| quota.map(|quota| Limiter::an_hour(quota, clock.clone()));
        Self {
            send: hourly(quotas.send),
            upload: hourly(quotas.upload),
            status: hourly(quotas.status),
            list: hourly(quotas.list),
            cancel: hourly(quotas.status),
            document: hourly(quotas.status),
            numbers: hourly(quotas.status),
            manage: hourly(quotas.status),
            login: quotas
                .login
                .map(|quota| Limiter::a_minute(quota, clock.clone())),
        }
    }

    /// Counts a user's request; `None` when the endpoint has no limit.
    pub(crate) fn count(&self, endpoint: Counted, user: UserId) -> Option<Standing> {
        let limiter = match endpoint {
            Counted::Send => &self.send,
            Counted::Upload => &self.upload,
            Counted::Status => &self.status,
            Counted::List => &self.list,
            Counted::Cancel => &self.cancel,
            Counted::Document => &self.document,
            Counted::Numbers => &self.numbers,
            Counted::Own
            | Counted::Keys
            | Counted::People
            | Counted::Tenants
            | Counted::Webhooks
            | Counted::Mail
            | Counted::Events
            | Counted::Contacts
            | Counted::Broadcasts
            | Counted::Usage
            | Counted::Records => &self.manage,
        };
        limiter.as_ref().map(|limiter| limiter.count(&user))
    }

    /// Counts a login from an address; `None` when logins have no limit.
    pub(crate) fn count_login(&self, address: IpAddr) -> Option<Standing> {
        self.login
            .as_ref()
            .map(|limiter| limiter.count(&address.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use faxgate_types::Ambient;

    use super::*;

    #[test]
    fn each_endpoint_and_each_user_has_a_count_of_its_own() {
        let limits = Limits::new(Quotas {
            send: NonZeroU32::new(1),
            upload: None,
            ..Quotas::default()
        });
        let (one, other) = (
            UserId::generate(&Ambient::system()),
            UserId::generate(&Ambient::system()),
        );
        assert_eq!(limits.count(Counted::Send, one).unwrap().wait, None);
        assert!(limits.count(Counted::Send, one).unwrap().wait.is_some());
        assert_eq!(limits.count(Counted::Send, other).unwrap().wait, None);
        assert_eq!(limits.count(Counted::Status, one).unwrap().remaining, 999);
        assert_eq!(limits.count(Counted::Document, one).unwrap().remaining, 999);
        assert_eq!(limits.count(Counted::Upload, one), None);
    }
}
