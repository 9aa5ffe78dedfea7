//! What follows from a try: for the delivery, and for its endpoint.

use std::time::Duration;

use faxgate_db::webhooks::{self, Claimed, Endpoint, Fate};
use faxgate_db::{Tx, events};
use faxgate_types::Timestamp;
use faxgate_webhooks::{LONGEST_WAIT, Verdict};
use serde_json::json;

use super::send::Sent;
use super::settings::WebhookSettings;
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::Result;
use crate::tell::facts;

/// Failures that lie further apart than this are two stories: the longest wait between two tries is a day.
const STORY: Duration = Duration::from_secs(2 * 24 * 3600);
/// How long an endpoint is left alone that has too much and does not say how long.
const SPARED: Duration = Duration::from_secs(10);

impl App {
    /// Writes down how a try went, in one transaction with what becomes of its delivery and its endpoint. `once`: it is not tried
    /// again, and says nothing of the endpoint but good.
    pub(super) async fn settle_webhook(
        &self,
        claimed: &Claimed,
        sent: &Sent,
        once: bool,
    ) -> Result<()> {
        let (leased, settings) = (&claimed.leased, &self.settings.webhooks);
        let (tenant, id, now) = (leased.tenant, leased.endpoint, self.now());
        let mut fate = match sent.verdict {
            Verdict::Delivered => Fate::Delivered,
            Verdict::Gone => Fate::Failed,
            Verdict::Throttled | Verdict::Failed if once => Fate::Failed,
            Verdict::Throttled | Verdict::Failed => {
                let failures = u32::try_from(claimed.failures).unwrap_or(0) + 1;
                let wait = settings
                    .schedule
                    .wait(failures, self.ambient.fraction(), sent.asked);
                wait.map_or(Fate::Failed, |wait| Fate::Again(now + wait))
            }
        };
        let mut tx = self.db.write(tenant).await?;
        let mut disabled = None;
        if fate == Fate::Delivered {
            webhooks::succeeded(&mut tx, tenant, id, &claimed.url).await?;
        } else if !once {
            // Before the delivery: whoever locks both does it in this order.
            let Some(endpoint) = webhooks::lock(&mut tx, tenant, id).await? else {
                return Ok(());
            };
            // It may have moved meanwhile: what the old address says is nothing of the new one.
            if endpoint.url == claimed.url {
                let since = failing_since(&endpoint, now);
                webhooks::failed(&mut tx, tenant, id, since, now).await?;
                if sent.verdict == Verdict::Throttled {
                    let wait = sent.asked.unwrap_or(SPARED).min(LONGEST_WAIT);
                    webhooks::spare(&mut tx, tenant, id, now + wait).await?;
                }
                let reason = why_disabled(sent.verdict, since, now, settings);
                disabled = reason.map(|reason| (endpoint, since, reason));
            } else if sent.verdict == Verdict::Gone {
                fate = Fate::Again(now);
            }
        }
        if !webhooks::settle(&mut tx, leased, &sent.attempt, fate, now).await? {
            // Its lease had lapsed: somebody else's try counts.
            return Ok(());
        }
        if let Some((endpoint, since, reason)) = &disabled {
            self.disable_webhook(&mut tx, endpoint, *since, reason)
                .await?;
        }
        tx.commit().await?;
        if let Some((endpoint, _, reason)) = disabled {
            tracing::warn!(
                %tenant, webhook = %endpoint.id, reason,
                "the webhook endpoint {} is disabled: {reason}", endpoint.id
            );
        }
        Ok(())
    }

    /// Sends nothing more to an endpoint, and tells the tenant's other programs.
    async fn disable_webhook(
        &self,
        tx: &mut Tx,
        endpoint: &Endpoint,
        since: Timestamp,
        reason: &str,
    ) -> Result<()> {
        let (tenant, now) = (endpoint.tenant_id, self.now());
        if !webhooks::disable(tx, tenant, endpoint.id, reason, now).await? {
            return Ok(());
        }
        let data = json!({
            "webhook_id": endpoint.id.to_string(),
            "url": endpoint.url,
            "description": endpoint.description,
            "reason": reason,
            "failing_since": since.to_string(),
        });
        let text = format!("the webhook endpoint {} is disabled: {reason}", endpoint.id);
        let event = facts::of_tenant("webhook.disabled", text, data, now);
        events::append(tx, tenant, &event).await?;
        let entry = Entry::new(Actor::System, "webhook.disabled", endpoint.id)
            .details(json!({"reason": reason}));
        self.audit(tx, tenant, entry).await?;
        Ok(())
    }
}

/// Since when the endpoint has done nothing but fail.
fn failing_since(endpoint: &Endpoint, now: Timestamp) -> Timestamp {
    let goes_on = endpoint
        .last_failure_at
        .is_some_and(|last| now.since(last) <= STORY);
    endpoint.failing_since.filter(|_| goes_on).unwrap_or(now)
}

/// Why nothing more is to be sent to an endpoint; `None`: it is to be tried again.
fn why_disabled(
    verdict: Verdict,
    since: Timestamp,
    now: Timestamp,
    settings: &WebhookSettings,
) -> Option<String> {
    if verdict == Verdict::Gone {
        return Some("it answered 410 Gone".to_owned());
    }
    (now.since(since) >= settings.disable_after).then(|| {
        let since = since.to_seconds();
        format!("every try since {since} has failed")
    })
}

#[cfg(test)]
mod tests {
    use faxgate_db::webhooks::Hidden;
    use faxgate_types::{Ambient, TenantId, WebhookId};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn endpoint(failing_since: Timestamp, last: Timestamp) -> Endpoint {
        let ambient = Ambient::system();
        Endpoint {
            id: WebhookId::generate(&ambient),
            tenant_id: TenantId::generate(&ambient),
            url: "https://example.com/".to_owned(),
            description: String::new(),
            event_types: "*".to_owned(),
            is_active: true,
            secret: Hidden(String::new()),
            former_secret: None,
            former_until: None,
            failing_since: Some(failing_since),
            last_failure_at: Some(last),
            not_before: None,
            disabled_at: None,
            disabled_reason: None,
            created_at: failing_since,
            updated_at: failing_since,
        }
    }

    #[test]
    fn a_failure_long_after_the_last_begins_a_new_story() {
        let now = Timestamp::parse("2026-01-15T12:00:00Z").unwrap();
        let first = now - 100 * HOUR;
        assert_eq!(failing_since(&endpoint(first, now - 27 * HOUR), now), first);
        assert_eq!(failing_since(&endpoint(first, now - 49 * HOUR), now), now);
    }

    #[test]
    fn five_days_of_nothing_but_failure_are_enough_and_gone_is_gone() {
        let settings = WebhookSettings::default();
        let now = Timestamp::parse("2026-01-15T12:00:00Z").unwrap();
        let why = |verdict, hours| why_disabled(verdict, now - hours * HOUR, now, &settings);
        assert_eq!(why(Verdict::Failed, 119), None);
        assert_eq!(why(Verdict::Throttled, 119), None);
        assert!(why(Verdict::Failed, 120).is_some());
        assert!(why(Verdict::Throttled, 120).is_some());
        assert!(why(Verdict::Gone, 0).is_some());
    }
}
