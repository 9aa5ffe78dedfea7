//! How often the users of a tenant may ask.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is counted, an hour and user. Several endpoints may go by one quota, each counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quota {
    /// Sends.
    Send,
    /// Uploads.
    Upload,
    /// Looks at one fax, its document; cancellations.
    Status,
    /// Lists.
    List,
    /// Everything that manages: numbers, people, webhooks and the like.
    Manage,
}

impl Quota {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::Send,
        Self::Upload,
        Self::Status,
        Self::List,
        Self::Manage,
    ];

    /// Its name, as in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Upload => "upload",
            Self::Status => "status",
            Self::List => "list",
            Self::Manage => "manage",
        }
    }
}

/// Quotas that hold for each user of a tenant instead of the gateway's. As text: `list=0,send=200`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateLimits(BTreeMap<Quota, u32>);

impl RateLimits {
    /// Requests an hour and user, 0: without a limit; `None`: as the gateway has it.
    #[must_use]
    pub fn get(&self, quota: Quota) -> Option<u32> {
        self.0.get(&quota).copied()
    }

    /// Sets a quota, or with `None` leaves it to the gateway.
    pub fn set(&mut self, quota: Quota, requests: Option<u32>) {
        match requests {
            Some(requests) => self.0.insert(quota, requests),
            None => self.0.remove(&quota),
        };
    }

    /// Those that are set.
    pub fn iter(&self) -> impl Iterator<Item = (Quota, u32)> + '_ {
        self.0.iter().map(|(quota, requests)| (*quota, *requests))
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (quota, requests)) in self.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            write!(f, "{comma}{}={requests}", quota.as_str())?;
        }
        Ok(())
    }
}

/// A text that names no quotas.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no quota: name=requests, an hour and user, of send, upload, status, list, manage"
)]
pub struct NoRateLimit(String);

impl FromStr for RateLimits {
    type Err = NoRateLimit;

    fn from_str(text: &str) -> Result<Self, NoRateLimit> {
        let mut limits = Self::default();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (name, requests) = part
                .split_once('=')
                .ok_or_else(|| NoRateLimit(part.to_owned()))?;
            let quota = Quota::ALL
                .into_iter()
                .find(|quota| quota.as_str() == name.trim());
            match (quota, requests.trim().parse()) {
                (Some(quota), Ok(requests)) => limits.set(quota, Some(requests)),
                _ => return Err(NoRateLimit(part.to_owned())),
            }
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotas_are_read_from_text_and_from_json() {
        let limits: RateLimits = "send=200, list=0".parse().unwrap();
        assert_eq!(limits.get(Quota::Send), Some(200));
        assert_eq!(limits.get(Quota::List), Some(0));
        assert_eq!(limits.get(Quota::Manage), None);
        let json = serde_json::to_string(&limits).unwrap();
        assert_eq!(json, r#"{"send":200,"list":0}"#);
        assert_eq!(serde_json::from_str::<RateLimits>(&json).unwrap(), limits);
        assert_eq!("".parse(), Ok(RateLimits::default()));
        for wrong in ["send", "send=", "send=-1", "sent=5", "send=5=6", "5"] {
            assert!(wrong.parse::<RateLimits>().is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<RateLimits>(r#"{"sent":5}"#).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(values in prop::array::uniform5(any::<Option<u32>>())) {
            let mut limits = RateLimits::default();
            for (quota, value) in Quota::ALL.into_iter().zip(values) {
                limits.set(quota, value);
            }
            prop_assert_eq!(limits.to_string().parse(), Ok(limits));
        }
    }
}
