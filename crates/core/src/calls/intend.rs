//! Writing down what is about to be dialled, before it is.

use std::time::Duration;

use faxgate_db::attempts::{self, Attempt};
use faxgate_db::dids::{self, Did};
use faxgate_db::events::{self, Event};
use faxgate_db::items::{self, Item};
use faxgate_db::routes::ON_NET;
use faxgate_db::tenants::{self, Tenant};
use faxgate_db::{do_not_fax, faxes};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::phone::Dialling;
use faxgate_types::{
    AttemptId, AttemptPhase, CallUuid, DidState, E164, ItemState, LineSettings, Timestamp,
};
use serde_json::json;

use super::Open;
use crate::app::App;
use crate::error::{Error, Result};
use crate::header::{HeaderLine, plain};
use crate::money::Terms;
use crate::tell::facts::Facts;
use crate::transport::CallOrder;

/// An intent that is on disk: now the call may be placed.
#[derive(Clone, Debug)]
pub struct Intended {
    /// The attempt and its item.
    pub open: Open,
    /// The call to place.
    pub order: CallOrder,
}

/// What became of a claimed item that was to be dialled.
#[derive(Debug)]
pub enum Prepared {
    /// The intent is written.
    Intended(Box<Intended>),
    /// It must not be dialled, for a reason that is written down; or it is no longer ours.
    Dropped,
}

/// What a call may take.
#[derive(Clone, Copy, Debug)]
pub struct CallBounds {
    /// Until the far end answers.
    pub ringing: Duration,
    /// The longest that one page may take.
    pub page: Duration,
    /// How long the command may wait before it leaves.
    pub send_within: Duration,
}

