//! What a tenant may choose, and within which bounds.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::window::{SendingWindow, open_at};
use crate::state::{Priority, words};
use crate::time::Timestamp;
use crate::zone::TimeZone;

words! {
    /// What to do with a fax whose outcome nobody knows.
    #[derive(Default)]
    UnknownOutcome, "policy for unknown outcomes" {
        /// A person decides.
        #[default]
        Hold = "hold",
        /// Send every page again.
        ResendAll = "resend_all",
        /// Send the pages that were not confirmed.
        ResendUnconfirmed = "resend_unconfirmed",
    }
}

words! {
    /// What to do when only the last page is unconfirmed: the far end may hold the whole fax.
    #[derive(Default)]
    LastPage, "policy for the last page" {
        /// A missing page is worse than a repeated one.
        #[default]
        Resend = "resend",
        /// A person decides.
        Hold = "hold",
    }
}

words! {
    /// A reason to try again, each with tries and waits of its own.
    RetryKind, "kind of retry" {
        /// The line was busy.
        Busy = "busy",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// The line broke, or could not be had.
        Line = "line",
        /// Some pages came through: go on with the next.
        Partial = "partial",
        /// The machines did not understand each other.
        Negotiation = "negotiation",
        /// No fax machine answered.
        NotFax = "not_fax",
        /// Our own side failed.
        Local = "local",
        /// The lane had no room. Uses up no try, so that it never runs out.
        BackPressure = "back_pressure",
        /// The carrier refuses the account. Uses up no try, so that it never runs out.
        Account = "account",
    }
}

impl RetryKind {
    /// Whether it uses up no try.
    #[must_use]
    pub const fn is_endless(self) -> bool {
        matches!(self, Self::BackPressure | Self::Account)
    }
}

/// How often to try and how long to wait in between, for one [`RetryKind`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySteps {
    /// Tries that may end this way, the first included: 1 to 100. Absent: the gateway's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// Seconds to wait, in order; the last one repeats. Empty: the gateway's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wait_seconds: Vec<u32>,
}

/// What a tenant, or an operator for it, has chosen. What is absent is as the gateway has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendingPolicy {
    /// Share of the lines against other tenants, 1 to 10,000; 100 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Calls at one time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<u32>,
    /// Calls begun in one second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_second: Option<u32>,
    /// Calls begun in one minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_per_minute: Option<u32>,
    /// Calls begun on one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_per_day: Option<u32>,
    /// Minutes on the line on one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_per_day: Option<u32>,
    /// Money on one day, in millionths of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_day: Option<u64>,
    /// Pages that far ends confirm on one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages_per_day: Option<u32>,
    /// Calls begun in one month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_per_month: Option<u32>,
    /// Minutes on the line in one month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_per_month: Option<u32>,
    /// Money in one month, in millionths of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_month: Option<u64>,
    /// Pages that far ends confirm in one month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages_per_month: Option<u32>,
    /// Whether its calls are paid from a prepaid balance. What holds is the balance's own mark; this tells claims to look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepaid: Option<bool>,
    /// When faxes may be sent, in the recipient's time zone. Empty: always.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<SendingWindow>,
    /// When nobody knows how a call ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownOutcome>,
    /// When only the last page is unconfirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_page: Option<LastPage>,
    /// Seconds after which the next failure is final.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub give_up_after_seconds: Option<u32>,
    /// Tries in all, whatever the reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tries: Option<u32>,
    /// Tries and waits by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub retry: BTreeMap<RetryKind, RetrySteps>,
}

/// A choice outside its bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct PolicyError {
    /// Where, such as `retry.busy.tries`.
    pub field: String,
    /// What is wrong there, as the end of a sentence: `must be between 1 and 100`.
    pub problem: String,
}

const YEAR: u32 = 365 * 24 * 3600;
const WEEK: u32 = 7 * 24 * 3600;

impl SendingPolicy {
    /// The share that a tenant has without a choice.
    pub const DEFAULT_WEIGHT: u32 = 100;

    /// The share of the lines.
    #[must_use]
    pub fn weight(&self) -> u32 {
        self.weight.unwrap_or(Self::DEFAULT_WEIGHT)
    }

    /// Whether a fax of this priority may be sent now to a number that is in one of `zones`; if not, when next.
    ///
    /// Urgent faxes go at any hour.
    ///
    /// # Errors
    /// The time when it may be sent.
    pub fn open_at(
        &self,
        priority: Priority,
        zones: &[TimeZone],
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        match priority {
            Priority::Urgent => Ok(()),
            Priority::Normal | Priority::Bulk => open_at(&self.windows, zones, now),
        }
    }

