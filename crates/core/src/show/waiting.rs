//! Why a recipient waits, where it stands, and when its call may begin.

use faxgate_db::items::{Item, WaitingFor};
use faxgate_db::routes::{ON_NET, Route};
use faxgate_types::{ItemState, TimeZone, Timestamp};

use super::queue::Queue;

/// What a recipient waits for, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitCode {
    /// Its pages are being made.
    Preparing,
    /// The time that its sender chose.
    Scheduled,
    /// A sending window, on the recipient's clock.
    Window,
    /// The next try after a failure.
    Retry,
    /// An open call of its own tenant to the same number.
    DestinationBusy,
    /// Its tenant has as many calls as it may.
    TenantCalls,
    /// Its tenant has begun as many calls as it may in a second, a minute, a day or a month.
    TenantRate,
    /// Its tenant has used its minutes of today, or of this month.
    TenantMinutes,
    /// Its tenant has used its money of today, or of this month.
    TenantCost,
    /// Its tenant has sent as many pages as it may in a day or a month.
    TenantPages,
    /// Its tenant has too little prepaid money left for it.
    Balance,
    /// Its tenant's sending rules cannot be read.
    TenantRules,
    /// Its tenant is suspended.
    TenantSuspended,
    /// No line is connected.
    LaneDown,
    /// Every line is paused.
    LanePaused,
    /// Every line is in use.
    LaneFull,
    /// Its turn.
    Queue,
    /// Its broadcast, which a person set aside.
    Paused,
    /// A person's decision.
    Held,
}

impl WaitCode {
    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Scheduled => "scheduled",
            Self::Window => "window",
            Self::Retry => "retry",
            Self::DestinationBusy => "destination_busy",
            Self::TenantCalls => "tenant_calls",
            Self::TenantRate => "tenant_rate",
            Self::TenantMinutes => "tenant_minutes",
            Self::TenantCost => "tenant_cost",
            Self::TenantPages => "tenant_pages",
            Self::Balance => "balance",
            Self::TenantRules => "tenant_rules",
            Self::TenantSuspended => "tenant_suspended",
            Self::LaneDown => "lane_down",
            Self::LanePaused => "lane_paused",
            Self::LaneFull => "lane_full",
            Self::Queue => "queue",
            Self::Paused => "paused",
            Self::Held => "held",
        }
    }
}

/// What a recipient waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For programs.
    pub code: WaitCode,
    /// For people: why, and what comes next. Tells nothing of another tenant.
    pub message: String,
    /// Its place among the tenant's own items that are due; 1 is next.
    pub position: Option<u32>,
    /// About when its call begins, as far as can be told.
    pub estimated_start: Option<Timestamp>,
}

/// How the lines are that could take a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lines {
    /// None is connected.
    #[default]
    Down,
    /// All are paused, until the first one is not.
    Paused(Timestamp),
    /// At least one takes calls.
    Up,
}

/// What a recipient waits for; `None` when it is being called, or finished.
pub(super) fn waiting(item: &Item, queue: &Queue) -> Option<Waiting> {
    match item.state {
        ItemState::Preparing => Some(said(
            WaitCode::Preparing,
            "Its pages are being made. It goes into the queue by itself when they are ready.",
        )),
        ItemState::Held => Some(held(item)),
        ItemState::Queued if queue.is_paused => Some(said(
            WaitCode::Paused,
            "Its broadcast is paused. It goes out in its turn when somebody resumes the broadcast.",
        )),
        ItemState::Queued if item.due_at > queue.now => Some(later(item, queue)),
        ItemState::Queued => Some(due(item, queue)),
        ItemState::Claimed
        | ItemState::Active
        | ItemState::Sent
        | ItemState::Failed
        | ItemState::Canceled => None,
    }
}

fn said(code: WaitCode, message: impl Into<String>) -> Waiting {
    Waiting {
        code,
        message: message.into(),
        position: None,
        estimated_start: None,
    }
}

fn held(item: &Item) -> Waiting {
    let why = item
        .error
        .as_deref()
        .unwrap_or("nobody knows whether the fax arrived");
    said(
        WaitCode::Held,
        format!(
            "It is not sent again by itself: {why}. Ask the recipient whether it arrived; then your operator can send it \
             again or close it, or you cancel it."
        ),
    )
}

