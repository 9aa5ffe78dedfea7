//! What mail tells of that is no single fax: a broadcast's end, a webhook that is switched off, limits and money.

use faxgate_mail::{Notice, NoticeKind};
use faxgate_types::EmailAddress;
use serde_json::Value;

use super::choices::MailChoices;
use crate::tell::{EventType, PublicEvent};

/// The notice that an event is worth, and who gets it; `None`: none.
pub(super) fn alert<'a>(
    event: &PublicEvent,
    choices: &'a MailChoices,
) -> Option<(Notice, &'a [EmailAddress])> {
    let data = &event.data;
    let results = choices.results.to.as_slice();
    let (kind, to, title, said) = match event.kind {
        // Of its faxes nobody is told one by one.
        EventType::BroadcastCompleted | EventType::BroadcastFailed => {
            let ended = match event.kind {
                EventType::BroadcastFailed => "has failed",
                _ => "is complete",
            };
            let title = format!("Broadcast {} {ended}", text(data, "name"));
            let said = format!("{title}: {}.", counted(&data["counts"]));
            (NoticeKind::Broadcast, results, title, said)
        }
        EventType::WebhookDisabled => {
            let url = text(data, "url");
            let said = format!(
                "Nothing is sent to the webhook endpoint {url} any more. When it works again, switch it on: what waits for it comes then."
            );
            let title = "A webhook endpoint is disabled".to_owned();
            (NoticeKind::Alert, alerted(choices), title, said)
        }
        EventType::TenantBalanceLow => {
            let said = format!(
                "{} {} of the prepaid balance are left.",
                text(data, "balance"),
                text(data, "currency")
            );
            let title = "The prepaid balance is low".to_owned();
            (NoticeKind::Alert, alerted(choices), title, said)
        }
        EventType::TenantLimitReached if data["limit"] == "balance" => {
            let said = format!(
                "There is too little of the prepaid balance left for a call, which waits: {} {}.",
                text(data, "available"),
                text(data, "currency")
            );
            let title = "The prepaid balance is used up".to_owned();
            (NoticeKind::Alert, alerted(choices), title, said)
        }
        EventType::TenantLimitNear | EventType::TenantLimitReached => {
            let (limit, period) = (text(data, "limit"), text(data, "period"));
            let used = format!(
                "{} of {} ({limit}) are used in {period}.",
                data["used"], data["most"]
            );
            let (title, said) = match event.kind {
                EventType::TenantLimitReached => (
                    "A limit is reached",
                    format!("{used} What is beyond it waits."),
                ),
                _ => ("A limit is near", used),
            };
            (NoticeKind::Alert, alerted(choices), title.to_owned(), said)
        }
        _ => return None,
    };
    let reason = data["reason"].as_str().or_else(|| data["error"].as_str());
    let notice = Notice {
        title: Some(title),
        said: Some(said),
        at: Some(event.timestamp),
        reason: reason.map(str::to_owned),
        ..Notice::new(kind)
    };
    Some((notice, to))
}

/// Whom the tenant has named for this; or else those who are told how faxes ended, or that faxes came in.
fn alerted(choices: &MailChoices) -> &[EmailAddress] {
    [&choices.alerts.to, &choices.results.to, &choices.inbound.to]
        .into_iter()
        .find(|list| !list.is_empty())
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(data: &'a Value, name: &str) -> &'a str {
    data[name].as_str().unwrap_or_default()
}

/// `9950 sent, 50 failed`
fn counted(counts: &Value) -> String {
    let counts = counts.as_object().into_iter().flatten();
    let some: Vec<String> = counts
        .filter(|(state, count)| state.as_str() != "total" && count.as_u64() != Some(0))
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    match some.is_empty() {
        true => "no recipients".to_owned(),
        false => some.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::{Ambient, TenantId, Timestamp};
    use serde_json::json;

    use super::*;
    use crate::tell::EventId;

    fn told(kind: EventType, data: Value, choices: &MailChoices) -> Option<(String, usize)> {
        let event = PublicEvent {
            id: EventId::new(TenantId::generate(&Ambient::system()), 1),
            kind,
            timestamp: Timestamp::parse("2026-01-15T12:00:00Z").unwrap(),
            data,
            fax: None,
            seq: 1,
        };
        let (notice, to) = alert(&event, choices)?;
        Some((
            format!("{} | {}", notice.subject(), notice.headline()),
            to.len(),
        ))
    }

    #[test]
    fn limits_money_webhooks_and_broadcasts_are_told_in_a_sentence() {
        let mut choices = MailChoices::default();
        choices.results.to = vec!["desk@clinic.example".parse().unwrap()];
        let said = |kind, data| told(kind, data, &choices).unwrap().0;
        assert_eq!(
            said(
                EventType::TenantLimitNear,
                json!({"limit": "pages_per_month", "period": "2026-01", "percent": 80, "used": 80, "most": 100})
            ),
            "A limit is near | 80 of 100 (pages_per_month) are used in 2026-01."
        );
        assert_eq!(
            said(
                EventType::TenantBalanceLow,
                json!({"limit": "balance", "balance": "4.20", "currency": "USD"})
            ),
            "The prepaid balance is low | 4.20 USD of the prepaid balance are left."
        );
        assert_eq!(
            said(
                EventType::TenantLimitReached,
                json!({"limit": "balance", "available": "0.01", "currency": "USD"})
            ),
            "The prepaid balance is used up | There is too little of the prepaid balance left for a call, which waits: 0.01 USD."
        );
        assert_eq!(
            said(
                EventType::BroadcastCompleted,
                json!({"name": "Recall\r\nBcc: x@evil.example", "counts": {"total": 3, "sent": 2, "failed": 1, "waiting": 0}})
            ),
            "Broadcast Recall Bcc: x@evil.example is complete | Broadcast Recall Bcc: x@evil.example is complete: 1 failed, 2 sent."
        );
        assert!(
            said(
                EventType::WebhookDisabled,
                json!({"url": "https://a.example/", "reason": "410"})
            )
            .contains("https://a.example/")
        );
        assert_eq!(told(EventType::FaxSent, json!({}), &choices), None);
    }

    #[test]
    fn whoever_is_named_for_alerts_gets_them_or_else_whoever_is_named_at_all() {
        let data = json!({"limit": "balance"});
        let to = |choices: &MailChoices| {
            told(EventType::TenantBalanceLow, data.clone(), choices).map(|(_, many)| many)
        };
        let list = |many: usize| {
            let address = |n| format!("n{n}@clinic.example").parse().unwrap();
            (0..many).map(address).collect::<Vec<EmailAddress>>()
        };
        let mut choices = MailChoices::default();
        assert_eq!(to(&choices), Some(0));
        choices.inbound.to = list(3);
        assert_eq!(to(&choices), Some(3));
        choices.results.to = list(2);
        assert_eq!(to(&choices), Some(2));
        choices.alerts.to = list(1);
        assert_eq!(to(&choices), Some(1));
    }
}
