//! What items wait for.

use std::fmt;
use std::str::FromStr;

/// Why an item is not being sent now. Some of these lie with the item, some with its tenant's share, some are found when
/// somebody asks. None tells of another tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingFor {
    /// The time that its sender chose.
    Schedule,
    /// A sending window, on the recipient's clock.
    Window,
    /// The next try after a failure.
    Retry,
    /// A line that takes calls.
    Line,
    /// An open call to the same number.
    Destination,
    /// Its tenant has as many calls as it may.
    TenantCalls,
    /// Its tenant has begun as many calls this second as it may.
    CallsPerSecond,
    /// Its tenant has begun as many calls within a minute as it may.
    AttemptsPerMinute,
    /// Its tenant has begun as many calls today as it may.
    AttemptsPerDay,
    /// Its tenant has used its minutes of today.
    MinutesPerDay,
    /// Its tenant has used its money of today.
    CostPerDay,
    /// Its tenant has sent its pages of today.
    PagesPerDay,
    /// Its tenant has begun as many calls this month as it may.
    AttemptsPerMonth,
    /// Its tenant has used its minutes of this month.
    MinutesPerMonth,
    /// Its tenant has used its money of this month.
    CostPerMonth,
    /// Its tenant has sent its pages of this month.
    PagesPerMonth,
    /// Its tenant has too little prepaid money left.
    Balance,
    /// Its tenant's sending policy cannot be read; an operator finds more in the log.
    Policy,
    /// Its tenant is suspended by an operator.
    Suspended,
}

/// A word that is no [`WaitingFor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing waits for `{0}`")]
pub struct UnknownReason(String);

impl WaitingFor {
    /// Every reason.
    pub const ALL: [Self; 19] = [
        Self::Schedule,
        Self::Window,
        Self::Retry,
        Self::Line,
        Self::Destination,
        Self::TenantCalls,
        Self::CallsPerSecond,
        Self::AttemptsPerMinute,
        Self::AttemptsPerDay,
        Self::MinutesPerDay,
        Self::CostPerDay,
        Self::PagesPerDay,
        Self::AttemptsPerMonth,
        Self::MinutesPerMonth,
        Self::CostPerMonth,
        Self::PagesPerMonth,
        Self::Balance,
        Self::Policy,
        Self::Suspended,
    ];

    /// The code, in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Window => "window",
            Self::Retry => "retry",
            Self::Line => "line",
            Self::Destination => "destination",
            Self::TenantCalls => "tenant_calls",
            Self::CallsPerSecond => "calls_per_second",
            Self::AttemptsPerMinute => "attempts_per_minute",
            Self::AttemptsPerDay => "attempts_per_day",
            Self::MinutesPerDay => "minutes_per_day",
            Self::CostPerDay => "cost_per_day",
            Self::PagesPerDay => "pages_per_day",
            Self::AttemptsPerMonth => "attempts_per_month",
            Self::MinutesPerMonth => "minutes_per_month",
            Self::CostPerMonth => "cost_per_month",
            Self::PagesPerMonth => "pages_per_month",
            Self::Balance => "balance",
            Self::Policy => "policy",
            Self::Suspended => "suspended",
        }
    }
}

impl fmt::Display for WaitingFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for WaitingFor {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|reason| reason.as_str() == code);
        known.ok_or_else(|| UnknownReason(code.chars().take(40).collect()))
    }
}
