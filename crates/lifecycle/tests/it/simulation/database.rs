//! What is committed: items, attempts, leases and fencing tokens. A write under an old token changes nothing.

use faxgate_lifecycle::{
    Fate, ItemView, LastPage, RetryPolicy, Tries, UnknownOutcome, Verdict, fate,
};
use faxgate_types::{AttemptPhase, ItemState, LineSettings, Outcome};
use std::time::Duration;

use super::judge::{CallNo, ItemNo, Judge};
use super::node::Note;
use super::switch::{CoreNo, SwitchNo};
use super::world::{NodeNo, World};

/// How long a node may be silent.
pub(super) const LEASE: u64 = 30_000;

pub(super) struct Item {
    pub(super) state: ItemState,
    pub(super) started: bool,
    pub(super) due_at: u64,
    pub(super) pages: u32,
    pub(super) confirmed: u32,
    pub(super) tries: Tries,
    pub(super) settings: LineSettings,
    pub(super) avoid: Option<SwitchNo>,
    pub(super) cancel: bool,
    pub(super) fence: u32,
    pub(super) owner: NodeNo,
    pub(super) lease_until: u64,
    pub(super) policy: RetryPolicy,
    /// When a call was first intended, and when the first that came about was.
    pub(super) intended_at: Option<u64>,
    pub(super) called_at: Option<u64>,
    /// Whether nobody knows how the last call that came about ended.
    pub(super) unknown: bool,
}

#[derive(Clone, Copy)]
pub(super) struct AttemptRow {
    pub(super) item: ItemNo,
    pub(super) fence: u32,
    pub(super) lane: SwitchNo,
    pub(super) core: CoreNo,
    pub(super) start: u32,
    pub(super) phase: AttemptPhase,
    pub(super) transferred: u32,
    pub(super) intended_at: u64,
    pub(super) send_by: u64,
    pub(super) overdue_at: u64,
}

impl Item {
    pub(super) fn new(pages: u32, policy: RetryPolicy) -> Self {
        Self {
            state: ItemState::Queued,
            started: false,
            due_at: 0,
            pages,
            confirmed: 0,
            tries: Tries::default(),
            settings: LineSettings::default(),
            avoid: None,
            cancel: false,
            fence: 0,
            owner: 0,
            lease_until: 0,
            policy,
            intended_at: None,
            called_at: None,
            unknown: false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state.is_final() || self.state == ItemState::Held
    }
}

/// A tenant's choices.
pub(super) fn policy(number: u64) -> RetryPolicy {
    RetryPolicy {
        unknown: UnknownOutcome::ALL[usize::try_from(number % 3).unwrap()],
        last_page: LastPage::ALL[usize::try_from(number / 3 % 2).unwrap()],
        ..RetryPolicy::default()
    }
}

/// What settling came to.
#[derive(PartialEq, Eq)]
pub(super) enum Settled {
    Now,
    Before,
    NotOurs,
}

impl World {
    /// Whether a write under this token counts.
    pub(super) fn is_fenced_out(&self, item: ItemNo, fence: u32) -> bool {
        self.plan.fences && self.items[item].fence != fence
    }

    pub(super) fn settle(&mut self, call: CallNo, fence: u32, verdict: &Verdict) -> Settled {
        let row = self.attempts[call];
        if row.phase == AttemptPhase::Settled {
            return Settled::Before;
        }
        if self.is_fenced_out(row.item, fence) {
            return Settled::NotOurs;
        }
        self.log(|| format!("call {call} settled: {verdict:?}"));
        let switch = &self.switches[row.lane];
        let is_dead = !switch.up || switch.core != row.core;
        let robbed = is_dead && !switch.cdrs.contains_key(&call);
        self.judge.settled(row.item, call, verdict, robbed);
        self.attempts[call].phase = AttemptPhase::Settled;
        self.attempts[call].transferred = verdict.confirmed.saturating_sub(row.start);
        let now = self.now;
        let item = &mut self.items[row.item];
        let view = ItemView {
            confirmed: item.confirmed,
            tries: item.tries,
            settings: item.settings,
            cancel: item.cancel,
            age: Duration::from_millis(now - item.intended_at.unwrap_or(now)),
            calling: item.called_at.map(|at| Duration::from_millis(now - at)),
            unknown_before: item.unknown,
            ..ItemView::new(item.pages)
        };
        let fate = fate(verdict, &view, &item.policy);
        let kind = verdict.retry_kind(item.confirmed);
        if kind.is_none_or(|kind| !kind.is_endless()) {
            item.called_at.get_or_insert(row.intended_at);
            item.unknown = verdict.outcome == Outcome::Unknown;
        }
        item.tries = item.tries.after(verdict, &view);
        item.confirmed = verdict.confirmed;
        item.state = match fate {
            Fate::Sent => ItemState::Sent,
            Fate::Failed(_) => ItemState::Failed,
            Fate::Canceled => ItemState::Canceled,
            Fate::Held => ItemState::Held,
            Fate::Retry { .. } => ItemState::Queued,
        };
        if let Fate::Retry {
            after,
            from_page,
            settings,
            other_lane,
        } = fate
        {
            item.confirmed = from_page;
            item.due_at = now + u64::try_from(after.as_millis()).unwrap();
            item.settings = settings;
            item.avoid = other_lane.then_some(row.lane);
            self.judge.tries_again(row.item, verdict, after);
            tell_the_timeline(&mut self.judge, row.item, verdict, from_page);
            self.wake_all(row.item);
        }
        Settled::Now
    }

    /// Every node looks at the queue when the item is due.
    pub(super) fn wake_all(&mut self, item: ItemNo) {
        let wait = self.items[item].due_at.saturating_sub(self.now);
        for node in 0..self.nodes.len() {
            let delay = wait + self.rng.between(1, 500);
            let life = self.nodes[node].life;
            self.tell(node, life, delay, Note::Claim { item });
        }
    }

    pub(super) fn lease(&mut self, item: ItemNo, node: NodeNo) -> u32 {
        let until = self.now + LEASE;
        let row = &mut self.items[item];
        row.owner = node;
        row.fence += 1;
        row.lease_until = until;
        let fence = row.fence;
        self.watch_lease(item);
        fence
    }

    /// Every node sees when a lease lapses.
    pub(super) fn watch_lease(&mut self, item: ItemNo) {
        let wait = self.items[item].lease_until.saturating_sub(self.now);
        for node in 0..self.nodes.len() {
            let delay = wait + self.rng.between(1, 3000);
            let life = self.nodes[node].life;
            self.tell(node, life, delay, Note::LookForLapsed { item });
        }
    }
}

/// As `core` writes it: a page that may arrive twice is announced, and after an unknown outcome all from there.
fn tell_the_timeline(judge: &mut Judge, item: ItemNo, verdict: &Verdict, from_page: u32) {
    let unknown = verdict.outcome == Outcome::Unknown;
    if verdict.next_page_unconfirmed {
        judge.listed(item, from_page, unknown);
    }
    if unknown && from_page == 0 {
        judge.wants_all_again(item);
    }
}