impl App {
    /// Writes the intent to place a call for a claimed item, under its fence.
    ///
    /// `core` is the `core_uuid` of the FreeSWITCH behind `lane`.
    ///
    /// # Errors
    /// When the database cannot be reached: then nothing may be dialled.
    pub async fn intend(
        &self,
        item: &Item,
        lane: &str,
        core: &str,
        bounds: CallBounds,
    ) -> Result<Prepared> {
        // Taken before the deadline is written down, so that it can only be earlier than what the database says.
        let send_by = self.ambient.since_boot() + bounds.send_within;
        let mut tx = self.db.write(item.tenant_id).await?;
        let gone = || Error::internal("a claimed item has lost its fax");
        // The fax first: whoever changes items of one fax takes its row before theirs, so that nobody waits in a circle.
        let fax = faxes::lock(&mut tx, item.tenant_id, item.fax_id)
            .await?
            .ok_or_else(gone)?;
        let fence = item.fence;
        let item = items::find(&mut tx, item.tenant_id, item.id)
            .await?
            .ok_or_else(gone)?;
        if item.fence != fence || item.state != ItemState::Claimed {
            return Ok(Prepared::Dropped);
        }
        let item = &item;
        let now = self.now();
        if item.cancel_requested {
            self.end_without_call(
                &mut tx,
                item,
                &fax,
                ItemState::Canceled,
                "canceled before it was dialled",
            )
            .await?;
            tx.commit().await?;
            return Ok(Prepared::Dropped);
        }
        let tenant = tenants::find(&mut tx, item.tenant_id).await?;
        let (Some(tenant), Some(sender), Some(pages_key)) =
            (tenant, fax.sender_e164.clone(), fax.pages_key.clone())
        else {
            // Trying again would not bring it back.
            let reason = "the fax has lost its tenant, its sender's number or its pages";
            tracing::error!(fax = %fax.id, item = %item.id, reason);
            self.end_without_call(&mut tx, item, &fax, ItemState::Failed, reason)
                .await?;
            tx.commit().await?;
            return Ok(Prepared::Dropped);
        };
        // Last look, before the socket: the number may have been handed away and the rules may have changed meanwhile.
        let did = dids::find(&mut tx, tenant.id, &sender).await?;
        let allowed =
            Dialling::to(tenant.allowed_countries.0.iter().copied()).check(&item.destination);
        let numbers = std::slice::from_ref(&item.destination);
        let listed = do_not_fax::among(&mut tx, tenant.id, numbers).await?;
        let refusal = match (&did, allowed, listed.first()) {
            (None, _, _) => Some(format!("{sender} is no longer a number of this tenant")),
            (Some(did), _, _) if did.state != DidState::Active => {
                Some(format!("{sender} is being given back to its carrier"))
            }
            (Some(did), _, _) if !did.confirmed && !item.simulated => Some(format!(
                "{sender} was claimed by this tenant, and no operator has confirmed it"
            )),
            (Some(_), Err(refused), _) => Some(refused.to_string()),
            (Some(_), Ok(()), Some(entry)) => Some(format!(
                "the number is on a do-not-fax list: {}",
                entry.reason
            )),
            (Some(_), Ok(()), None) => None,
        };
        if let Some(reason) = refusal {
            self.end_without_call(&mut tx, item, &fax, ItemState::Failed, &reason)
                .await?;
            tx.commit().await?;
            return Ok(Prepared::Dropped);
        }
        let settings = match item.line_settings {
            Some(settings) => settings,
            None if item.simulated => LineSettings::default(),
            None => self.start_settings(&mut tx, &item.destination, now).await?,
        };
        let pages_left = u32::try_from(fax.pages - item.confirmed_pages)
            .unwrap_or(1)
            .max(1);
        let longest = longest(&fax, pages_left, bounds.page);
        let on_line = match lane {
            ON_NET => Duration::ZERO,
            _ => longest,
        };
        let terms = self.terms(&mut tx, item, pages_left, on_line).await?;
        if let Some(needs) = terms.lacking() {
            self.wait_for_money(&mut tx, item, needs, now).await?;
            tx.commit().await?;
            return Ok(Prepared::Dropped);
        }
        let attempt = Attempt {
            id: AttemptId::generate(&self.ambient),
            tenant_id: tenant.id,
            fax_id: fax.id,
            item_id: item.id,
            number: item.attempts + 1,
            fence: item.fence,
            call_uuid: CallUuid::generate(&self.ambient),
            lane: lane.to_owned(),
            core_uuid: core.to_owned(),
            start_page: item.confirmed_pages,
            total_pages: fax.pages,
            phase: AttemptPhase::Intended,
            transferred: 0,
            outcome: None,
            class: None,
            cause: None,
            code: None,
            duration: 0,
            remote_station_id: None,
            send_by: now + bounds.send_within,
            overdue_at: now
                + bounds.send_within
                + bounds.ringing
                + longest
                + Duration::from_secs(30),
            created_at: now,
            line_settings: Some(settings),
            evidence: None,
            cost: 0,
            carrier_id: None,
        };
        if !attempts::intend(&mut tx, &attempt).await? {
            // Canceled or taken over in this very moment: the claim comes to nothing.
            return Ok(Prepared::Dropped);
        }
        if !self.hold_for_call(&mut tx, item, &attempt, &terms).await? {
            // Another call took the money in this very moment. Nothing is committed of this one.
            drop(tx);
            return self.put_back(item, &terms).await;
        }
        let event = Event {
            fax: Some(fax.id),
            item: Some(item.id),
            attempt: u32::try_from(attempt.number).ok(),
            kind: "attempt.started".to_owned(),
            data: Facts::recipient(&fax, item)
                .and(json!({
                    "attempt": attempt.number,
                    "line": attempt.lane,
                    "from_page": attempt.start_page + 1,
                }))
                .data(),
            text: match attempt.start_page {
                _ if lane == ON_NET => format!("handing it over to {}, on-net", item.destination),
                0 => format!("calling {} over {lane}", item.destination),
                from => format!(
                    "calling {} over {lane}, from page {}",
                    item.destination,
                    from + 1
                ),
            },
            at: now,
        };
        // A fax that is being called is at no end.
        let _ = self
            .refresh_status(&mut tx, &fax, 0, fax.error.clone())
            .await?;
        events::append(&mut tx, tenant.id, &event).await?;
        failpoint::reach(Failpoint::BeforeIntent);
        tx.commit().await?;
        failpoint::reach(Failpoint::AfterIntent);
        let order = CallOrder {
            call: attempt.call_uuid,
            attempt: attempt.id,
            destination: item.destination.clone(),
            header: header(&tenant, did.as_ref(), &sender, now),
            settings,
            sender,
            caller_name: did.and_then(|did| shown(did.caller_name)),
            tenant: tenant.id,
            total_pages: u32::try_from(fax.pages).unwrap_or(0),
            resolution: fax.resolution,
            pages_key,
            file_name: format!("{}.tif", fax.id),
            start_page: u32::try_from(attempt.start_page).unwrap_or(0),
            longest,
            send_by,
        };
        let mut item = item.clone();
        item.state = ItemState::Active;
        item.attempts = attempt.number;
        Ok(Prepared::Intended(Box::new(Intended {
            open: Open { item, attempt },
            order,
        })))
    }

