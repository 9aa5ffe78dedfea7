//! A gateway node: it claims, writes intents, dials and watches, as the dispatcher does, and may die or doze off between any
//! two steps.

use std::collections::{BTreeMap, VecDeque};

use faxgate_lifecycle::{Action, Attempt, Core, Evidence, Verdict};
use faxgate_types::{AttemptPhase, ItemState, Witness};

use super::database::{AttemptRow, LEASE, Settled};
use super::judge::{CallNo, ItemNo};
use super::switch::{Command, CoreNo, Holds, Order, Record, SwitchNo};
use super::world::{NodeNo, World};

const SEND_WITHIN: u64 = 10_000;
const ASK_AGAIN: u64 = 1000;
const REASSURE: u64 = 20_000;
const LINGER: u64 = 5000;

#[derive(Default)]
pub(super) struct Node {
    pub(super) life: u32,
    pub(super) up: bool,
    pub(super) dozes_until: u64,
    pub(super) links: Vec<Option<CoreNo>>,
    pub(super) calls: BTreeMap<CallNo, Watch>,
}

/// A call's task.
pub(super) struct Watch {
    fence: u32,
    machine: Attempt,
    /// It waits for an answer; what it hears meanwhile waits too.
    busy: bool,
    /// Counts what it waited for, so that only the present wait can run out.
    turn: u32,
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

/// Something that a node has to deal with.
#[derive(Debug)]
pub(super) enum Note {
    LinkUp {
        at: SwitchNo,
        core: CoreNo,
    },
    LinkDown {
        at: SwitchNo,
        core: CoreNo,
    },
    Claim {
        item: ItemNo,
    },
    Intend {
        item: ItemNo,
        fence: u32,
    },
    Place {
        call: CallNo,
    },
    Placed {
        call: CallNo,
        evidence: Option<Evidence>,
    },
    LookForLapsed {
        item: ItemNo,
    },
    Heard {
        call: CallNo,
        evidence: Evidence,
        by: Witness,
    },
    Tick {
        call: CallNo,
    },
    Exists {
        call: CallNo,
        core: CoreNo,
        holds: Holds,
    },
    Fence {
        call: CallNo,
        core: CoreNo,
        stood: bool,
    },
    NoAnswer {
        call: CallNo,
        turn: Option<u32>,
    },
    Look {
        call: CallNo,
        then: Evidence,
    },
    Sweep,
    Forget {
        call: CallNo,
    },
}

impl World {
    pub(super) fn note(&mut self, node: NodeNo, note: Note) {
        match note {
            Note::LinkUp { at, core } => {
                if self.switches[at].up && self.switches[at].core == core {
                    self.nodes[node].links[at] = Some(core);
                    let calls: Vec<CallNo> = self.nodes[node].calls.keys().copied().collect();
                    for call in calls {
                        self.ask_soon(node, call, 0);
                    }
                    for item in 0..self.items.len() {
                        self.claim(node, item);
                    }
                }
            }
            Note::LinkDown { at, core } => {
                if self.nodes[node].links[at] == Some(core) {
                    self.nodes[node].links[at] = None;
                }
            }
            Note::Claim { item } => self.claim(node, item),
            Note::Intend { item, fence } => self.intend(node, item, fence),
            Note::Place { call } => self.place(node, call),
            Note::Placed { call, evidence } => match evidence {
                Some(evidence) => self.answered(node, call, Some(evidence)),
                None => {
                    self.ask_soon(node, call, ASK_AGAIN);
                    self.answered(node, call, None);
                }
            },
            Note::LookForLapsed { item } => self.look_for_lapsed(node, item),
            Note::Heard { call, evidence, by } => self.heard(node, call, evidence, by),
            Note::Tick { call } => self.tick(node, call),
            Note::Exists { call, core, holds } => match holds {
                Holds::Call => self.answered(node, call, Some(Evidence::Alive)),
                Holds::Tomb if self.plan.knows_tombs => {
                    let core = self.is_core_of(call, core);
                    self.look_at_record(node, call, Evidence::Fenced { core });
                }
                Holds::Tomb => self.answered(node, call, Some(Evidence::Alive)),
                Holds::Nothing => {
                    let may_still_leave = self.now <= self.attempts[call].send_by;
                    let core = self.is_core_of(call, core);
                    self.look_at_record(
                        node,
                        call,
                        Evidence::Absent {
                            core,
                            may_still_leave,
                        },
                    );
                }
            },
            Note::Fence { call, core, stood } => {
                let core = self.is_core_of(call, core);
                if stood {
                    self.look_at_record(node, call, Evidence::Fenced { core });
                } else {
                    // Its UUID is taken: by itself, or by a tomb of ours. Ask which.
                    self.ask_soon(node, call, 0);
                    self.answered(node, call, None);
                }
            }
            Note::NoAnswer { call, turn } => {
                let watch = self.nodes[node].calls.get(&call);
                if turn.is_some() && watch.map(|watch| watch.turn) != turn {
                    return;
                }
                self.ask_soon(node, call, ASK_AGAIN);
                self.answered(node, call, None);
            }
            Note::Look { call, then } => self.looked(node, call, then),
            Note::Sweep => self.sweep(node),
            Note::Forget { call } => {
                let lane = self.attempts[call].lane;
                self.switches[lane].cdrs.remove(&call);
            }
        }
    }

