//! Sending again what was sent, or should have been.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use faxgate_db::events;
use faxgate_db::webhooks;
use faxgate_types::{DeliveryId, TenantId, Timestamp, WebhookId};
use faxgate_webhooks::EventFilter;

use super::body::body;
use super::create::{filter, invalid};
use super::log::no_such_delivery;
use super::scope::{may_manage, no_such_webhook};
use crate::app::App;
use crate::error::{Error, Result};
use crate::idempotent::{Once, Reservation};
use crate::numbers::Asker;
use crate::tell::PublicEvent;

/// Events that one request sends again.
const MOST_EVENTS: u32 = 10_000;
/// Entries of the log that are read in one transaction.
const AT_ONCE: i64 = 500;
/// Entries that one request reads, whether or not they are wanted.
const MOST_ENTRIES: usize = 50_000;
/// By how much entries may stand in the log out of the order of their times.
const OUT_OF_ORDER: std::time::Duration = std::time::Duration::from_secs(600);

/// Which events an endpoint is to get again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Those that happened then or later.
    pub since: Timestamp,
    /// Those that happened before then; `None`: until now.
    pub until: Option<Timestamp>,
    /// Those of these types; `None`: those that the endpoint wants.
    pub event_types: Option<Vec<String>>,
}

/// What a replay has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// So many events are on their way (again).
    pub events: u32,
    /// There are more: ask again with this as `since`.
    pub next: Option<Timestamp>,
}

impl App {
    /// Sends a delivery again, with all its tries before it. The same request (`once`) does so once.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_DELIVERY`, and `WEBHOOK_DISABLED` when nothing is sent to its endpoint.
    pub async fn replay_webhook_delivery(
        &self,
        asker: &Asker,
        id: WebhookId,
        delivery: DeliveryId,
        once: &Reservation,
    ) -> Result<()> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        if once.has_begun() {
            return Ok(());
        }
        let (app, once) = (self.clone(), once.clone());
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            let endpoint = webhooks::lock(&mut tx, tenant, id).await?;
            let endpoint = endpoint.ok_or_else(no_such_delivery)?;
            if webhooks::find_delivery(&mut tx, tenant, id, delivery)
                .await?
                .is_none()
            {
                return Err(no_such_delivery());
            }
            must_be_active(endpoint.is_active)?;
            webhooks::begin_anew(&mut tx, tenant, id, delivery, app.now()).await?;
            once.begin(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        })
        .await?;
        self.webhooks_due.notify_one();
        Ok(())
    }

    /// Sends an endpoint the events of a time again, also those that it never got: 10,000 at most, out of 50,000 that are looked at, the
    /// oldest first. The same request is carried out once; where its process died half-way, from its beginning.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_WEBHOOK`, `INVALID_FIELDS`, `WEBHOOK_DISABLED`; `REPLAY_UNDER_WAY` while this node does one for the endpoint.
    pub async fn replay_webhook(
        &self,
        asker: &Asker,
        id: WebhookId,
        replay: Replay,
        once: Once<Replayed>,
    ) -> Result<Replayed> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        let until = replay.until.unwrap_or(self.now());
        if until <= replay.since {
            return Err(invalid("until", "must be after since".to_owned()));
        }
        let types = replay.event_types.map(|types| filter(&types)).transpose()?;
        let app = self.clone();
        let replayed = self
            .on_main(async move {
                let turn = app.replays.begin(id);
                let _turn = turn.ok_or_else(|| {
                    Error::conflict(
                        "REPLAY_UNDER_WAY",
                        "another replay for this endpoint is under way; wait for its answer",
                    )
                })?;
                let mut tx = app.db.read(tenant).await?;
                let endpoint = webhooks::find(&mut tx, tenant, id).await?;
                let endpoint = endpoint.ok_or_else(no_such_webhook)?;
                let begin = replay.since - OUT_OF_ORDER;
                let seq = webhooks::seq_before(&mut tx, tenant, begin).await?;
                tx.commit().await?;
                must_be_active(endpoint.is_active)?;
                let types = match types {
                    Some(types) => types,
                    None => endpoint.event_types.parse().map_err(Error::internal)?,
                };
                let range = (replay.since, until);
                app.replay_from(tenant, id, seq, range, &types, &once).await
            })
            .await?;
        self.webhooks_due.notify_one();
        Ok(replayed)
    }

    async fn replay_from(
        &self,
        tenant: TenantId,
        id: WebhookId,
        mut seq: i64,
        (since, until): (Timestamp, Timestamp),
        types: &EventFilter,
        once: &Once<Replayed>,
    ) -> Result<Replayed> {
        let (mut done, mut looked_at) = (0, 0);
        let next = loop {
            let mut tx = self.db.read(tenant).await?;
            let entries = events::after(&mut tx, tenant, seq, AT_ONCE).await?;
            tx.commit().await?;
            let begun = entries.iter().filter(|entry| entry.event.at >= since);
            looked_at += begun.count();
            let Some(last) = entries.last() else {
                break None;
            };
            let (last_seq, last_at) = (last.seq, last.event.at);
            let wanted: Vec<PublicEvent> = entries
                .into_iter()
                .filter(|entry| (since..until).contains(&entry.event.at))
                .filter_map(|entry| PublicEvent::of(tenant, entry))
                .filter(|event| types.takes(event.kind.as_str()))
                .collect();
            let many = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
            if done + many > MOST_EVENTS {
                break wanted.iter().map(|event| event.timestamp).min();
            }
            if !wanted.is_empty() {
                let mut tx = self.db.write(tenant).await?;
                // It may have been taken away meanwhile.
                webhooks::lock(&mut tx, tenant, id)
                    .await?
                    .ok_or_else(no_such_webhook)?;
                // Those that were on their way before keep their rows.
                let ids: Vec<String> = wanted.iter().map(|event| event.id.to_string()).collect();
                webhooks::begin_events_anew(&mut tx, tenant, id, &ids, self.now()).await?;
                let new: Vec<_> = wanted
                    .iter()
                    .map(|event| self.delivery(id, event, &body(event)))
                    .collect();
                webhooks::add(&mut tx, tenant, &new, self.now()).await?;
                once.begin(&mut tx).await?;
                tx.commit().await?;
                done += many;
            }
            seq = last_seq;
            if last_at >= until + OUT_OF_ORDER {
                break None;
            }
            if looked_at >= MOST_ENTRIES {
                break Some(go_on_from(since, last_at));
            }
        };
        let replayed = Replayed { events: done, next };
        let mut tx = self.db.write(tenant).await?;
        once.complete(&mut tx, &replayed).await?;
        tx.commit().await?;
        Ok(replayed)
    }
}

