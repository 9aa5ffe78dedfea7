//! Writing down how far calls have come.

use std::collections::BTreeMap;

use faxgate_db::attempts::{self, Attempt};
use faxgate_db::events::{self, Event};
use faxgate_db::faxes::{self, Fax, Progress};
use faxgate_db::{Tx, items};
use faxgate_lifecycle::fax_status;
use faxgate_types::{AttemptPhase, TenantId, Timestamp};

use crate::app::App;
use crate::error::Result;

/// A step of a call.
#[derive(Clone, Debug)]
pub struct Step {
    /// The attempt, under whose fence the step is written.
    pub attempt: Attempt,
    /// How far it has come.
    pub phase: AttemptPhase,
    /// Pages confirmed in this call.
    pub transferred: u32,
    /// When that was seen.
    pub at: Timestamp,
}

impl App {
    /// Writes steps of many calls down in one transaction, those of one call in their order. For each step: whether it was
    /// written; `false`: its attempt is settled, or no longer this node's.
    ///
    /// # Errors
    /// When the database cannot be reached; nothing is lost then, since the calls' records tell it again.
    pub async fn write_steps(&self, steps: &[Step]) -> Result<Vec<bool>> {
        let mut tx = self.db.system("progress of calls").await?;
        // Whoever locks several rows takes attempts before tenants, attempts in the order of their items: no two wait in a circle.
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|at| {
            let attempt = steps.get(*at).map(|step| &step.attempt);
            attempt.map(|attempt| (attempt.item_id, attempt.id))
        });
        let mut written = vec![false; steps.len()];
        let mut stories: BTreeMap<TenantId, Vec<(usize, Event)>> = BTreeMap::new();
        for at in order {
            let Some(step) = steps.get(at) else { continue };
            let is_ours =
                attempts::progress(&mut tx, &step.attempt, step.phase, step.transferred).await?;
            if let Some(slot) = written.get_mut(at) {
                *slot = is_ours;
            }
            if let Some(event) = event(step).filter(|_| is_ours) {
                let story = stories.entry(step.attempt.tenant_id).or_default();
                story.push((at, event));
            }
        }
        for (tenant, mut story) in stories {
            story.sort_by_key(|(at, _)| *at);
            let story: Vec<_> = story.into_iter().map(|(_, event)| event).collect();
            events::append_all(&mut tx, tenant, &story).await?;
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Brings a fax's status in line with its items, in the transaction that changed one.
    pub(crate) async fn refresh_status(
        &self,
        tx: &mut Tx,
        fax: &Fax,
        more_seconds: u32,
        error: Option<String>,
    ) -> Result<()> {
        let states = items::states(tx, fax.tenant_id, fax.id).await?;
        let progress = Progress {
            status: fax_status(states),
            more_seconds,
            error,
        };
        faxes::progress(tx, fax.tenant_id, fax.id, &progress, self.now()).await?;
        Ok(())
    }
}

/// What a reader of the timeline is told of a step.
fn event(step: &Step) -> Option<Event> {
    let attempt = &step.attempt;
    let start = u32::try_from(attempt.start_page).unwrap_or(0);
    let (kind, text) = match (step.phase, step.transferred) {
        (AttemptPhase::Ringing, _) => ("attempt.ringing", "it rings".to_owned()),
        (AttemptPhase::Answered, _) => ("attempt.answered", "answered".to_owned()),
        (AttemptPhase::Negotiated, 0) => {
            ("attempt.negotiated", "the fax machines agreed".to_owned())
        }
        (AttemptPhase::Negotiated, n) => ("page.sent", format!("page {} confirmed", start + n)),
        // Nothing that a reader could use.
        (
            AttemptPhase::Intended
            | AttemptPhase::Dialing
            | AttemptPhase::Placed
            | AttemptPhase::Settled,
            _,
        ) => return None,
    };
    Some(Event {
        fax: attempt.fax_id,
        item: Some(attempt.item_id),
        attempt: u32::try_from(attempt.number).ok(),
        kind: kind.to_owned(),
        text,
        at: step.at,
    })
}
