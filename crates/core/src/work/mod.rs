//! Work that is not a call, done by one leased job runner.

pub(crate) mod covered;
mod render;
mod runner;

use std::fmt;
use std::str::FromStr;

use faxgate_types::{FaxId, JobId, TenantId};

/// Make a fax's pages. The subject is a [`FaxRef`].
pub(crate) const RENDER: &str = "render";

/// Make a fax of a reception. The subject is a reception's id.
pub(crate) const DELIVER: &str = "deliver";

/// Place an order of numbers, or see how it stands. The subject is an order's id.
pub(crate) const FOLLOW_ORDER: &str = "follow_order";

/// Give a number back to its carrier. The subject is a DID's id.
pub(crate) const RELEASE_NUMBER: &str = "release_number";

/// Drop what a carrier was to fetch for a call of which nobody knew how it ended. The subject is an attempt's id.
pub(crate) const DROP_DOCUMENT: &str = "drop_document";

/// Erase a tenant. The subject is a tenant's id.
pub(crate) const ERASE: &str = "erase_tenant";

/// Remove what is no longer kept. There is one.
pub(crate) const RETAIN: &str = "retain";

/// Make the faxes of a broadcast, and take in what became of them. The subject is a [`BroadcastRef`](crate::broadcasts::BroadcastRef).
pub(crate) const BROADCAST: &str = "broadcast";

/// A job in this node's hands.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) job: JobId,
    /// Failures so far.
    pub(crate) tries: i32,
}

/// How a job went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Its effect is committed, and the job is gone with it.
    Finished,
    /// A step is done, and the next one has its time.
    Later,
    /// There was nothing to do, or somebody else has done it.
    Nothing,
}

/// A fax, across tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FaxRef(pub(crate) TenantId, pub(crate) FaxId);

impl fmt::Display for FaxRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

/// A text that names no fax.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("not a tenant's id and a fax's id")]
pub(crate) struct NotAFaxRef;

impl FromStr for FaxRef {
    type Err = NotAFaxRef;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tenant, fax) = text.split_once('/').ok_or(NotAFaxRef)?;
        let tenant = tenant.parse().map_err(|_| NotAFaxRef)?;
        Ok(Self(tenant, fax.parse().map_err(|_| NotAFaxRef)?))
    }
}
