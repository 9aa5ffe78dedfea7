//! What becomes of an item.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{ItemId, ItemState, LineSettings, TenantId, Timestamp};

use super::{Item, WaitingFor};
use crate::column::{At, Word, count, signed};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::queue_items as items;
use crate::shares;
use crate::tx::Tx;

/// What an item becomes after an attempt, or without one.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its next state.
    pub state: ItemState,
    /// When it is next due.
    pub due_at: Timestamp,
    /// Pages confirmed by now.
    pub confirmed_pages: u32,
    /// Failures so far: line, negotiation, not a fax, local.
    pub tries: [u32; 4],
    /// Calls that ended after some pages.
    pub tries_partial: u32,
    /// Times in a row that nothing could be dialled.
    pub waits: u32,
    /// Why, for people.
    pub error: Option<String>,
    /// Why it is not due at once.
    pub waiting_for: Option<WaitingFor>,
    /// The line that the next call is better not placed on.
    pub avoid_lane: Option<String>,
    /// What of a line's abilities the next call may use.
    pub line_settings: Option<LineSettings>,
    /// Line time that was used since the claim, in milliseconds: its tenant's share is set right by it. Zero when nothing
    /// was dialled.
    pub line_ms: u64,
}

impl Change {
    /// A change that keeps everything as it is, but the state; nothing was dialled.
    #[must_use]
    pub fn of(item: &Item, state: ItemState) -> Self {
        let tries = [
            item.tries_line,
            item.tries_negotiation,
            item.tries_not_fax,
            item.tries_local,
        ];
        Self {
            state,
            due_at: item.due_at,
            confirmed_pages: count(item.confirmed_pages),
            tries: tries.map(count),
            tries_partial: count(item.tries_partial),
            waits: count(item.waits),
            error: item.error.clone(),
            waiting_for: item.waiting_for,
            avoid_lane: item.avoid_lane.clone(),
            line_settings: item.line_settings,
            line_ms: 0,
        }
    }
}

/// Changes an item under its fence, and ends its lease. `false`: somebody else has it by now, and nothing changed.
///
/// # Errors
/// When the query fails.
pub async fn change(
    tx: &mut Tx,
    tenant: TenantId,
    id: ItemId,
    fence: i64,
    to: &Change,
    now: Timestamp,
) -> DbResult<bool> {
    let processed_at = to.state.is_final().then_some(At(now));
    let [line, negotiation, not_fax, local] = to.tries.map(signed);
    let before: Option<(Word<ItemState>, bool, i64)> = on_either!(tx, conn => {
        items::table
            .filter(items::tenant_id.eq(Word(tenant)))
            .filter(items::id.eq(Word(id)))
            .filter(items::fence.eq(fence))
            .select((items::state, items::simulated, items::charge))
            .first(conn)
            .await
            .optional()
    })?;
    let Some((state, simulated, charge)) = before else {
        return Ok(false);
    };
    let changed = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::id.eq(Word(id)))
                .filter(items::fence.eq(fence)),
        )
        .set((
            items::state.eq(Word(to.state)),
            items::due_at.eq(At(to.due_at)),
            items::confirmed_pages.eq(signed(to.confirmed_pages)),
            items::tries_line.eq(line),
            items::tries_negotiation.eq(negotiation),
            items::tries_not_fax.eq(not_fax),
            items::tries_local.eq(local),
            items::tries_partial.eq(signed(to.tries_partial)),
            items::waits.eq(signed(to.waits)),
            items::error.eq(&to.error),
            items::waiting_for.eq(Word::opt(to.waiting_for)),
            items::avoid_lane.eq(&to.avoid_lane),
            items::line_settings.eq(Word::opt(to.line_settings)),
            items::parked.eq(false),
            items::leased_by.eq(None::<String>),
            items::lease_until.eq(None::<At>),
            items::processed_at.eq(processed_at),
            items::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    if changed != 1 {
        return Ok(false);
    }
    let due_at = (to.state == ItemState::Queued).then_some(to.due_at);
    // Only a claim charges.
    let charged = matches!(state.0, ItemState::Claimed | ItemState::Active);
    let more = if charged {
        i64::try_from(to.line_ms)
            .unwrap_or(i64::MAX)
            .saturating_sub(charge)
    } else {
        0
    };
    shares::note(tx, tenant, simulated, due_at, more).await?;
    Ok(true)
}
