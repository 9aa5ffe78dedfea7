//! Making the faxes of a broadcast.

use std::collections::{HashMap, HashSet};

use faxgate_db::broadcasts::{self, Broadcast, FaxesOf, NewFax};
use faxgate_db::documents::Document;
use faxgate_db::events::Event;
use faxgate_db::items::WaitingFor;
use faxgate_db::renditions::{self, Rendition};
use faxgate_db::{System, Wake, covers as stored_covers, dids, do_not_fax, routes, tenants};
use faxgate_types::phone::Dialling;
use faxgate_types::{
    BroadcastState, E164, FaxId, FaxStatus, ItemId, Priority, RecipientState, Timestamp,
};
use serde_json::json;

use super::draw::{Drawn, ToDraw};
use super::{cover, told};
use crate::app::App;
use crate::covers;
use crate::error::{Error, Result};
use crate::tell::facts::Facts;
use crate::work::covered::Covering;

/// So many faxes are made in one transaction.
pub(super) const CHUNK: i64 = 250;
/// So many with a cover of their own, which have to be drawn first.
const COVERED_CHUNK: i64 = 25;

/// What came of making faxes.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// What the tenant's log says of it.
    pub(super) events: Vec<Event>,
    /// Whether anything changed.
    pub(super) any: bool,
    /// The covers to draw before more can be made.
    pub(super) to_draw: Vec<ToDraw>,
}

impl App {
    /// Makes the next faxes of a running broadcast, at most `room`, and passes over recipients that may not be faxed. Whoever calls it has
    /// the broadcast locked, saves it, and appends the events. Where there are covers, faxes are made of those that are `drawn`.
    pub(super) async fn make_some(
        &self,
        tx: &mut System,
        broadcast: &mut Broadcast,
        (document, pages): (&Document, &Rendition),
        room: i64,
        drawn: &mut Drawn,
    ) -> Result<Made> {
        let (tenant, now) = (broadcast.tenant_id, self.now());
        let of = tenants::find(tx, tenant)
            .await?
            .ok_or_else(|| Error::internal("a broadcast has lost its tenant"))?;
        let own = dids::senders(tx, tenant).await?;
        let sender = own.iter().find(|(own, _)| *own == broadcast.sender);
        let reason = match sender {
            None => Some("is not a number of this tenant any more; give it back, and resume"),
            Some((_, false)) if !broadcast.simulated => {
                Some("was only claimed by this tenant; confirm it, and resume")
            }
            Some(_) => None,
        };
        if let Some(reason) = reason {
            let reason = format!("{} {reason}", broadcast.sender_number);
            return self.set_aside(tx, broadcast, reason).await;
        }
        let common = match broadcast.cover.as_deref().map(cover::common).transpose()? {
            Some(said) => match covers::written(tx, &of, said).await {
                Ok(written) => Some(written),
                Err(error) if error.code == "NO_SUCH_TEMPLATE" => {
                    let reason =
                        "the template of its cover is gone; add one of that name, and resume";
                    return self.set_aside(tx, broadcast, reason.to_owned()).await;
                }
                Err(error) => return Err(error),
            },
            None => None,
        };
        let most = match common {
            Some(_) => COVERED_CHUNK,
            None => CHUNK,
        };
        let next = broadcasts::next_waiting(tx, tenant, broadcast.id, room.min(most)).await?;
        if next.is_empty() {
            return Ok(Made::default());
        }
        let numbers: Vec<E164> = next.iter().map(|r| r.number.clone()).collect();
        let listed = do_not_fax::among(tx, tenant, &numbers).await?;
        let mut barred: HashMap<E164, String> = HashMap::new();
        for entry in listed {
            let list = match entry.tenant_id {
                Some(_) => format!(
                    "it is on your organization's do-not-fax list: {}",
                    entry.reason
                ),
                // Why an operator listed it may tell of somebody else.
                None => "it is on the do-not-fax list that holds for everybody".to_owned(),
            };
            barred.entry(entry.number).or_insert(list);
        }
        let allowed = Dialling::to(of.allowed_countries.0.iter().copied());
        let ours: HashSet<E164> = match broadcast.simulated {
            true => HashSet::new(),
            false => routes::ours(tx, &numbers).await?.into_iter().collect(),
        };
        let policy = tenants::policy(tx, tenant).await?.unwrap_or_default();
        let rules = match broadcast.simulated {
            // Test faxes have one line.
            true => None,
            false => Some(routes::for_sender(tx, tenant, &broadcast.sender).await?),
        };
        let earliest = broadcast.send_at.unwrap_or(now).max(now);
        let (mut new, mut skipped, mut to_draw) = (Vec::new(), Vec::new(), Vec::new());
        let mut covered = Vec::new();
        for recipient in next {
            let reason = barred.remove(&recipient.number);
            let reason = reason.or_else(|| {
                allowed
                    .check(&recipient.number)
                    .err()
                    .map(|e| e.to_string())
            });
            if let Some(reason) = reason {
                skipped.push((recipient.position, reason));
                continue;
            }
            let id = FaxId::generate(&self.ambient);
            let pages = match &common {
                None => pages.clone(),
                Some(common) => match drawn.remove(&recipient.position) {
                    Some(Ok((covered_pages, written))) => {
                        covered.push((id, written));
                        let settled = renditions::settle(tx, tenant, &covered_pages, now).await?;
                        settled.ok_or_else(|| {
                            let text = "the pages behind a cover are just being removed";
                            Error::unavailable("PAGES_REMOVED", text)
                        })?
                    }
                    Some(Err(reason)) => {
                        skipped.push((recipient.position, reason));
                        continue;
                    }
                    None => {
                        let mut written = common.clone();
                        written.said = cover::merged(&written.said, &recipient.cover)?;
                        let cover = Covering {
                            written,
                            sender: broadcast.sender.to_string(),
                            recipient: Some(recipient.number.to_string()),
                            at: now,
                            zone: of.time_zone,
                        };
                        let position = recipient.position;
                        to_draw.push(ToDraw { position, cover });
                        continue;
                    }
                },
            };
            let zones = recipient.number.zones();
            let (due_at, waiting_for) = match policy.open_at(Priority::Bulk, zones, earliest) {
                Err(opens) => (opens, Some(WaitingFor::Window)),
                Ok(()) => (earliest, None),
            };
            let is_ours = ours.contains(&recipient.number);
            let route = rules
                .as_ref()
                .and_then(|rules| rules.choose(&recipient.number, is_ours))
                .map(|chosen| chosen.route);
            new.push(NewFax {
                fax: id,
                pages,
                item: ItemId::generate(&self.ambient),
                position: recipient.position,
                number_raw: recipient.number_raw,
                number: recipient.number,
                due_at,
                waiting_for,
                route,
            });
        }
        let faxes = FaxesOf {
            tenant,
            broadcast: broadcast.id,
            user: broadcast.user_id,
            sender_number: &broadcast.sender_number,
            sender: &broadcast.sender,
            document: document.id,
            resolution: broadcast.resolution,
            simulated: broadcast.simulated,
            send_at: broadcast.send_at,
        };
        broadcasts::make_faxes(tx, &faxes, &new, now).await?;
        for (fax, cover) in &covered {
            stored_covers::attach(tx, tenant, *fax, cover).await?;
        }
        broadcasts::skip(tx, broadcast.id, &skipped, now).await?;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let (made, passed) = (count(new.len()), count(skipped.len()));
        broadcast
            .counts
            .add(RecipientState::Waiting, -(made + passed));
        broadcast.counts.add(RecipientState::Queued, made);
        broadcast.counts.add(RecipientState::Skipped, passed);
        tx.wake(Wake::Queue);
        let events = new.iter().map(|fax| queued(broadcast, document, fax, now));
        Ok(Made {
            events: events.collect(),
            any: made + passed > 0,
            to_draw,
        })
    }
}

