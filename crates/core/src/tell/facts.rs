//! What programs are told in an event's `data`.

use faxgate_db::attempts::Attempt;
use faxgate_db::events::Event;
use faxgate_db::faxes::Fax;
use faxgate_db::items::Item;
use faxgate_lifecycle::Verdict;
use faxgate_types::{Direction, FaxStatus};
use serde_json::{Map, Value, json};

/// Facts, in their order; what is not known is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts(Map<String, Value>);

impl Facts {
    /// The members of an object.
    pub(crate) fn of(object: Value) -> Self {
        Self::default().and(object)
    }

    /// A fax as it stands.
    pub(crate) fn fax(fax: &Fax) -> Self {
        let inbound = fax.direction == Direction::Inbound;
        Self::of(json!({
            "uuid": fax.id.to_string(),
            "direction": fax.direction.as_str(),
            "status": fax.status.as_str(),
            "sender_number": fax.sender_number,
            "recipient_number": fax.recipient_number,
            "pages": fax.pages,
            "duration": fax.duration,
            "simulated": fax.simulated,
            "partial": inbound.then_some(fax.is_partial),
            "error": fax.error,
        }))
    }

    /// A fax on its way to one of its recipients.
    pub(crate) fn recipient(fax: &Fax, item: &Item) -> Self {
        Self::fax(fax).and(json!({
            "status": FaxStatus::Processing.as_str(),
            "recipient_number": item.recipient_raw,
            "error": Value::Null,
        }))
    }

    /// More members; `null` takes one away.
    pub(crate) fn and(mut self, object: Value) -> Self {
        if let Value::Object(members) = object {
            for (name, value) in members {
                match value {
                    Value::Null => self.0.remove(&name),
                    value => self.0.insert(name, value),
                };
            }
        }
        self
    }

    /// How a call ended.
    pub(crate) fn and_call(self, attempt: &Attempt, verdict: &Verdict, why: Option<&str>) -> Self {
        let failure = verdict.failure.as_ref();
        let cause = failure.and_then(|failure| {
            let cause = failure.cause.as_ref().map(ToString::to_string);
            cause.or_else(|| failure.reason.as_ref().map(ToString::to_string))
        });
        self.and(json!({
            "attempt": attempt.number,
            "line": attempt.lane,
            "pages_confirmed": verdict.confirmed,
            "failure_class": failure.map(|failure| failure.class.as_str()),
            "cause": cause,
            "code": failure.and_then(|failure| failure.code).map(|code| code.get()),
            "error": why,
        }))
    }

    /// As an event has it.
    pub(crate) fn data(self) -> Option<Value> {
        Some(Value::Object(self.0))
    }
}

/// How a fax stands after one of its recipients changed.
#[must_use = "when the fax has ended, its event is to be appended"]
pub(crate) struct Standing {
    /// What programs are told when nothing more will happen to it. A timeline says it already.
    pub(crate) ended: Option<Event>,
}

impl Standing {
    /// More facts about how it ended.
    pub(crate) fn told_with(mut self, more: impl FnOnce(Facts) -> Facts) -> Option<Event> {
        if let Some(event) = &mut self.ended
            && let Some(Value::Object(data)) = event.data.take()
        {
            event.data = more(Facts(data)).data();
        }
        self.ended
    }
}

/// The kind of event that ends a fax with this status.
pub(crate) fn end(status: FaxStatus) -> Option<&'static str> {
    match status {
        FaxStatus::Sent => Some("fax.sent"),
        FaxStatus::Failed => Some("fax.failed"),
        FaxStatus::Canceled => Some("fax.canceled"),
        _ => None,
    }
}

/// An event of no fax: of the tenant's numbers, or of what it may use.
pub(crate) fn of_tenant(
    kind: &str,
    text: impl Into<String>,
    data: Value,
    at: faxgate_types::Timestamp,
) -> Event {
    Event {
        fax: None,
        item: None,
        attempt: None,
        kind: kind.to_owned(),
        text: text.into(),
        data: Facts::of(data).data(),
        at,
    }
}
