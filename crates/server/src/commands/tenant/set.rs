//! `faxgate tenant set`

use std::str::FromStr;

use clap::Args;
use faxgate_config::Money;
use faxgate_core::TenantChange;
use faxgate_types::{
    Countries, Country, LastPage, Quota, RetryKind, RetrySteps, SendingWindow, TimeZone,
    UnknownOutcome,
};

/// `faxgate tenant set`.
#[derive(Debug, Args)]
pub struct Set {
    /// Its slug.
    pub(super) slug: String,
    /// Its name on paper.
    #[arg(long)]
    name: Option<String>,
    /// Its clocks, as an IANA name such as America/New_York.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<TimeZone>,
    /// Where it is, in two letters: national numbers are read there from now on.
    #[arg(long, value_name = "CC")]
    country: Option<Country>,
    /// Requests an hour and user that hold instead of the gateway's: send=500; 0 is without a limit, send=none as the gateway has
    /// it. The kinds: send, upload, status, list, manage. May be given several times.
    #[arg(long, value_name = "KIND=N")]
    rate_limit: Vec<RateLimit>,
    /// Where it may call, in two letters each, separated by commas.
    #[arg(long, value_name = "CC,…", value_delimiter = ',')]
    allowed_countries: Option<Vec<Country>>,
    /// Its share of the lines against other tenants', 1 to 10000; 100 if not chosen.
    #[arg(long, value_name = "N")]
    weight: Option<OrNone<u32>>,
    /// Calls at one time at most.
    #[arg(long, value_name = "N")]
    max_calls: Option<OrNone<u32>>,
    /// Calls begun in one second at most.
    #[arg(long, value_name = "N")]
    calls_per_second: Option<OrNone<u32>>,
    /// Calls begun in one minute at most.
    #[arg(long, value_name = "N")]
    attempts_per_minute: Option<OrNone<u32>>,
    /// Calls begun on one day at most; days begin at midnight on its clocks.
    #[arg(long, value_name = "N")]
    attempts_per_day: Option<OrNone<u32>>,
    /// Minutes on the line on one day at most.
    #[arg(long, value_name = "MINUTES")]
    minutes_per_day: Option<OrNone<u32>>,
    /// Money on one day at most, in the currency of the settings, such as 12.50.
    #[arg(long, value_name = "AMOUNT")]
    cost_per_day: Option<OrNone<Money>>,
    /// Pages sent on one day at most.
    #[arg(long, value_name = "N")]
    pages_per_day: Option<OrNone<u32>>,
    /// Calls begun in one month at most; months begin at midnight on its clocks.
    #[arg(long, value_name = "N")]
    attempts_per_month: Option<OrNone<u32>>,
    /// Minutes on the line in one month at most.
    #[arg(long, value_name = "MINUTES")]
    minutes_per_month: Option<OrNone<u32>>,
    /// Money in one month at most.
    #[arg(long, value_name = "AMOUNT")]
    cost_per_month: Option<OrNone<Money>>,
    /// Pages sent in one month at most.
    #[arg(long, value_name = "N")]
    pages_per_month: Option<OrNone<u32>>,
    /// Hours in which its faxes go out, on the recipient's clock, such as "Mon-Fri 08:00-18:00"; may be given several
    /// times, and takes the place of those before. Urgent faxes go at any hour.
    #[arg(long, value_name = "HOURS")]
    window: Vec<SendingWindow>,
    /// Its faxes go out at any hour.
    #[arg(long, conflicts_with = "window")]
    no_windows: bool,
    /// When nobody knows whether a call arrived: hold, resend_all or resend_unconfirmed.
    #[arg(long, value_name = "WHAT")]
    unknown: Option<OrNone<UnknownOutcome>>,
    /// When only the last page is unconfirmed: resend or hold.
    #[arg(long, value_name = "WHAT")]
    last_page: Option<OrNone<LastPage>>,
    /// So many seconds after the send the next failure is final.
    #[arg(long, value_name = "SECONDS")]
    give_up_after: Option<OrNone<u32>>,
    /// Calls to one recipient in all, whatever the reasons.
    #[arg(long, value_name = "N")]
    max_tries: Option<OrNone<u32>>,
    /// Tries that may end so, and the waits in seconds after them: busy=5:60,180,300. The kinds: busy, no_answer, line,
    /// partial, negotiation, not_fax, local, and without tries back_pressure and account (account=:300,900). May be given
    /// several times; busy=none takes it away.
    #[arg(long, value_name = "KIND=N:WAIT,…")]
    tries: Vec<Tries>,
}