/// Where the next request goes on: a little before the last entry, for entries that follow may be older; those in between are sent once
/// more rather than not at all.
fn go_on_from(since: Timestamp, last_at: Timestamp) -> Timestamp {
    match last_at - OUT_OF_ORDER {
        earlier if earlier > since => earlier,
        _ => last_at.max(since),
    }
}

/// The endpoints for which a replay is under way on this node.
#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<HashSet<WebhookId>>);

/// The right to replay for an endpoint, given back when it is dropped.
struct Turn<'a>(&'a Replays, WebhookId);

impl Replays {
    fn begin(&self, id: WebhookId) -> Option<Turn<'_>> {
        self.lock().insert(id).then(|| Turn(self, id))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<WebhookId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

fn must_be_active(is_active: bool) -> Result<()> {
    if is_active {
        return Ok(());
    }
    Err(Error::conflict(
        "WEBHOOK_DISABLED",
        "nothing is sent to this endpoint; switch it on first",
    ))
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    #[test]
    fn an_endpoint_has_one_replay_at_a_time() {
        let ambient = Ambient::system();
        let (one, other) = (WebhookId::generate(&ambient), WebhookId::generate(&ambient));
        let replays = Replays::default();
        let turn = replays.begin(one).unwrap();
        assert!(replays.begin(one).is_none());
        assert!(replays.begin(other).is_some());
        drop(turn);
        assert!(replays.begin(one).is_some());
    }

    #[test]
    fn the_next_request_misses_nothing_and_gets_on() {
        let since = Timestamp::parse("2026-01-15T12:00:00Z").unwrap();
        let much_later = since + OUT_OF_ORDER * 3;
        assert_eq!(go_on_from(since, much_later), much_later - OUT_OF_ORDER);
        let soon = since + OUT_OF_ORDER / 2;
        assert_eq!(go_on_from(since, soon), soon);
        assert_eq!(go_on_from(since, since - OUT_OF_ORDER), since);
    }
}