/// It is not due yet.
fn later(item: &Item, queue: &Queue) -> Waiting {
    let at = clock(item.due_at, queue.zone);
    let reason = match item.waiting_for {
        Some(WaitingFor::Retry) | None if item.attempts > 0 => {
            let why = item
                .error
                .as_deref()
                .unwrap_or("the last call did not get through");
            said(
                WaitCode::Retry,
                format!("The last call failed: {why}. It is called again at {at}."),
            )
        }
        Some(WaitingFor::Window) => said(
            WaitCode::Window,
            format!(
                "Your organization sends faxes to this number only at certain hours there. The next begin at {at}, and it \
                 goes out then. Urgent faxes go out at any hour."
            ),
        ),
        Some(WaitingFor::Schedule) | None => said(
            WaitCode::Scheduled,
            format!("It is scheduled for {at}, as asked for, and goes out then."),
        ),
        Some(WaitingFor::Destination) => destination_busy(),
        Some(WaitingFor::Line | WaitingFor::Retry) => said(
            WaitCode::LaneDown,
            format!(
                "The fax line did not take the call. It is tried again at {at}; tell your operator if this lasts."
            ),
        ),
        // Money may come before that, and wakes it.
        Some(limit @ WaitingFor::Balance) => return at_limit(limit, None, queue.zone),
        Some(limit) => at_limit(limit, Some(item.due_at), queue.zone),
    };
    Waiting {
        estimated_start: Some(item.due_at),
        ..reason
    }
}

/// It is due.
fn due(item: &Item, queue: &Queue) -> Waiting {
    if queue.busy.contains(&item.destination) {
        return destination_busy();
    }
    let position = queue.position(item.id);
    let route = queue.route(item.id);
    let reason = match (queue.lines(item.id), queue.limit()) {
        (Lines::Down, _) => said(
            WaitCode::LaneDown,
            match route {
                None => "No fax line is connected just now. It goes out by itself when one is back; tell your operator if this lasts.".to_owned(),
                Some(route) => format!(
                    "It waits for {}, which is not connected just now. It goes out by itself when it is back; tell your operator if \
                     this lasts.",
                    named(route)
                ),
            },
        ),
        (Lines::Paused(until), _) => Waiting {
            estimated_start: Some(until),
            ..said(
                WaitCode::LanePaused,
                match route {
                    None => format!(
                        "The fax line is paused because the phone company does not take its calls. It is tried again at {}; \
                         tell your operator if this lasts.",
                        clock(until, queue.zone)
                    ),
                    Some(route) => format!(
                        "It waits for {}, which is paused because its calls are not taken. It is tried again at {}; tell your \
                         operator if this lasts.",
                        named(route),
                        clock(until, queue.zone)
                    ),
                },
            )
        },
        (Lines::Up, _) if stays_on_net(item, route) => said(
            WaitCode::Queue,
            "The number is one of this gateway's own: it is handed over at once.",
        ),
        (Lines::Up, Some((limit, until))) => at_limit(limit, until, queue.zone),
        // Somebody else may be calling the number, and that is not told.
        (Lines::Up, None) if item.parked => said(WaitCode::Queue, "It goes out in its turn."),
        (Lines::Up, None) => in_turn(position, queue),
    };
    Waiting { position, ..reason }
}

fn destination_busy() -> Waiting {
    said(
        WaitCode::DestinationBusy,
        "Another call of your organization to this number is in progress. It goes out by itself when that call has ended.",
    )
}