impl Set {
    pub(super) fn change(self) -> TenantChange {
        let windows = match (self.no_windows, self.window.is_empty()) {
            (true, _) => Some(Vec::new()),
            (false, true) => None,
            (false, false) => Some(self.window),
        };
        TenantChange {
            name: self.name,
            time_zone: self.time_zone,
            country: self.country,
            rate_limits: self
                .rate_limit
                .into_iter()
                .map(|RateLimit(quota, requests)| (quota, requests))
                .collect(),
            allowed_countries: self.allowed_countries.map(Countries),
            weight: self.weight.map(Into::into),
            max_calls: self.max_calls.map(Into::into),
            calls_per_second: self.calls_per_second.map(Into::into),
            attempts_per_minute: self.attempts_per_minute.map(Into::into),
            attempts_per_day: self.attempts_per_day.map(Into::into),
            minutes_per_day: self.minutes_per_day.map(Into::into),
            cost_per_day: self
                .cost_per_day
                .map(|cost| Option::from(cost).map(Money::millionths)),
            pages_per_day: self.pages_per_day.map(Into::into),
            attempts_per_month: self.attempts_per_month.map(Into::into),
            minutes_per_month: self.minutes_per_month.map(Into::into),
            cost_per_month: self
                .cost_per_month
                .map(|cost| Option::from(cost).map(Money::millionths)),
            pages_per_month: self.pages_per_month.map(Into::into),
            windows,
            unknown: self.unknown.map(Into::into),
            last_page: self.last_page.map(Into::into),
            give_up_after_seconds: self.give_up_after.map(Into::into),
            max_tries: self.max_tries.map(Into::into),
            retry: self
                .tries
                .into_iter()
                .map(|tries| (tries.kind, tries.steps))
                .collect(),
            sending: serde_json::Map::new(),
        }
    }
}

/// A value, or the word `none`.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrNone<T>(Option<T>);

impl<T> From<OrNone<T>> for Option<T> {
    fn from(choice: OrNone<T>) -> Self {
        choice.0
    }
}

impl<T: FromStr<Err: std::fmt::Display>> FromStr for OrNone<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|value| Self(Some(value)))
            .map_err(|error: T::Err| format!("{error}; or none"))
    }
}

/// `send=500`, `send=none`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RateLimit(Quota, Option<u32>);

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is not like send=500 or send=none, of send, upload, status, list, manage"
            )
        };
        let (name, requests) = text.split_once('=').ok_or_else(wrong)?;
        let quota = Quota::ALL.into_iter().find(|quota| quota.as_str() == name);
        let requests = match requests {
            "none" => None,
            number => Some(number.parse().map_err(|_| wrong())?),
        };
        Ok(Self(quota.ok_or_else(wrong)?, requests))
    }
}

/// `busy=5:60,180,300`, `busy=5`, `account=:900`, `busy=none`.
#[derive(Clone, Debug)]
pub(super) struct Tries {
    kind: RetryKind,
    steps: Option<RetrySteps>,
}

impl FromStr for Tries {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is not like busy=5:60,180,300");
        let (kind, steps) = text.split_once('=').ok_or_else(wrong)?;
        let kind = kind.parse().map_err(|error| format!("{error}"))?;
        if steps == "none" {
            return Ok(Self { kind, steps: None });
        }
        let (tries, waits) = steps.split_once(':').unwrap_or((steps, ""));
        let tries = match tries {
            "" => None,
            tries => Some(tries.parse().map_err(|_| wrong())?),
        };
        let wait_seconds = waits
            .split(',')
            .filter(|wait| !wait.is_empty())
            .map(|wait| wait.trim().parse().map_err(|_| wrong()))
            .collect::<Result<Vec<u32>, _>>()?;
        if tries.is_none() && wait_seconds.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            kind,
            steps: Some(RetrySteps {
                tries,
                wait_seconds,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_read_with_or_without_waits() {
        let read = |text: &str| text.parse::<Tries>().map(|tries| (tries.kind, tries.steps));
        let steps = |tries, wait_seconds: &[u32]| {
            Some(RetrySteps {
                tries,
                wait_seconds: wait_seconds.to_vec(),
            })
        };
        assert_eq!(
            read("busy=5:60,180"),
            Ok((RetryKind::Busy, steps(Some(5), &[60, 180])))
        );
        assert_eq!(
            read("not_fax=1"),
            Ok((RetryKind::NotFax, steps(Some(1), &[])))
        );
        assert_eq!(
            read("account=:900"),
            Ok((RetryKind::Account, steps(None, &[900])))
        );
        assert_eq!(read("line=none"), Ok((RetryKind::Line, None)));
        for wrong in ["busy", "busy=", "busy=:", "bored=1", "busy=x", "busy=1:x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn none_takes_a_choice_away() {
        let read = |text: &str| text.parse::<OrNone<u32>>().map(|choice| choice.0);
        assert_eq!(read("none"), Ok(None));
        assert_eq!(read("7"), Ok(Some(7)));
        assert_eq!(
            read("x").unwrap_err(),
            "invalid digit found in string; or none"
        );
    }
}
