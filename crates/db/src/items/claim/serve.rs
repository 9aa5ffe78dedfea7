//! Turn by turn: who gets the next call.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use faxgate_types::{ItemId, Priority, TenantId, Timestamp};

use super::allowance::Allowance;
use super::book::Book;
use super::candidates::{self, Candidate, Depth, Waiting};
use super::crowd::Crowd;
use super::lane::{Room, Shut};
use super::open::Open;
use super::way::{self, Way};
use super::{Claim, write};
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::tx::Tx;

/// A tenant of whose first items nothing can be called comes again after this, so that others need not wait meanwhile.
const PAUSE: Duration = Duration::from_millis(100);
/// A claim that has to set aside so many items ends early.
const MOST_SET_ASIDE: usize = 500;
/// And so does one that has looked at so many tenants.
const MOST_TENANTS: usize = 256;
/// Besides so many of whom everything is to wait for another line: they stay first in turn, and every claim meets them.
const MOST_PASSED_OVER: usize = 4096;
/// What cannot be read will hardly be readable soon.
const UNREADABLE: Duration = Duration::from_secs(600);

/// A claim in the making.
pub(super) struct Serving<'a> {
    pub(super) claim: &'a Claim<'a>,
    pub(super) room: Room,
    pub(super) open: Open,
    pub(super) book: Book,
    pub(super) crowd: Crowd,
    /// What tenants have, once somebody looked.
    waiting: HashMap<TenantId, Hand>,
    pub(super) taken: Vec<Taken>,
    parked: Vec<(ItemId, TenantId)>,
    put_off: Vec<(ItemId, TenantId, Timestamp)>,
    /// Items that are to wait for another line.
    left: Vec<(ItemId, TenantId)>,
    /// Tenants of whom nothing else is due.
    passed_over: usize,
    /// When to look again, by what was found.
    again: Option<Timestamp>,
}

/// What one tenant has left.
struct Hand {
    waiting: Waiting,
    depth: Depth,
    allowance: Option<Allowance>,
}

/// An item that gets a call.
pub(super) struct Taken {
    pub(super) item: ItemId,
    pub(super) tenant: TenantId,
    pub(super) line_ms: i64,
    pub(super) call_at: Timestamp,
}

impl<'a> Serving<'a> {
    pub(super) fn new(
        claim: &'a Claim<'a>,
        room: Room,
        open: Open,
        book: Book,
        crowd: Crowd,
    ) -> Self {
        Self {
            claim,
            room,
            open,
            book,
            crowd,
            waiting: HashMap::new(),
            taken: Vec::new(),
            parked: Vec::new(),
            put_off: Vec::new(),
            left: Vec::new(),
            passed_over: 0,
            again: None,
        }
    }

    /// Deals out calls until there is no more room, or nobody has anything due. Answers why the line takes no more.
    pub(super) async fn run(&mut self, tx: &mut Tx) -> DbResult<Option<Shut>> {
        while self.taken.len() < self.claim.limit as usize {
            let at = match self.room.next(self.open.on_lane, self.claim.now) {
                Ok(at) => at,
                Err(shut) => return Ok(Some(shut)),
            };
            let Some(tenant) = self.book.first(tx).await? else {
                return Ok(None);
            };
            let set_aside = self.parked.len() + self.put_off.len();
            // The claim must end some time; others may want to write.
            let looked_at = self.waiting.len() - self.passed_over;
            if set_aside > MOST_SET_ASIDE || looked_at > MOST_TENANTS {
                self.look_again_at(self.claim.now);
                return Ok(None);
            }
            if self.passed_over > MOST_PASSED_OVER {
                // The next claim meets the same ones, until one of them takes another line.
                self.look_again_at(self.claim.now + PAUSE);
                return Ok(None);
            }
            if self.waiting.contains_key(&tenant) {
                self.serve(tx, tenant, at).await?;
            } else {
                self.look(tx).await?;
            }
        }
        Ok(None)
    }

    /// Looks at what those who are next have waiting; whoever is at a limit goes to sleep.
    async fn look(&mut self, tx: &mut Tx) -> DbResult<()> {
        let want = (self.claim.limit as usize)
            .saturating_sub(self.taken.len())
            .clamp(4, 32);
        let next = self.book.upcoming().take(want);
        let next: Vec<_> = next.filter(|t| !self.waiting.contains_key(t)).collect();
        let mut may = Vec::new();
        let mut allowances = HashMap::new();
        for tenant in next {
            let open = self.open.of_tenant(tenant);
            let Some(share) = self.book.share(tenant) else {
                continue;
            };
            // Whoever changes either has this looked at.
            let stopped = match (share.is_unreadable, share.is_suspended) {
                (_, true) => Some(WaitingFor::Suspended),
                (true, false) => Some(WaitingFor::Policy),
                (false, false) => None,
            };
            if stopped.is_some() {
                let until = self.claim.now + UNREADABLE;
                self.book.sleep(tenant, stopped, Some(until));
                self.waiting.insert(tenant, Hand::empty());
                continue;
            }
            if share.is_limited() {
                let allowance = Allowance::load(tx, tenant, share, open, self.claim).await?;
                if let Some((limit, until)) = allowance.is_spent() {
                    self.book.sleep(tenant, Some(limit), Some(until));
                    self.waiting.insert(tenant, Hand::empty());
                    continue;
                }
                allowances.insert(tenant, allowance);
            }
            may.push(tenant);
        }
        self.deal(tx, &may, Depth::of(may.len()), allowances).await
    }