    fn is_core_of(&self, call: CallNo, core: CoreNo) -> Core {
        if self.attempts[call].core == core {
            Core::Same
        } else {
            Core::Changed
        }
    }

    fn claim(&mut self, node: NodeNo, item: ItemNo) {
        let row = &self.items[item];
        if row.state != ItemState::Queued || row.due_at > self.now {
            return;
        }
        if self.lane_for(node, item).is_none() {
            let life = self.nodes[node].life;
            self.tell(node, life, 5000, Note::Claim { item });
            return;
        }
        let fence = self.lease(item, node);
        self.items[item].state = ItemState::Claimed;
        // Its turn on the line may take a while.
        let longest = self.rng.pick(&[50, 300, 12_000]);
        let (life, delay) = (self.nodes[node].life, self.rng.between(1, longest));
        self.tell(node, life, delay, Note::Intend { item, fence });
    }

    fn lane_for(&self, node: NodeNo, item: ItemNo) -> Option<SwitchNo> {
        let links = self.nodes[node].links.iter().enumerate();
        let up: Vec<SwitchNo> = links.filter_map(|(at, core)| core.map(|_| at)).collect();
        let avoid = self.items[item].avoid;
        let other = up.iter().find(|at| Some(**at) != avoid);
        other.or(up.first()).copied()
    }

    fn intend(&mut self, node: NodeNo, item: ItemNo, fence: u32) {
        let row = &self.items[item];
        let is_ours = row.state == ItemState::Claimed && row.fence == fence;
        if self.plan.fences && !is_ours {
            return;
        }
        if row.cancel {
            self.items[item].state = ItemState::Canceled;
            return;
        }
        let Some(lane) = self.lane_for(node, item) else {
            self.items[item].state = ItemState::Queued;
            self.items[item].due_at = self.now + 1000;
            self.wake_all(item);
            return;
        };
        let pages = u64::from(row.pages - row.confirmed);
        let call = self.attempts.len();
        self.attempts.push(AttemptRow {
            item,
            fence,
            lane,
            core: self.nodes[node].links[lane].unwrap_or_default(),
            start: row.confirmed,
            phase: AttemptPhase::Intended,
            transferred: 0,
            send_by: self.now + SEND_WITHIN,
            overdue_at: self.now + 150_000 + pages * 60_000,
        });
        self.items[item].state = ItemState::Active;
        self.items[item].started = true;
        self.log(|| format!("node {node} intends call {call} of item {item}"));
        let life = self.nodes[node].life;
        self.watch(node, call, fence);
        if self.rng.chance(self.plan.lost) {
            // The commit's answer was lost: it stands, and nothing will be sent for it.
            self.tell(node, life, 1000, Note::NoAnswer { call, turn: None });
        } else {
            let delay = self.rng.between(0, 200);
            self.tell(node, life, delay, Note::Place { call });
        }
        self.busy(node, call);
    }