/// Its tenant is at a limit.
fn at_limit(limit: WaitingFor, until: Option<Timestamp>, zone: TimeZone) -> Waiting {
    if limit == WaitingFor::Suspended {
        let what = "Your organization is suspended. It goes out when an operator lets it go on.";
        return said(WaitCode::TenantSuspended, what);
    }
    let more = "an operator can raise the limit";
    let (code, why, until) = match limit {
        WaitingFor::TenantCalls => (
            WaitCode::TenantCalls,
            "has as many calls in progress as it may have at one time",
            None,
        ),
        WaitingFor::CallsPerSecond | WaitingFor::AttemptsPerMinute => (
            WaitCode::TenantRate,
            "has begun as many calls as it may in so short a time",
            until,
        ),
        WaitingFor::AttemptsPerDay => (
            WaitCode::TenantRate,
            "has begun as many calls today as it may in one day",
            until,
        ),
        WaitingFor::MinutesPerDay => (
            WaitCode::TenantMinutes,
            "has used its minutes on the line for today",
            until,
        ),
        WaitingFor::CostPerDay => (
            WaitCode::TenantCost,
            "has spent its money for calls for today",
            until,
        ),
        WaitingFor::PagesPerDay => (
            WaitCode::TenantPages,
            "has sent as many pages today as it may in one day",
            until,
        ),
        WaitingFor::AttemptsPerMonth => (
            WaitCode::TenantRate,
            "has begun as many calls this month as it may in one month",
            until,
        ),
        WaitingFor::MinutesPerMonth => (
            WaitCode::TenantMinutes,
            "has used its minutes on the line for this month",
            until,
        ),
        WaitingFor::CostPerMonth => (
            WaitCode::TenantCost,
            "has spent its money for calls for this month",
            until,
        ),
        WaitingFor::PagesPerMonth => (
            WaitCode::TenantPages,
            "has sent as many pages this month as it may in one month",
            until,
        ),
        WaitingFor::Balance => {
            return said(
                WaitCode::Balance,
                "Your organization's prepaid balance is too low for this call. It goes out by itself when the balance is \
                 topped up, or when calls in progress turn out to cost less than was set aside for them.",
            );
        }
        WaitingFor::Policy => {
            return said(
                WaitCode::TenantRules,
                "Your organization's sending rules cannot be read, so nothing of it is sent. Please tell your operator.",
            );
        }
        WaitingFor::Schedule
        | WaitingFor::Window
        | WaitingFor::Retry
        | WaitingFor::Line
        | WaitingFor::Suspended
        | WaitingFor::Destination => (WaitCode::Queue, "has other faxes before it", None),
    };
    let next = match until {
        Some(until) => format!("It goes on at {}; {more}.", clock(until, zone)),
        None if code == WaitCode::TenantCalls => {
            format!("It goes out when one of them has ended; {more}.")
        }
        None => format!("It goes on by itself; {more}."),
    };
    Waiting {
        estimated_start: until,
        ..said(code, format!("Your organization {why}. {next}"))
    }
}

/// The lines that a recipient may take: ``line `east` or `telnyx` ``.
fn named(route: &Route) -> String {
    let names: Vec<_> = route.lanes().map(|lane| format!("`{lane}`")).collect();
    format!("line {}", names.join(" or "))
}

/// Whether no call is needed for it, and none was tried.
fn stays_on_net(item: &Item, route: Option<&Route>) -> bool {
    route.is_some_and(Route::begins_on_net) && item.avoid_lane.as_deref() != Some(ON_NET)
}

fn in_turn(position: Option<u32>, queue: &Queue) -> Waiting {
    let (code, message) = match position {
        None => (
            WaitCode::Queue,
            format!(
                "It goes out in its turn; more than {} faxes of your organization are before it.",
                super::queue::MOST_IN_LINE
            ),
        ),
        Some(1) if queue.recent_calls > 0 => (
            WaitCode::LaneFull,
            "It is next, and goes out as soon as a fax line is free.".to_owned(),
        ),
        Some(1) => (
            WaitCode::Queue,
            "It is next, and goes out at once.".to_owned(),
        ),
        Some(2) => (
            WaitCode::Queue,
            "It goes out in its turn; one fax of your organization is before it.".to_owned(),
        ),
        Some(n) => (
            WaitCode::Queue,
            format!(
                "It goes out in its turn; {} faxes of your organization are before it.",
                n - 1
            ),
        ),
    };
    Waiting {
        estimated_start: position.and_then(|position| queue.turn_of(position)),
        ..said(code, message)
    }
}

/// A time as the tenant's clocks show it: `Mon 24 Aug 2026, 18:00 (America/New_York)`.
fn clock(at: Timestamp, zone: TimeZone) -> String {
    let local = zone.local(at);
    let seconds = match local.format("%S").to_string().as_str() {
        "00" => "",
        _ => ":%S",
    };
    format!(
        "{} ({zone})",
        local.format(&format!("%a %-d %b %Y, %H:%M{seconds}"))
    )
}

#[cfg(test)]
mod tests;
