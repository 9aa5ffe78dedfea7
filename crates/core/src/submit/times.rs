//! When a fax may go out.

use std::time::Duration;

use faxgate_db::items::WaitingFor;
use faxgate_types::{E164, Priority, SendingPolicy, Timestamp};

use super::SendRequest;
use crate::error::{Error, Result};

/// So far ahead a fax may be scheduled.
const FURTHEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// When a fax may go out: what its sender chose, within the hours of its tenant.
pub(super) struct Times<'a> {
    policy: &'a SendingPolicy,
    priority: Priority,
    scheduled: Option<Timestamp>,
    now: Timestamp,
}

impl<'a> Times<'a> {
    /// Reads the sender's choice.
    ///
    /// # Errors
    /// `INVALID_SEND_AT`: too far ahead.
    pub(super) fn read(
        policy: &'a SendingPolicy,
        request: &SendRequest,
        now: Timestamp,
    ) -> Result<Self> {
        let latest = now + FURTHEST;
        if request.send_at.is_some_and(|at| at > latest) {
            let message = format!(
                "send_at is more than 30 days ahead; the latest time now is {}",
                latest.to_seconds()
            );
            return Err(
                Error::bad_input("INVALID_SEND_AT", message.clone()).field("send_at", message)
            );
        }
        Ok(Self {
            policy,
            priority: request.priority,
            scheduled: request.send_at.filter(|at| *at > now),
            now,
        })
    }

    /// When a call to this number is due, and why not at once.
    pub(super) fn due(&self, number: &E164) -> (Timestamp, Option<WaitingFor>) {
        let earliest = self.scheduled.unwrap_or(self.now);
        match self.policy.open_at(self.priority, number.zones(), earliest) {
            Err(opens) => (opens, Some(WaitingFor::Window)),
            Ok(()) => (earliest, self.scheduled.map(|_| WaitingFor::Schedule)),
        }
    }

    /// The end of the sentence that tells of the fax.
    pub(super) fn told(&self) -> String {
        let priority = match self.priority {
            Priority::Normal => String::new(),
            other => format!(", {other}"),
        };
        let scheduled = self
            .scheduled
            .map(|at| format!(", not before {}", at.to_seconds()))
            .unwrap_or_default();
        format!("{priority}{scheduled}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idempotent::Once;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn request(priority: Priority, send_at: Option<&str>) -> SendRequest {
        SendRequest {
            username: String::new(),
            filename: String::new(),
            numbers: String::new(),
            is_enhanced: false,
            priority,
            send_at: send_at.map(at),
            test_mode: false,
            by_mail: crate::submit::ByMail::default(),
            cover: None,
            once: Once::default(),
        }
    }

    const NOW: &str = "2026-01-15T12:00:00Z";

    #[test]
    fn a_scheduled_fax_is_due_then_and_one_in_the_past_now() {
        let policy = SendingPolicy::default();
        let london = "+442079460000".parse().unwrap();
        let due = |send_at| {
            let request = request(Priority::Normal, send_at);
            let times = Times::read(&policy, &request, at(NOW)).unwrap();
            times.due(&london)
        };
        assert_eq!(due(None), (at(NOW), None));
        assert_eq!(due(Some("2026-01-14T12:00:00Z")), (at(NOW), None));
        let later = "2026-01-16T18:00:00+01:00";
        assert_eq!(due(Some(later)), (at(later), Some(WaitingFor::Schedule)));
    }

    #[test]
    fn hours_are_the_recipients_and_urgent_faxes_keep_none() {
        let policy = SendingPolicy {
            windows: vec!["Mon-Fri 13:00-17:00".parse().unwrap()],
            ..SendingPolicy::default()
        };
        let london = "+442079460000".parse().unwrap();
        let due = |priority, send_at| {
            let request = request(priority, send_at);
            let times = Times::read(&policy, &request, at(NOW)).unwrap();
            times.due(&london)
        };
        let opens = at("2026-01-15T13:00:00Z");
        let window = Some(WaitingFor::Window);
        assert_eq!(due(Priority::Normal, None), (opens, window));
        assert_eq!(due(Priority::Urgent, None), (at(NOW), None));
        // Scheduled for a Saturday: the Monday after.
        let monday = at("2026-01-19T13:00:00Z");
        assert_eq!(
            due(Priority::Bulk, Some("2026-01-17T14:00:00Z")),
            (monday, window)
        );
    }

    #[test]
    fn more_than_thirty_days_are_too_many() {
        let policy = SendingPolicy::default();
        let read = |send_at| {
            let request = request(Priority::Normal, Some(send_at));
            Times::read(&policy, &request, at(NOW)).map(|times| times.told())
        };
        assert_eq!(
            read("2026-02-14T12:00:00Z").unwrap(),
            ", not before 2026-02-14T12:00:00Z"
        );
        let error = read("2026-02-14T12:00:01Z").err().unwrap();
        assert_eq!(error.code, "INVALID_SEND_AT");
        assert!(error.message.contains("more than 30 days"), "{error}");
    }
}