    /// The deadline is looked at just before the bytes leave.
    fn place(&mut self, node: NodeNo, call: CallNo) {
        let row = self.attempts[call];
        let late = self.plan.send_by && self.now > row.send_by;
        let Some(core) = self.nodes[node].links[row.lane].filter(|_| !late) else {
            self.log(|| format!("node {node} keeps call {call} back"));
            self.answered(node, call, Some(Evidence::NotSent));
            return;
        };
        let order = Order {
            item: row.item,
            call,
            start: row.start,
            total: self.items[row.item].pages,
        };
        let life = self.nodes[node].life;
        let (taken, answer, delay) = match self.rng.below(100) {
            0..3 => (false, Some(Evidence::Refused), 5),
            // Said to be taken, and dropped.
            3..5 => (false, Some(Evidence::Accepted), 5),
            // No answer: taken, or not.
            5..12 => (self.rng.chance(700), None, 5000),
            _ => (true, Some(Evidence::Accepted), self.rng.between(1, 300)),
        };
        self.log(|| format!("node {node} sends call {call}: taken {taken}, answer {answer:?}"));
        if taken {
            let behind = match self.rng.below(100) {
                0..5 => self.rng.between(1000, 60_000),
                5..8 => self.rng.between(60_000, 600_000),
                _ => self.rng.between(1, 50),
            };
            self.command_later(row.lane, core, behind, Command::Dial(order));
        }
        self.tell(
            node,
            life,
            delay,
            Note::Placed {
                call,
                evidence: answer,
            },
        );
    }

    fn look_for_lapsed(&mut self, node: NodeNo, item: ItemNo) {
        let row = &self.items[item];
        if row.lease_until >= self.now {
            return;
        }
        match row.state {
            ItemState::Claimed => {
                self.items[item].state = ItemState::Queued;
                self.items[item].fence += 1;
                self.items[item].due_at = self.now;
                self.wake_all(item);
            }
            ItemState::Active => self.adopt(node, item),
            _ => {}
        }
    }

    pub(super) fn adopt(&mut self, node: NodeNo, item: ItemNo) {
        let open = |row: &AttemptRow| row.item == item && row.phase != AttemptPhase::Settled;
        let Some(call) = self.attempts.iter().position(open) else {
            self.judge
                .accuse(format!("item {item} is active and has no open attempt"));
            return;
        };
        let fence = self.lease(item, node);
        self.attempts[call].fence = fence;
        self.judge.count("calls taken over");
        self.log(|| format!("node {node} takes over call {call} of item {item}"));
        if self.plan.redials {
            // Sabotage: as if nothing had been written down before dialling.
            self.attempts[call].phase = AttemptPhase::Settled;
            self.items[item].state = ItemState::Queued;
            self.wake_all(item);
            return;
        }
        self.watch(node, call, fence);
        self.ask_soon(node, call, 0);
    }

    fn watch(&mut self, node: NodeNo, call: CallNo, fence: u32) {
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

    fn busy(&mut self, node: NodeNo, call: CallNo) {
        if let Some(watch) = self.nodes[node].calls.get_mut(&call) {
            watch.busy = true;
            watch.turn += 1;
        }
    }

    fn heard(&mut self, node: NodeNo, call: CallNo, evidence: Evidence, by: Witness) {
        let Some(watch) = self.nodes[node].calls.get_mut(&call) else {
            return;
        };
        watch.inbox.push_back((evidence, by));
        self.work(node, call);
    }

    /// What it waited for has come, or will not.
    fn answered(&mut self, node: NodeNo, call: CallNo, evidence: Option<Evidence>) {
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
                    self.command_later(lane, core, delay, Command::Kill(call));
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

    fn tick(&mut self, node: NodeNo, call: CallNo) {
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

    fn ask_soon(&mut self, node: NodeNo, call: CallNo, wait: u64) {
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
    fn look_at_record(&mut self, node: NodeNo, call: CallNo, then: Evidence) {
        self.busy(node, call);
        let (life, delay) = (self.nodes[node].life, self.rng.between(1, 20));
        self.tell(node, life, delay, Note::Look { call, then });
    }

    fn looked(&mut self, node: NodeNo, call: CallNo, then: Evidence) {
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

    fn sweep(&mut self, node: NodeNo) {
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
