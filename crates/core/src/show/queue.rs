//! The facts by which waiting is explained: those that claims go by.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use faxgate_db::items::{Item, WaitingFor};
use faxgate_db::queue_view::{self, ShareView};
use faxgate_db::routes::{self, ON_NET, Route};
use faxgate_db::{Tx, broadcasts, lanes, nodes};
use faxgate_types::{E164, ItemId, ItemState, TimeZone, Timestamp};

use super::waiting::Lines;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;
use crate::operate::{SIMULATOR, lives};

/// So many items of a tenant are looked through for a position.
pub(super) const MOST_IN_LINE: usize = 1000;
/// The stretch by which the pace of a tenant's calls is judged.
const LATELY: Duration = Duration::from_secs(600);

/// The queue, as far as it concerns the items of one fax.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
    /// Numbers that take no further call now, since the tenant itself is calling them.
    pub(super) busy: HashSet<E164>,
    /// Calls of the tenant that began lately.
    pub(super) recent_calls: u32,
    pub(super) positions: HashMap<ItemId, u32>,
    pub(super) share: ShareView,
    pub(super) lines: Lines,
    /// How the lines of those items are that may not take every line, and which lines those are.
    pub(super) routed: HashMap<ItemId, (Lines, Route)>,
    /// Whether the fax is set aside with its broadcast.
    pub(super) is_paused: bool,
}

impl Queue {
    /// An item's place among the tenant's own that are due, 1 is next; `None` beyond the first thousand.
    pub(super) fn position(&self, item: ItemId) -> Option<u32> {
        self.positions.get(&item).copied()
    }

    /// How the lines are that an item may take.
    pub(super) fn lines(&self, item: ItemId) -> Lines {
        self.routed
            .get(&item)
            .map_or(self.lines, |(lines, _)| *lines)
    }

    /// The lines that an item may take, when it may not take every line.
    pub(super) fn route(&self, item: ItemId) -> Option<&Route> {
        self.routed.get(&item).map(|(_, route)| route)
    }

    /// The limit that the tenant is at, and until when, as far as is known.
    pub(super) fn limit(&self) -> Option<(WaitingFor, Option<Timestamp>)> {
        let limit = self.share.waiting_for?;
        Some((limit, self.share.next_due.filter(|at| *at > self.now)))
    }

    /// About when the turn of this position comes, at the pace of the tenant's calls lately.
    pub(super) fn turn_of(&self, position: u32) -> Option<Timestamp> {
        match (position, self.recent_calls) {
            (1, 0) => Some(self.now),
            (_, 0) => None,
            (position, recent) => Some(self.now + LATELY * position.saturating_sub(1) / recent),
        }
    }
}

impl App {
    /// What there is to know for explaining why these items, of one fax, wait. `tx` is the tenant's.
    pub(super) async fn queue(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        items: &[Item],
    ) -> Result<Queue> {
        let now = self.now();
        let mut queue = Queue {
            now,
            zone: caller.tenant.time_zone,
            busy: HashSet::new(),
            recent_calls: 0,
            positions: HashMap::new(),
            share: ShareView::default(),
            lines: Lines::Up,
            routed: HashMap::new(),
            is_paused: false,
        };
        if let Some(waits) = items.iter().find(|item| item.state == ItemState::Queued) {
            queue.is_paused = broadcasts::is_paused(tx, waits.tenant_id, waits.fax_id).await?;
        }
        let due: Vec<&Item> = items
            .iter()
            .filter(|item| item.state == ItemState::Queued && item.due_at <= now)
            .collect();
        let Some(first) = due.first() else {
            return Ok(queue);
        };
        // All items of a fax go the same way.
        let (tenant, simulated) = (caller.tenant.id, first.simulated);
        // Told apart from the others, they would tell that somebody else is calling.
        let aside: Vec<&Item> = due.iter().copied().filter(|item| item.parked).collect();
        let line = queue_view::in_line(tx, tenant, simulated, now, &aside, MOST_IN_LINE).await?;
        queue.positions = line.into_iter().zip(1..).collect();
        queue.share = queue_view::share(tx, tenant, simulated).await?;
        queue.recent_calls = queue_view::begun_since(tx, tenant, simulated, now - LATELY).await?;
        let routes = routes::of_fax(tx, tenant, first.fax_id).await?;
        let numbers: Vec<E164> = due.iter().map(|item| item.destination.clone()).collect();
        let mut tx = self.db.system_read("why a fax waits").await?;
        queue.busy = queue_view::busy(&mut tx, tenant, simulated, &numbers)
            .await?
            .into_iter()
            .collect();
        let nodes = nodes::all(&mut tx).await?;
        let paused: HashMap<String, Timestamp> = lanes::all(&mut tx)
            .await?
            .into_iter()
            .filter_map(|lane| Some((lane.name, lane.paused_until.filter(|at| *at > now)?)))
            .collect();
        tx.commit().await?;
        let connected: Vec<&str> = nodes
            .iter()
            .filter(|node| lives(node, now))
            .flat_map(|node| node.lanes.split_whitespace())
            .filter(|lane| (*lane == SIMULATOR) == simulated)
            .collect();
        let calling = connected.iter().copied().filter(|lane| *lane != ON_NET);
        queue.lines = lines(calling, &paused);
        let routed = |(item, route): (ItemId, Route)| {
            let named = connected.iter().copied().filter(|lane| route.has(lane));
            (item, (lines(named, &paused), route))
        };
        queue.routed = routes.into_iter().map(routed).collect();
        Ok(queue)
    }
}

fn lines<'a>(
    connected: impl Iterator<Item = &'a str>,
    paused: &HashMap<String, Timestamp>,
) -> Lines {
    let mut first = None;
    for lane in connected {
        match (paused.get(lane), first) {
            (None, _) => return Lines::Up,
            (Some(until), Some(earlier)) if *until >= earlier => {}
            (Some(until), _) => first = Some(*until),
        }
    }
    first.map_or(Lines::Down, Lines::Paused)
}
