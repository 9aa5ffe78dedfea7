//! What the line that claims may take.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::Timestamp;

use super::{Claim, LaneLimits};
use crate::column::{At, OptAt};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::lanes;
use crate::tx::Tx;

/// A call is granted at most so long before its moment.
const AHEAD: Duration = Duration::from_millis(250);

/// The line's room, as all nodes see it.
#[derive(Debug)]
pub(super) struct Room {
    limits: LaneLimits,
    /// While it is being tried after a pause: one call.
    on_trial: bool,
    /// GCRA's theoretical arrival time.
    next_call_at: Timestamp,
    is_spent: bool,
}

/// Why a line takes nothing now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shut {
    /// Until a call ends.
    Full,
    /// Until then.
    Until(Timestamp),
}

impl Shut {
    /// When it opens by itself.
    pub(super) fn until(self) -> Option<Timestamp> {
        match self {
            Self::Full => None,
            Self::Until(at) => Some(at),
        }
    }
}

impl Room {
    pub(super) async fn load(tx: &mut Tx, claim: &Claim<'_>) -> DbResult<Result<Self, Shut>> {
        type Row = (OptAt, i32, OptAt);
        let row: Option<Row> = on_either!(tx, conn => {
            lanes::table
                .find(claim.lane)
                .select((lanes::paused_until, lanes::pauses, lanes::next_call_at))
                .first(conn)
                .await
                .optional()
        })?;
        let mut room = Self {
            limits: claim.limits,
            on_trial: false,
            next_call_at: claim.now,
            is_spent: false,
        };
        if let Some((paused_until, pauses, next_call_at)) = row {
            let paused_until: Option<Timestamp> = paused_until.into();
            if let Some(until) = paused_until.filter(|until| *until > claim.now) {
                return Ok(Err(Shut::Until(until)));
            }
            room.on_trial = pauses > 0;
            let next: Option<Timestamp> = next_call_at.into();
            room.next_call_at = next.unwrap_or(claim.now).max(claim.now);
        }
        Ok(Ok(room))
    }

    /// When the next call may be placed, with so many open on the line.
    pub(super) fn next(&self, open: u32, now: Timestamp) -> Result<Timestamp, Shut> {
        let most = match (self.on_trial, self.limits.max_calls) {
            (true, _) => 1,
            (false, most) => most.unwrap_or(u32::MAX),
        };
        if open >= most {
            return Err(Shut::Full);
        }
        let at = self.next_call_at.max(now);
        if self.limits.calls_per_second.is_some() && at > now + AHEAD {
            return Err(Shut::Until(at - AHEAD / 2));
        }
        Ok(at)
    }

    /// A call was granted for this moment.
    pub(super) fn spend(&mut self, at: Timestamp) {
        if let Some(rate) = self.limits.calls_per_second {
            self.next_call_at = at + Duration::from_secs(1) / rate.max(1);
            self.is_spent = true;
        }
    }

    pub(super) async fn save(&self, tx: &mut Tx, claim: &Claim<'_>) -> DbResult<()> {
        if !self.is_spent {
            return Ok(());
        }
        on_either!(tx, conn => {
            diesel::insert_into(lanes::table)
                .values((
                    lanes::name.eq(claim.lane),
                    lanes::next_call_at.eq(At(self.next_call_at)),
                    lanes::updated_at.eq(At(claim.now)),
                ))
                .on_conflict(lanes::name)
                .do_update()
                .set(lanes::next_call_at.eq(At(self.next_call_at)))
                .execute(conn)
                .await
        })?;
        Ok(())
    }
}
