//! Word of a call that comes after it was given up as unknown: what nobody knew is known after all.

use faxgate_db::attempts::{self, Attempt};
use faxgate_db::events;
use faxgate_db::items::{self, Item};
use faxgate_db::usage::{Day, Usage};
use faxgate_db::{Wake, faxes, routes, tenants};
use faxgate_lifecycle::{Action, Attempt as Machine, Evidence, Verdict, fate};
use faxgate_types::{AttemptPhase, ItemState, Outcome, Witness};

use super::settle::{called, change, ending, policy_of, used, view};
use super::{CallFacts, story};
use crate::app::App;
use crate::error::{Error, Result};
use crate::transport::CallEvent;

/// How often it is tried again when somebody changes the recipient in the very same moment.
const TRIES: u32 = 3;

/// What came of word that came late.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Late {
    Revised,
    /// It changes nothing any more.
    Ignored,
    /// Somebody changed the recipient meanwhile.
    Moved,
}

impl App {
    /// Revises the verdict on a call of which nobody knew how it ended, or which counted as never dialled, from what is told
    /// of it after all. `false`: nothing changed, for it tells of no end of a call that was known to be unknown, somebody has
    /// decided about the recipient by now, or it was called again.
    ///
    /// Who waits in the queue, or is claimed but not called yet, is not called then unless the late word says so.
    pub(super) async fn resolve_late(&self, attempt: &Attempt, told: CallEvent) -> Result<bool> {
        for _ in 0..TRIES {
            match self.revise(attempt, &told).await? {
                Late::Revised => return Ok(true),
                Late::Ignored => return Ok(false),
                Late::Moved => {}
            }
        }
        Err(Error::internal(
            "a recipient changes too often for a late end of its call to be written down",
        ))
    }

    async fn revise(&self, attempt: &Attempt, told: &CallEvent) -> Result<Late> {
        let tenant = attempt.tenant_id;
        let by = told.by;
        let now = self.now();
        let gone = || Error::internal("an attempt has lost its fax, its item or its tenant");
        // The fax, the item, then the attempt, as everybody takes them. Nobody intends a call of this fax meanwhile.
        let mut tx = self.db.write(tenant).await?;
        let fax = faxes::lock(&mut tx, tenant, attempt.fax_id)
            .await?
            .ok_or_else(gone)?;
        let item = items::find(&mut tx, tenant, attempt.item_id)
            .await?
            .ok_or_else(gone)?;
        let all = attempts::of_item(&mut tx, tenant, item.id).await?;
        let last = all.last().filter(|last| last.id == attempt.id);
        let verdict = last
            .filter(|last| is_in_doubt(last))
            .and_then(|last| verdict(&item, last, told.evidence.clone(), by))
            .filter(|verdict| is_open_to(&item, attempt, verdict));
        let (Some(attempt), Some(verdict)) = (last, verdict) else {
            tracing::warn!(
                fax = %fax.id, call = %attempt.call_uuid, item.state = %item.state,
                "what was told late of call {} changes nothing any more", attempt.call_uuid
            );
            return Ok(Late::Ignored);
        };
        let was = attempt.outcome;
        let facts = CallFacts {
            seconds: told.seconds.unwrap_or(0).max(count(attempt.duration)),
            remote_station_id: told.remote_station_id.clone(),
            taken_over: false,
        };
        let cost = match item.simulated {
            true => 0,
            false => self.settings.tariff.cost(&item.destination, facts.seconds),
        };
        let mut view = view(&item, attempt, &all, &fax, now);
        // As it was before the call, which had been counted as a line that broke, or as none.
        view.confirmed = count(attempt.start_page);
        if was == Some(Outcome::NeverDialled) {
            view.tries.waits = view.tries.waits.saturating_sub(1);
        } else {
            view.tries.line = view.tries.line.saturating_sub(1);
        }
        let policy = policy_of(&mut tx, &item).await;
        let fate = fate(&verdict, &view, &self.settings.retry.for_tenant(&policy));
        let change = change(&item, attempt, &verdict, &view, fate, now);
        let ending = ending(&verdict, &facts, attempt, view.total_pages, cost);
        let revised = items::change(&mut tx, tenant, item.id, item.fence, &change, now).await?
            && attempts::reopen(&mut tx, attempt).await?
            && attempts::settle(&mut tx, attempt, &ending, now).await?;
        if !revised {
            // Nothing is committed.
            return Ok(Late::Moved);
        }
        let more_seconds = facts.seconds.saturating_sub(count(attempt.duration));
        let left = items::of_fax(&mut tx, tenant, fax.id).await?;
        let error = left
            .into_iter()
            .rev()
            .filter(|item| matches!(item.state, ItemState::Failed | ItemState::Held))
            .find_map(|item| item.error);
        let standing = self
            .refresh_status(&mut tx, &fax, more_seconds, error)
            .await?;
        if !item.simulated {
            let zone = tenants::find(&mut tx, tenant)
                .await?
                .ok_or_else(gone)?
                .time_zone;
            let called = called(&ending, facts.seconds, change.state);
            let on_net = attempt.lane == routes::ON_NET;
            let known = used(&ending, change.state, on_net);
            let before = u64::from(count(attempt.transferred));
            let used = Usage {
                // The call itself was counted, unless there seemed to be none.
                attempts: (was == Some(Outcome::NeverDialled)).into(),
                line_seconds: u64::from(more_seconds),
                cost: cost.saturating_sub(u64::try_from(attempt.cost).unwrap_or(0)),
                price: self.charge(&mut tx, attempt, &called, now).await?,
                pages_sent: known.pages_sent.saturating_sub(before),
                pages_on_net: known.pages_on_net.saturating_sub(before),
                ..known
            };
            let day = Day::of(zone, attempt.created_at);
            self.count_usage(&mut tx, tenant, &policy, day, used)
                .await?;
        }
        let heard = Verdict {
            // Who told stands before it.
            by: Witness::Event,
            ..verdict.clone()
        };
        let [(kind, call), recipient] =
            story::story(&heard, &facts, fate, view.settings, view.total_pages);
        let how = match verdict.outcome {
            Outcome::Unknown => "heard of late",
            _ => "resolved late",
        };
        let call = format!("{how} {}: {call}", by.sentence());
        let told = [(kind, call), recipient];
        let data = story::data(&fax, &item, attempt, &verdict, fate, &change);
        let mut told = Vec::from(story::events(&fax, &item, attempt, told, data, now));
        let why = change.error.as_deref();
        told.extend(standing.told_with(|facts| facts.and_call(attempt, &verdict, why)));
        events::append_all(&mut tx, tenant, &told).await?;
        tx.wake(Wake::Queue);
        tx.commit().await?;
        tracing::info!(
            fax = %fax.id, call = %attempt.call_uuid, attempt = attempt.number, outcome = %verdict.outcome,
            evidence = ending.evidence,
            "attempt {} of fax {} to {} is not what it was taken for: {}; the recipient is now {}",
            attempt.number, fax.id, item.destination, verdict.outcome, change.state
        );
        self.queue_changed.notify_one();
        Ok(Late::Revised)
    }
}

