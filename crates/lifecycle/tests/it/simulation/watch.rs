//! A call's task, as the dispatcher has one: it hears, asks, fences, kills and settles, one thing at a time.

use std::collections::VecDeque;

use faxgate_lifecycle::{Action, Attempt, Core, Evidence, Verdict};
use faxgate_types::{AttemptPhase, Witness};

use super::database::{LEASE, Settled};
use super::judge::CallNo;
use super::node::Note;
use super::switch::{Command, Record};
use super::world::{NodeNo, World};

pub(super) const ASK_AGAIN: u64 = 1000;
const REASSURE: u64 = 20_000;
const LINGER: u64 = 5000;

/// A call's task.
pub(super) struct Watch {
    fence: u32,
    machine: Attempt,
    /// It waits for an answer; what it hears meanwhile waits too.
    busy: bool,
    /// Counts what it waited for, so that only the present wait can run out.
    pub(super) turn: u32,
    inbox: VecDeque<(Evidence, Witness)>,
    todo: VecDeque<Action>,
    ask_at: u64,
    overdue_at: u64,
    kill_at: Option<u64>,
    renew_at: u64,
    /// When it looks at its clocks next.
    tick_at: u64,
    settled: bool,
}

impl World {
    pub(super) fn watch(&mut self, node: NodeNo, call: CallNo, fence: u32) {
        let row = self.attempts[call];
        let item = &self.items[row.item];
        let machine = Attempt::resume(
            row.start,
            item.pages,
            row.phase,
            row.transferred,
            item.cancel,
        );
        let watch = Watch {
            fence,
            machine,
            busy: false,
            turn: 0,
            inbox: VecDeque::new(),
            todo: VecDeque::new(),
            ask_at: self.now + REASSURE,
            overdue_at: row.overdue_at,
            kill_at: None,
            renew_at: self.now + LEASE / 3,
            tick_at: u64::MAX,
            settled: false,
        };
        self.nodes[node].calls.insert(call, watch);
        self.tick_later(node, call);
    }

    pub(super) fn busy(&mut self, node: NodeNo, call: CallNo) {
        if let Some(watch) = self.nodes[node].calls.get_mut(&call) {
            watch.busy = true;
            watch.turn += 1;
        }
    }

    pub(super) fn heard(&mut self, node: NodeNo, call: CallNo, evidence: Evidence, by: Witness) {
        let Some(watch) = self.nodes[node].calls.get_mut(&call) else {
            return;
        };
        watch.inbox.push_back((evidence, by));
        self.work(node, call);
    }

    /// What it waited for has come, or will not.
    pub(super) fn answered(&mut self, node: NodeNo, call: CallNo, evidence: Option<Evidence>) {
        let Some(watch) = self.nodes[node].calls.get_mut(&call) else {
            return;
        };
        watch.busy = false;
        if let Some(evidence) = evidence {
            let by = evidence.usual_witness();
            watch.inbox.push_front((evidence, by));
        }
        self.work(node, call);
    }

    /// Carries out what is to be done, then hears what there is to hear.
    fn work(&mut self, node: NodeNo, call: CallNo) {
        loop {
            let Some(watch) = self.nodes[node].calls.get_mut(&call) else {
                return;
            };
            if watch.busy {
                return;
            }
            if let Some(action) = watch.todo.pop_front() {
                self.carry_out(node, call, action);
                continue;
            }
            if watch.settled && watch.kill_at.is_none() {
                self.nodes[node].calls.remove(&call);
                return;
            }
            let Some((evidence, by)) = watch.inbox.pop_front() else {
                return;
            };
            if matches!(evidence, Evidence::HungUp(_)) {
                watch.kill_at = None;
            }
            let before = (watch.machine.phase(), watch.machine.transferred());
            let actions = watch.machine.on_from(evidence, by);
            let after = (watch.machine.phase(), watch.machine.transferred());
            let fence = watch.fence;
            watch.todo.extend(actions);
            if after != before && after.0 != AttemptPhase::Settled {
                self.progress(node, call, fence, after);
            }
        }
    }