    async fn deal(
        &mut self,
        tx: &mut Tx,
        tenants: &[TenantId],
        depth: Depth,
        mut allowances: HashMap<TenantId, Allowance>,
    ) -> DbResult<()> {
        if tenants.is_empty() {
            return Ok(());
        }
        let found = candidates::load(tx, tenants, self.claim, depth).await?;
        let due = found.values().flat_map(|waiting| &waiting.due);
        self.crowd.ask(tx, due.map(|c| &c.destination)).await?;
        for (tenant, waiting) in found {
            let hand = Hand {
                waiting,
                depth,
                allowance: allowances.remove(&tenant),
            };
            self.waiting.insert(tenant, hand);
        }
        Ok(())
    }

    /// Gives the tenant one call, or finds that it can use none.
    async fn serve(&mut self, tx: &mut Tx, tenant: TenantId, at: Timestamp) -> DbResult<()> {
        let next_call_at = self.book.share(tenant).and_then(|share| share.next_call_at);
        if let Some(next) = next_call_at.filter(|next| *next > at) {
            self.book
                .sleep(tenant, Some(WaitingFor::CallsPerSecond), Some(next));
            return Ok(());
        }
        loop {
            let Some(hand) = self.waiting.get_mut(&tenant) else {
                return Ok(());
            };
            let Some(candidate) = hand.waiting.due.pop_front() else {
                return self.is_done(tx, tenant).await;
            };
            if candidate.priority == Priority::Bulk && !self.has_room_for_bulk(tenant) {
                self.wait_for_bulk(tenant);
                return Ok(());
            }
            if candidate.priority == Priority::Bulk
                && let Some(at) = self.spent_for_bulk(tenant)
            {
                self.look_again_at(at);
                self.wait_for_bulk(tenant);
                return Ok(());
            }
            if self.must_wait(tenant, &candidate) {
                continue;
            }
            self.take(tenant, &candidate, at);
            return Ok(());
        }
    }

    /// Whether the line and the tenant may have one more bulk call.
    fn has_room_for_bulk(&mut self, tenant: TenantId) -> bool {
        let limits = &self.claim.limits;
        let most = self.book.share(tenant).and_then(|s| s.policy.max_calls);
        self.open.bulk_on_lane < limits.bulk_of(limits.max_calls)
            && self.open.of_tenant(tenant).bulk < limits.bulk_of(most)
    }

    /// Until when the tenant's bulk calls have used up what is theirs of its limits.
    fn spent_for_bulk(&self, tenant: TenantId) -> Option<Timestamp> {
        let hand = self.waiting.get(&tenant)?;
        hand.allowance.as_ref()?.is_spent_for_bulk()
    }

    /// All that the tenant has left is bulk: it keeps its place until one of the bulk calls ends.
    fn wait_for_bulk(&mut self, tenant: TenantId) {
        let hand = self.waiting.insert(tenant, Hand::empty());
        if let Some(due) = hand.and_then(|hand| hand.waiting.next_due) {
            self.look_again_at(due);
        }
        self.book.pass_over(tenant);
        self.passed_over += 1;
    }

    /// Whether something keeps this item from being called now; then it is set aside.
    fn must_wait(&mut self, tenant: TenantId, candidate: &Candidate) -> bool {
        let now = self.claim.now;
        let way = way::of(self.claim, candidate);
        if let Way::Later(at) = way {
            self.look_again_at(at);
        }
        if way != Way::Here {
            self.left.push((candidate.item, tenant));
            return true;
        }
        let zones = candidate.destination.zones();
        let open = self.book.share(tenant).map_or(Ok(()), |share| {
            share.policy.open_at(candidate.priority, zones, now)
        });
        if let Err(opens) = open {
            self.put_off.push((candidate.item, tenant, opens));
            if let Some(hand) = self.waiting.get_mut(&tenant) {
                let next = &mut hand.waiting.next_due;
                *next = Some(next.map_or(opens, |next| next.min(opens)));
            }
            return true;
        }
        if !self.crowd.has_room(&candidate.destination, &self.open) {
            self.crowd.park(&candidate.destination);
            self.parked.push((candidate.item, tenant));
            return true;
        }
        false
    }

