//! A gateway node: it claims, writes intents, dials and takes over, as the dispatcher does, and may die or doze off between
//! any two steps.

use std::collections::BTreeMap;

use faxgate_lifecycle::{Core, Evidence};
use faxgate_types::{AttemptPhase, ItemState, Witness};

use super::database::AttemptRow;
use super::judge::{CallNo, ItemNo};
use super::switch::{Command, CoreNo, Holds, Order, SwitchNo};
use super::watch::{ASK_AGAIN, Watch};
use super::world::{NodeNo, World};

const SEND_WITHIN: u64 = 10_000;

#[derive(Default)]
pub(super) struct Node {
    pub(super) life: u32,
    pub(super) up: bool,
    pub(super) dozes_until: u64,
    pub(super) links: Vec<Option<CoreNo>>,
    pub(super) calls: BTreeMap<CallNo, Watch>,
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

    pub(super) fn is_core_of(&self, call: CallNo, core: CoreNo) -> Core {
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
            intended_at: self.now,
            send_by: self.now + SEND_WITHIN,
            overdue_at: self.now + 150_000 + pages * 60_000,
        });
        self.items[item].state = ItemState::Active;
        self.items[item].started = true;
        self.items[item].intended_at.get_or_insert(self.now);
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
}