    /// Whether every choice is within its bounds.
    ///
    /// # Errors
    /// The first that is not.
    pub fn validate(&self) -> Result<(), PolicyError> {
        within("weight", self.weight, 1..=10_000)?;
        within("max_calls", self.max_calls, 1..=100_000)?;
        within("calls_per_second", self.calls_per_second, 1..=10_000)?;
        within(
            "attempts_per_minute",
            self.attempts_per_minute,
            1..=1_000_000,
        )?;
        within("attempts_per_day", self.attempts_per_day, 1..=100_000_000)?;
        within("minutes_per_day", self.minutes_per_day, 1..=100_000_000)?;
        within("pages_per_day", self.pages_per_day, 1..=100_000_000)?;
        within(
            "attempts_per_month",
            self.attempts_per_month,
            1..=2_000_000_000,
        )?;
        within(
            "minutes_per_month",
            self.minutes_per_month,
            1..=2_000_000_000,
        )?;
        within("pages_per_month", self.pages_per_month, 1..=2_000_000_000)?;
        for (field, cost) in [
            ("cost_per_day", self.cost_per_day),
            ("cost_per_month", self.cost_per_month),
        ] {
            if cost.is_some_and(|cost| cost > 1_000_000_000_000_000) {
                return Err(error(field, "must be at most 1000000000000000 millionths"));
            }
        }
        if self.windows.len() > 50 {
            return Err(error("windows", "has more than 50 entries"));
        }
        within(
            "give_up_after_seconds",
            self.give_up_after_seconds,
            60..=YEAR,
        )?;
        within("max_tries", self.max_tries, 1..=100)?;
        for (kind, steps) in &self.retry {
            steps.validate(*kind)?;
        }
        Ok(())
    }
}

impl RetrySteps {
    fn validate(&self, kind: RetryKind) -> Result<(), PolicyError> {
        let tries = format!("retry.{kind}.tries");
        if kind.is_endless() && self.tries.is_some() {
            return Err(error(&tries, "cannot be set: this kind uses up no try"));
        }
        within(&tries, self.tries, 1..=100)?;
        let waits = format!("retry.{kind}.wait_seconds");
        if self.wait_seconds.len() > 32 {
            return Err(error(&waits, "has more than 32 waits"));
        }
        for wait in &self.wait_seconds {
            within(&waits, Some(*wait), 1..=WEEK)?;
        }
        Ok(())
    }
}

fn within(field: &str, value: Option<u32>, bounds: RangeInclusive<u32>) -> Result<(), PolicyError> {
    match value {
        Some(value) if !bounds.contains(&value) => Err(error(
            field,
            &format!(
                "must be between {} and {}, and is {value}",
                bounds.start(),
                bounds.end()
            ),
        )),
        _ => Ok(()),
    }
}

fn error(field: &str, problem: &str) -> PolicyError {
    PolicyError {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> SendingPolicy {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn nothing_chosen_is_an_empty_object() {
        assert_eq!(read("{}"), SendingPolicy::default());
        assert_eq!(
            serde_json::to_string(&SendingPolicy::default()).unwrap(),
            "{}"
        );
        assert_eq!(SendingPolicy::default().weight(), 100);
    }

    #[test]
    fn a_policy_reads_back() {
        let json = r#"{"weight":250,"windows":["Mon-Fri 08:00-18:00"],"unknown":"resend_all","last_page":"hold","retry":{"busy":{"tries":3,"wait_seconds":[60,120]},"account":{"wait_seconds":[900]}}}"#;
        let policy = read(json);
        assert_eq!(policy.validate(), Ok(()));
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        for (json, says) in [
            (
                r#"{"weight":0}"#,
                "weight must be between 1 and 10000, and is 0",
            ),
            (
                r#"{"retry":{"busy":{"tries":101}}}"#,
                "retry.busy.tries must be between 1 and 100, and is 101",
            ),
            (
                r#"{"retry":{"account":{"tries":3}}}"#,
                "retry.account.tries cannot be set: this kind uses up no try",
            ),
            (
                r#"{"retry":{"line":{"wait_seconds":[0]}}}"#,
                "retry.line.wait_seconds must be between 1 and 604800, and is 0",
            ),
            (
                r#"{"give_up_after_seconds":5}"#,
                "give_up_after_seconds must be between 60 and 31536000, and is 5",
            ),
        ] {
            assert_eq!(read(json).validate().unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn unknown_words_are_refused_by_name() {
        for (json, says) in [
            (r#"{"wieght":5}"#, "unknown field `wieght`"),
            (
                r#"{"unknown":"drop"}"#,
                "unknown policy for unknown outcomes `drop`",
            ),
            (r#"{"retry":{"bored":{}}}"#, "unknown kind of retry `bored`"),
            (r#"{"windows":["Mon-Fri 8-25:00"]}"#, "not a sending window"),
        ] {
            let error = serde_json::from_str::<SendingPolicy>(json)
                .unwrap_err()
                .to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