impl App {
    /// Pauses a broadcast that cannot go on as it is.
    async fn set_aside(
        &self,
        tx: &mut System,
        broadcast: &mut Broadcast,
        reason: String,
    ) -> Result<Made> {
        let now = self.now();
        broadcast.state = BroadcastState::Paused;
        broadcast.error = Some(reason);
        broadcasts::set_paused(tx, broadcast.tenant_id, broadcast.id, true, now).await?;
        Ok(Made {
            events: vec![told(broadcast, "paused", now)],
            any: true,
            to_draw: Vec::new(),
        })
    }
}

/// What the log says of a fax that was made.
fn queued(broadcast: &Broadcast, document: &Document, fax: &NewFax, now: Timestamp) -> Event {
    Event {
        fax: Some(fax.fax),
        item: None,
        attempt: None,
        kind: "fax.queued".to_owned(),
        text: format!(
            "accepted {} for one recipient of broadcast {}",
            document.filename, broadcast.name
        ),
        data: Facts::of(json!({
            "uuid": fax.fax.to_string(),
            "direction": "outbound",
            "status": FaxStatus::Pending.as_str(),
            "sender_number": broadcast.sender_number,
            "recipient_number": fax.number_raw,
            "pages": fax.pages.pages,
            "duration": 0,
            "simulated": broadcast.simulated,
            "priority": Priority::Bulk.as_str(),
            "broadcast_id": broadcast.id.to_string(),
        }))
        .data(),
        at: now,
    }
}