    fn take(&mut self, tenant: TenantId, candidate: &Candidate, at: Timestamp) {
        let line_ms = candidate.line_ms;
        self.taken.push(Taken {
            item: candidate.item,
            tenant,
            line_ms,
            call_at: at,
        });
        self.room.spend(at);
        self.open
            .take(tenant, &candidate.destination, line_ms, candidate.priority);
        self.crowd.call(&candidate.destination);
        self.book.charge(tenant, line_ms);
        if let Some(share) = self.book.share(tenant)
            && let Some(rate) = share.policy.calls_per_second
        {
            share.next_call_at = Some(at + Duration::from_secs(1) / rate.max(1));
        }
        let allowance = self
            .waiting
            .get_mut(&tenant)
            .and_then(|hand| hand.allowance.as_mut());
        if let Some(allowance) = allowance {
            allowance.spend(line_ms, candidate.pages);
            if let Some((limit, until)) = allowance.is_spent() {
                self.book.sleep(tenant, Some(limit), Some(until));
            }
        }
    }

    /// Nothing is left of what was read for the tenant.
    async fn is_done(&mut self, tx: &mut Tx, tenant: TenantId) -> DbResult<()> {
        let Some(hand) = self.waiting.remove(&tenant) else {
            return Ok(());
        };
        let goes_elsewhere = self.left.iter().any(|(_, of)| *of == tenant);
        let deeper = match hand.depth {
            _ if hand.waiting.is_all => None,
            // What it may take can be behind any number of what it may not.
            Depth::Deep if goes_elsewhere => Some(Depth::Behind),
            depth => depth.deeper(),
        };
        if let Some(depth) = deeper {
            let allowances = hand.allowance.map(|a| (tenant, a)).into_iter().collect();
            self.deal(tx, &[tenant], depth, allowances).await?;
            let seen = self.seen(tenant);
            if let Some(deeper) = self.waiting.get_mut(&tenant) {
                deeper.waiting.due.retain(|c| !seen.contains(&c.item));
                // What was put off looks due until it is written down, and comes back then.
                let next = [deeper.waiting.next_due, hand.waiting.next_due];
                deeper.waiting.next_due = next.into_iter().flatten().min();
            }
            return Ok(());
        }
        if goes_elsewhere {
            self.book.pass_over(tenant);
            self.passed_over += 1;
        } else if hand.waiting.is_all {
            self.book.sleep(tenant, None, hand.waiting.next_due);
        } else {
            self.book.sleep(tenant, None, Some(self.claim.now + PAUSE));
        }
        // It is not looked at again by this claim.
        self.waiting.insert(tenant, Hand::empty());
        Ok(())
    }

    fn seen(&self, of: TenantId) -> HashSet<ItemId> {
        let taken = self.taken.iter().map(|t| (t.item, t.tenant));
        let parked = self.parked.iter().copied();
        let put_off = self
            .put_off
            .iter()
            .map(|(item, tenant, _)| (*item, *tenant));
        let left = self.left.iter().copied();
        let all = taken.chain(parked).chain(put_off).chain(left);
        all.filter(|(_, tenant)| *tenant == of)
            .map(|(item, _)| item)
            .collect()
    }

    fn look_again_at(&mut self, at: Timestamp) {
        self.again = Some(self.again.map_or(at, |again| again.min(at)));
    }

    /// When to look again, by what was found.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        let crowd = self.crowd.next_look(&self.open);
        [self.again, crowd].into_iter().flatten().min()
    }

    /// Locks what was decided on, and sets aside what is to wait. Answers what may be claimed.
    pub(super) async fn settle(&mut self, tx: &mut Tx) -> DbResult<Vec<Taken>> {
        let taken = self.taken.iter().map(|taken| taken.item);
        let parked = self.parked.iter().map(|(item, _)| *item);
        let put_off = self.put_off.iter().map(|(item, _, _)| *item);
        let all: Vec<ItemId> = taken.chain(parked).chain(put_off).collect();
        let held: HashSet<ItemId> = write::hold(tx, &all).await?.into_iter().collect();

        let (parked, lost): (Vec<_>, Vec<_>) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|(item, _)| held.contains(item));
        let parked: Vec<ItemId> = parked.into_iter().map(|(item, _)| item).collect();
        write::park(tx, &parked, true).await?;
        lost.into_iter()
            .for_each(|(_, tenant)| self.book.stay_awake(tenant));

        let (put_off, lost): (Vec<_>, Vec<_>) = std::mem::take(&mut self.put_off)
            .into_iter()
            .partition(|(item, _, _)| held.contains(item));
        let put_off: Vec<_> = put_off
            .into_iter()
            .map(|(item, _, at)| (item, at))
            .collect();
        write::put_off(tx, &put_off).await?;
        lost.into_iter()
            .for_each(|(_, tenant, _)| self.book.stay_awake(tenant));

        let (taken, lost): (Vec<_>, Vec<_>) = std::mem::take(&mut self.taken)
            .into_iter()
            .partition(|taken| held.contains(&taken.item));
        for taken in lost {
            // Somebody is changing it at this moment: it may still be there afterwards.
            self.book.refund(taken.tenant, taken.line_ms);
            self.book.stay_awake(taken.tenant);
        }
        Ok(taken)
    }
}

impl Hand {
    fn empty() -> Self {
        Self {
            waiting: Waiting::default(),
            depth: Depth::Deep,
            allowance: None,
        }
    }
}
