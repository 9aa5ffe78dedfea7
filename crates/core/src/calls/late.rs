//! Word of a call that comes after it was given up as unknown: what nobody knew is known after all.

use faxgate_db::attempts::{self, Attempt};
use faxgate_db::events::{self, Event};
use faxgate_db::items::{self, Item};
use faxgate_db::usage::{self, Day, Usage};
use faxgate_db::{Wake, faxes, tenants};
use faxgate_lifecycle::{Action, Attempt as Machine, Evidence, Verdict, fate};
use faxgate_types::{AttemptPhase, ItemState, Outcome, Witness};

use super::settle::{change, ending, policy_of, view};
use super::{CallFacts, story};
use crate::app::App;
use crate::error::{Error, Result};
use crate::transport::CallEvent;

impl App {
    /// Revises the verdict on a call of which nobody knew how it ended, from what is told of its end after all. `false`:
    /// nothing changed, for it tells of no end, somebody has decided about the recipient by now, or it was called again.
    pub(super) async fn resolve_late(&self, attempt: &Attempt, told: CallEvent) -> Result<bool> {
        let tenant = attempt.tenant_id;
        let by = told.by;
        let now = self.now();
        let gone = || Error::internal("an attempt has lost its fax, its item or its tenant");
        // The fax, the item, then the attempt, as everybody takes them.
        let mut tx = self.db.write(tenant).await?;
        let fax = faxes::lock(&mut tx, tenant, attempt.fax_id)
            .await?
            .ok_or_else(gone)?;
        let item = items::find(&mut tx, tenant, attempt.item_id)
            .await?
            .ok_or_else(gone)?;
        let all = attempts::of_item(&mut tx, tenant, item.id).await?;
        let is_last = all.last().is_some_and(|last| last.id == attempt.id);
        let verdict = verdict(&item, attempt, told.evidence, by);
        let (ItemState::Held, true, Some(verdict)) = (item.state, is_last, verdict) else {
            tracing::warn!(
                fax = %fax.id, call = %attempt.call_uuid,
                "the end of a call that was taken for unknown was told too late to change anything"
            );
            return Ok(false);
        };
        let facts = CallFacts {
            seconds: told.seconds.unwrap_or(0).max(count(attempt.duration)),
            remote_station_id: told.remote_station_id,
            taken_over: false,
        };
        let cost = match item.simulated {
            true => 0,
            false => self.settings.tariff.cost(&item.destination, facts.seconds),
        };
        let mut view = view(&item, attempt, &all, &fax, now);
        // As it was before the call, which had been counted as a line that broke.
        view.confirmed = count(attempt.start_page);
        view.tries.line = view.tries.line.saturating_sub(1);
        let policy = policy_of(&mut tx, &item).await;
        let fate = fate(&verdict, &view, &self.settings.retry.for_tenant(&policy));
        let change = change(&item, attempt, &verdict, &view, fate, now);
        let ending = ending(&verdict, &facts, attempt, view.total_pages, cost);
        let revised = items::change(&mut tx, tenant, item.id, attempt.fence, &change, now).await?
            && attempts::reopen(&mut tx, attempt).await?
            && attempts::settle(&mut tx, attempt, &ending, now).await?;
        if !revised {
            // Nothing is committed.
            return Ok(false);
        }
        let more_seconds = facts.seconds.saturating_sub(count(attempt.duration));
        let left = items::of_fax(&mut tx, tenant, fax.id).await?;
        let error = left
            .into_iter()
            .rev()
            .filter(|item| matches!(item.state, ItemState::Failed | ItemState::Held))
            .find_map(|item| item.error);
        self.refresh_status(&mut tx, &fax, more_seconds, error)
            .await?;
        if !item.simulated {
            let zone = tenants::find(&mut tx, tenant)
                .await?
                .ok_or_else(gone)?
                .time_zone;
            // The call itself was counted.
            let used = Usage {
                attempts: 0,
                line_seconds: u64::from(more_seconds),
                cost: cost.saturating_sub(u64::try_from(attempt.cost).unwrap_or(0)),
            };
            usage::add(&mut tx, tenant, Day::of(zone, attempt.created_at), used).await?;
        }
        let heard = Verdict {
            // Who told stands before it.
            by: Witness::Event,
            ..verdict.clone()
        };
        let [(kind, call), recipient] =
            story::story(&heard, &facts, fate, view.settings, view.total_pages);
        let call = format!("resolved late {}: {call}", by.sentence());
        let told = [(kind, call), recipient].map(|(kind, text)| Event {
            fax: fax.id,
            item: Some(item.id),
            attempt: u32::try_from(attempt.number).ok(),
            kind: kind.to_owned(),
            text,
            at: now,
        });
        events::append_all(&mut tx, tenant, &told).await?;
        tx.wake(Wake::Queue);
        tx.commit().await?;
        tracing::info!(
            fax = %fax.id, call = %attempt.call_uuid, attempt = attempt.number, outcome = %verdict.outcome,
            evidence = ending.evidence,
            "attempt {} of fax {} to {} is not unknown any more: {}; the recipient is now {}",
            attempt.number, fax.id, item.destination, verdict.outcome, change.state
        );
        self.queue_changed.notify_one();
        Ok(true)
    }
}

/// Whether nobody knows how a call ended, although it is settled.
pub(super) fn is_unknown(attempt: &Attempt) -> bool {
    attempt.phase == AttemptPhase::Settled && attempt.outcome == Some(Outcome::Unknown)
}

/// What the call would have come to, had this been known.
fn verdict(item: &Item, attempt: &Attempt, evidence: Evidence, by: Witness) -> Option<Verdict> {
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
    machine.on_from(evidence, by).into_iter().find_map(settle)
}

fn count(n: i32) -> u32 {
    u32::try_from(n).unwrap_or(0)
}