    fn progress(&mut self, node: NodeNo, call: CallNo, fence: u32, to: (AttemptPhase, u32)) {
        let item = self.attempts[call].item;
        let settled = self.attempts[call].phase == AttemptPhase::Settled;
        if settled || self.is_fenced_out(item, fence) {
            self.nodes[node].calls.remove(&call);
            return;
        }
        let row = &mut self.attempts[call];
        (row.phase, row.transferred) = to;
        let confirmed = row.start + row.transferred;
        self.judge.told(call, confirmed);
    }

    fn carry_out(&mut self, node: NodeNo, call: CallNo, action: Action) {
        let lane = self.attempts[call].lane;
        match action {
            Action::Settle(verdict) => self.settle_call(node, call, &verdict),
            Action::EnsureGone => {
                let now = self.now;
                if let Some(watch) = self.nodes[node].calls.get_mut(&call) {
                    watch.kill_at = Some(now + LINGER);
                }
                self.tick_later(node, call);
            }
            Action::Kill => {
                if let Some(core) = self.nodes[node].links[lane]
                    && !self.rng.chance(self.plan.lost)
                {
                    let delay = self.rng.between(1, 30);
                    let life = self.nodes[node].life;
                    self.command_later(lane, core, delay, Command::Kill { call, node, life });
                }
            }
            Action::Probe => self.ask_soon(node, call, ASK_AGAIN),
            Action::Fence if !self.plan.fence_uuids => {
                // Sabotage: absence is believed.
                let fenced = Evidence::Fenced { core: Core::Same };
                self.answered(node, call, Some(fenced));
            }
            Action::Fence => {
                let life = self.nodes[node].life;
                match self.nodes[node].links[lane] {
                    Some(core) => {
                        let delay = self.rng.between(1, 30);
                        self.command_later(lane, core, delay, Command::Fence { call, node, life });
                        self.give_up_waiting(node, call);
                    }
                    None => self.ask_soon(node, call, ASK_AGAIN),
                }
            }
        }
    }

    fn settle_call(&mut self, node: NodeNo, call: CallNo, verdict: &Verdict) {
        let Some(fence) = self.nodes[node].calls.get(&call).map(|watch| watch.fence) else {
            return;
        };
        if self.settle(call, fence, verdict) == Settled::NotOurs {
            self.nodes[node].calls.remove(&call);
            return;
        }
        if let Some(watch) = self.nodes[node].calls.get_mut(&call) {
            watch.settled = true;
        }
        // Only now may its record go; and the node may die before it does.
        let (life, delay) = (self.nodes[node].life, self.rng.between(1, 50));
        self.tell(node, life, delay, Note::Forget { call });
    }

    pub(super) fn tick(&mut self, node: NodeNo, call: CallNo) {
        let now = self.now;
        let Some(watch) = self.nodes[node].calls.get_mut(&call) else {
            return;
        };
        if now < watch.tick_at {
            return;
        }
        watch.tick_at = u64::MAX;
        let (item, fence) = (self.attempts[call].item, watch.fence);
        if watch.renew_at <= now {
            watch.renew_at = now + LEASE / 3;
            if self.items[item].fence == fence {
                if !self.items[item].state.is_final() {
                    self.items[item].lease_until = now + LEASE;
                    self.watch_lease(item);
                }
            } else if self.plan.fences {
                self.nodes[node].calls.remove(&call);
                return;
            }
        }
        let Some(watch) = self.nodes[node].calls.get_mut(&call) else {
            return;
        };
        if !watch.busy {
            if watch.kill_at.is_some_and(|at| at <= now) {
                watch.kill_at = None;
                watch.todo.push_back(Action::Kill);
            }
            if !watch.settled && watch.overdue_at <= now {
                watch.overdue_at = now + REASSURE;
                let by = Evidence::Overdue.usual_witness();
                watch.inbox.push_back((Evidence::Overdue, by));
            }
            if !watch.settled && watch.ask_at <= now {
                watch.ask_at = now + REASSURE;
                self.ask(node, call);
            }
        }
        self.work(node, call);
        self.tick_later(node, call);
    }

