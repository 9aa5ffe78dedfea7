//! Claims: which items are called next, and over which line.

mod allowance;
mod book;
mod candidates;
mod crowd;
mod lane;
mod notes;
mod on_net;
mod open;
mod serve;
mod way;
mod write;

use std::collections::HashMap;

use faxgate_types::{ItemId, Timestamp};

use self::book::Book;
use self::crowd::Crowd;
use self::lane::{Room, Shut};
pub use self::on_net::{OnNetClaim, claim_on_net};
use self::open::Open;
use self::serve::{Serving, Taken};
use super::Item;
use crate::error::DbResult;
use crate::tx::{System, Tx};

/// Who claims, and for which line.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The node that claims.
    pub node: &'a str,
    /// The line that the calls will be placed on.
    pub lane: &'a str,
    /// Test faxes, or real ones.
    pub simulated: bool,
    /// What the line takes, all nodes together.
    pub limits: LaneLimits,
    /// The lines that are up now. Items that had trouble with a line are left to another one, if there is one.
    pub lanes_up: &'a [&'a str],
    /// The time.
    pub now: Timestamp,
    /// Until when the lease runs.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// What a line takes, over all nodes that use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneLimits {
    /// Calls at once; `None`: no limit.
    pub max_calls: Option<u32>,
    /// New calls in one second; `None`: no limit.
    pub calls_per_second: Option<u32>,
    /// Of its calls at once, and of those that a tenant may have, so many in a hundred may be bulk, but always one; `None`: all. So an
    /// urgent fax finds room, however long the bulk calls last.
    pub bulk_percent: Option<u32>,
    /// What a minute costs, in millionths of the currency, so that calls in flight count against a tenant's money.
    pub cost_per_minute: u64,
}

impl LaneLimits {
    /// How many of so many calls at once may be bulk.
    pub(crate) fn bulk_of(&self, calls: Option<u32>) -> u32 {
        match (calls, self.bulk_percent) {
            (Some(calls), Some(percent)) => {
                let bulk = u64::from(calls) * u64::from(percent.min(100)) / 100;
                u32::try_from(bulk).unwrap_or(calls).max(1)
            }
            _ => u32::MAX,
        }
    }

    /// How much of so much is not for bulk calls.
    pub(crate) fn kept_of(&self, most: i64) -> i64 {
        let Some(percent) = self.bulk_percent else {
            return 0;
        };
        let bulk = i128::from(most) * i128::from(percent.min(100)) / 100;
        most - i64::try_from(bulk).unwrap_or(most).max(1).min(most)
    }
}

/// What a claim came to.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// What is to be called.
    pub items: Vec<Granted>,
    /// When it is worth while to claim for this line again, if nothing changes meanwhile: something will be due, a limit,
    /// pause or window will open. The time of the claim: more could be claimed at once. `None`: nothing waits that time
    /// alone would bring.
    pub next_look: Option<Timestamp>,
}

/// An item to call.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The item, under its new fence.
    pub item: Item,
    /// Its call may not be placed before: calls a second, over all nodes. At most a quarter of a second after the claim.
    pub call_at: Timestamp,
}

/// Claims items that are due, each with a new fence. Nobody else gets them while the lease runs.
///
/// Claims run one after another, so that every limit is checked against what the tables hold. Tenants take turns by start-time
/// fair queueing (Goyal, Vin, Cheng 1996) over line time: whoever had least of it, for its weight, is next.
///
/// # Errors
/// When the query fails.
pub async fn claim(tx: &mut System, claim: Claim<'_>) -> DbResult<Claimed> {
    write::be_alone(tx, claim.simulated).await?;
    let nothing = |shut: Shut| Claimed {
        items: Vec::new(),
        next_look: shut.until(),
    };
    let room = match Room::load(tx, &claim).await? {
        Ok(room) => room,
        Err(shut) => return Ok(nothing(shut)),
    };
    let open = Open::load(tx, claim.simulated, claim.lane).await?;
    if let Err(shut) = room.next(open.on_lane, claim.now) {
        return Ok(nothing(shut));
    }
    let (notes, more_notes) = notes::take(tx, claim.simulated).await?;
    let mut book = Book::open(tx, &claim, notes).await?;
    let mut crowd = Crowd::load(tx, &claim).await?;
    let woken = crowd.let_in(tx, &claim, &open).await?;
    book.know(tx, woken.iter().copied()).await?;
    woken.into_iter().for_each(|tenant| book.wake(tenant));

    let mut serving = Serving::new(&claim, room, open, book, crowd);
    let shut = serving.run(tx).await?;
    let taken = serving.settle(tx).await?;
    let granted = grant(tx, &claim, taken).await?;
    let again = serving.next_look();
    serving.room.save(tx, &claim).await?;
    serving.crowd.save(tx, &claim).await?;
    serving.book.save(tx).await?;
    let next_look = match shut {
        Some(shut) => shut.until(),
        None if more_notes || granted.len() >= claim.limit as usize => Some(claim.now),
        None => {
            let due = Book::next_due(tx, claim.simulated).await?;
            [due, again].into_iter().flatten().min()
        }
    };
    Ok(Claimed {
        items: granted,
        next_look,
    })
}

/// Claims what was taken, in the order in which it was.
async fn grant(tx: &mut Tx, claim: &Claim<'_>, taken: Vec<Taken>) -> DbResult<Vec<Granted>> {
    let charged: Vec<_> = taken.iter().map(|t| (t.item, t.line_ms)).collect();
    let items = write::claim(tx, claim, &charged).await?;
    let mut by_id: HashMap<ItemId, Item> = items.into_iter().map(|item| (item.id, item)).collect();
    let grant = |taken: Taken| {
        let item = by_id.remove(&taken.item)?;
        Some(Granted {
            item,
            call_at: taken.call_at,
        })
    };
    Ok(taken.into_iter().filter_map(grant).collect())
}