/// Whether nobody knows how a call ended, although it is settled.
pub(super) fn is_unknown(attempt: &Attempt) -> bool {
    attempt.phase == AttemptPhase::Settled && attempt.outcome == Some(Outcome::Unknown)
}

/// Whether what is told late may change the verdict on a call: nobody knows how it ended, or it counts as never dialled.
pub(super) fn is_in_doubt(attempt: &Attempt) -> bool {
    let doubted = [Outcome::Unknown, Outcome::NeverDialled];
    attempt.phase == AttemptPhase::Settled && attempt.outcome.is_some_and(|o| doubted.contains(&o))
}

/// Whether a recipient still waits for what a new verdict on its last call says of it.
fn is_open_to(item: &Item, attempt: &Attempt, verdict: &Verdict) -> bool {
    match item.state {
        ItemState::Held => true,
        // Whoever decides to send a held item again gives it all its time anew. He would not have, had he known that it arrived.
        ItemState::Queued | ItemState::Claimed if item.created_at > attempt.created_at => {
            verdict.outcome == Outcome::Sent
        }
        ItemState::Queued | ItemState::Claimed => true,
        _ => false,
    }
}

/// What the call would have come to, had this been known. What is no end proves that a call that counted as never dialled
/// was, and no more.
fn verdict(item: &Item, attempt: &Attempt, evidence: Evidence, by: Witness) -> Option<Verdict> {
    let was_taken = attempt.outcome == Some(Outcome::NeverDialled);
    let mut machine = Machine::resume(
        count(attempt.start_page),
        count(attempt.total_pages),
        match attempt.transferred {
            0 => AttemptPhase::Placed,
            _ => AttemptPhase::Negotiated,
        },
        count(attempt.transferred),
        item.cancel_requested,
    );
    let settle = |action| match action {
        Action::Settle(verdict) => Some(verdict),
        _ => None,
    };
    let end = machine.on_from(evidence, by).into_iter().find_map(settle);
    let surfaced = || {
        let actions = machine.on_from(Evidence::Surfaced, by);
        actions.into_iter().find_map(settle)
    };
    end.or_else(|| was_taken.then(surfaced).flatten())
}

fn count(n: i32) -> u32 {
    u32::try_from(n).unwrap_or(0)
}