    fn tick_later(&mut self, node: NodeNo, call: CallNo) {
        let Some(watch) = self.nodes[node].calls.get(&call) else {
            return;
        };
        let mut next = watch.renew_at.min(watch.kill_at.unwrap_or(u64::MAX));
        if !watch.settled {
            next = next.min(watch.ask_at).min(watch.overdue_at);
        }
        // What is due while it waits for an answer is done when that has come.
        let at = next.max(self.now + 100);
        self.tick_at(node, call, at);
    }

    fn tick_at(&mut self, node: NodeNo, call: CallNo, at: u64) {
        let (now, life) = (self.now, self.nodes[node].life);
        if let Some(watch) = self.nodes[node].calls.get_mut(&call)
            && at < watch.tick_at
        {
            watch.tick_at = at;
            self.tell(node, life, at - now, Note::Tick { call });
        }
    }

    pub(super) fn ask_soon(&mut self, node: NodeNo, call: CallNo, wait: u64) {
        let at = self.now + wait;
        if let Some(watch) = self.nodes[node].calls.get_mut(&call) {
            watch.ask_at = watch.ask_at.min(at);
            self.tick_at(node, call, at.max(self.now + 1));
        }
    }

    /// Asks FreeSWITCH for the channel; the answer, or none, comes later.
    fn ask(&mut self, node: NodeNo, call: CallNo) {
        let lane = self.attempts[call].lane;
        let life = self.nodes[node].life;
        match self.nodes[node].links[lane] {
            Some(core) => {
                let delay = self.rng.between(1, 30);
                self.command_later(lane, core, delay, Command::Exists { call, node, life });
                self.give_up_waiting(node, call);
            }
            None => self.ask_soon(node, call, ASK_AGAIN),
        }
    }

    /// Waits for an answer, but not for ever.
    fn give_up_waiting(&mut self, node: NodeNo, call: CallNo) {
        self.busy(node, call);
        let life = self.nodes[node].life;
        let turn = self.nodes[node].calls.get(&call).map(|watch| watch.turn);
        self.tell(node, life, 8000, Note::NoAnswer { call, turn });
    }

    /// The record is looked at a moment after FreeSWITCH answered.
    pub(super) fn look_at_record(&mut self, node: NodeNo, call: CallNo, then: Evidence) {
        self.busy(node, call);
        let (life, delay) = (self.nodes[node].life, self.rng.between(1, 20));
        self.tell(node, life, delay, Note::Look { call, then });
    }

    pub(super) fn looked(&mut self, node: NodeNo, call: CallNo, then: Evidence) {
        let row = self.attempts[call];
        match self.record(row.lane, call) {
            Record::Read(evidence, by) => {
                self.heard(node, call, evidence, by);
                self.answered(node, call, None);
            }
            Record::Unreadable => {
                self.ask_soon(node, call, ASK_AGAIN);
                self.answered(node, call, None);
            }
            Record::Missing => {
                // Only when nothing changed meanwhile is it certain who answered.
                let Some(now) = self.nodes[node].links[row.lane] else {
                    self.ask_soon(node, call, ASK_AGAIN);
                    self.answered(node, call, None);
                    return;
                };
                let changed = self.is_core_of(call, now) == Core::Changed;
                self.answered(
                    node,
                    call,
                    Some(if changed {
                        with_changed_core(then)
                    } else {
                        then
                    }),
                );
            }
        }
    }

    pub(super) fn sweep(&mut self, node: NodeNo) {
        for lane in 0..self.switches.len() {
            let calls: Vec<CallNo> = self.switches[lane].cdrs.keys().copied().collect();
            for call in calls {
                if self.nodes[node]
                    .calls
                    .get(&call)
                    .is_some_and(|watch| !watch.settled)
                {
                    if let Record::Read(evidence, by) = self.record(lane, call) {
                        self.heard(node, call, evidence, by);
                    }
                } else if self.attempts[call].phase == AttemptPhase::Settled {
                    self.switches[lane].cdrs.remove(&call);
                }
            }
        }
    }
}

fn with_changed_core(evidence: Evidence) -> Evidence {
    let core = Core::Changed;
    match evidence {
        Evidence::Absent {
            may_still_leave, ..
        } => Evidence::Absent {
            core,
            may_still_leave,
        },
        Evidence::Fenced { .. } => Evidence::Fenced { core },
        other => other,
    }
}