    /// Puts a claimed recipient back until there is money for its call.
    async fn put_back(&self, item: &Item, terms: &Terms) -> Result<Prepared> {
        let mut tx = self.db.write(item.tenant_id).await?;
        faxes::lock(&mut tx, item.tenant_id, item.fax_id).await?;
        self.wait_for_money(&mut tx, item, terms.needs(), self.now())
            .await?;
        tx.commit().await?;
        Ok(Prepared::Dropped)
    }

    pub(super) async fn end_without_call(
        &self,
        tx: &mut faxgate_db::Tx,
        item: &Item,
        fax: &faxes::Fax,
        state: ItemState,
        reason: &str,
    ) -> Result<()> {
        let now = self.now();
        let change = items::Change {
            due_at: now,
            error: (state == ItemState::Failed).then(|| reason.to_owned()),
            ..items::Change::of(item, state)
        };
        if !items::change(tx, item.tenant_id, item.id, item.fence, &change, now).await? {
            return Ok(());
        }
        if item.attempts > 0 {
            self.let_go(tx, item, now).await?;
        }
        self.count_ended(tx, fax, state, 1, now).await?;
        let event = Event {
            fax: Some(fax.id),
            item: Some(item.id),
            attempt: None,
            kind: format!("recipient.{state}"),
            text: format!("{}: {reason}", item.recipient_raw),
            data: None,
            at: now,
        };
        let error = change.error.or_else(|| fax.error.clone());
        let standing = self.refresh_status(tx, fax, 0, error).await?;
        let told: Vec<_> = [event].into_iter().chain(standing.ended).collect();
        events::append_all(tx, item.tenant_id, &told).await?;
        Ok(())
    }
}

/// What the number says of itself comes before what its tenant says.
fn header(tenant: &Tenant, did: Option<&Did>, sender: &E164, now: Timestamp) -> HeaderLine {
    let text = did.and_then(|did| shown(did.header_text.clone()));
    let zone = did.and_then(|did| did.time_zone);
    let name = text.as_deref().unwrap_or(&tenant.name);
    HeaderLine::new(name, sender, zone.unwrap_or(tenant.time_zone), now)
}

/// In printable ASCII, which is all that a call or the header line can show; `None` when nothing is left.
fn shown(text: Option<String>) -> Option<String> {
    text.map(|text| plain(&text))
        .filter(|text| !text.is_empty())
}

/// The longest that the call can take once it is answered: negotiation and the good-byes, then each page at its worst, or
/// all of them at the lowest speed that machines fall back to, whichever is more.
fn longest(fax: &faxes::Fax, pages_left: u32, worst_page: Duration) -> Duration {
    /// From 14,400 bit/s, for which `line_seconds` is, to 2,400; and a page may need to be sent again.
    const SLOWEST: u32 = 8;
    let all = u32::try_from(fax.pages).unwrap_or(1).max(1);
    let seconds = u64::try_from(fax.line_seconds).unwrap_or(0);
    let slowly = Duration::from_secs(seconds) * SLOWEST * pages_left / all;
    Duration::from_secs(120) + (worst_page * pages_left).max(slowly)
}
