//! Everything that happens, one thing after the other, on one clock (milliseconds).

use std::collections::{BTreeMap, BTreeSet};

use faxgate_lifecycle::fax_status;
use faxgate_types::{FaxStatus, ItemState};

use super::database::{AttemptRow, Item, policy};
use super::far_end::Place;
use super::judge::{CallNo, ItemNo, Judge};
use super::node::{Node, Note};
use super::rng::Rng;
use super::switch::{Command, CoreNo, Switch, SwitchNo, TOMB};

pub(super) type NodeNo = usize;

/// After so long everything must be over: the last wait of a schedule is hours, and a fax that no call comes about for
/// is given up after a week.
const LONGEST: u64 = 9 * 24 * 3_600_000;

#[derive(Debug)]
pub(super) enum Event {
    Command {
        at: SwitchNo,
        core: CoreNo,
        command: Command,
    },
    Step {
        at: SwitchNo,
        core: CoreNo,
        call: CallNo,
    },
    TombEnds {
        at: SwitchNo,
        core: CoreNo,
        call: CallNo,
    },
    SwitchStarts(SwitchNo),
    Note {
        node: NodeNo,
        life: u32,
        note: Note,
    },
    NodeStarts(NodeNo),
    CancelAsked(ItemNo),
}

/// How stormy it is, and which of the safeguards are taken away to see whether that is noticed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Of 1,000 messages so many get lost, and so many come twice.
    pub(super) lost: u64,
    /// Of 1,000 steps so many meet a fault.
    pub(super) stormy: u64,
    /// So many faults, then it is calm.
    pub(super) faults: u32,
    pub(super) place: Place,
    pub(super) send_by: bool,
    pub(super) fences: bool,
    pub(super) fence_uuids: bool,
    pub(super) knows_tombs: bool,
    pub(super) redials: bool,
    pub(super) tomb: u64,
}

impl Plan {
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        Self {
            lost: rng.pick(&[0, 20, 80]),
            stormy: rng.pick(&[0, 5, 20, 60]),
            faults: u32::try_from(rng.below(12)).unwrap(),
            place: match rng.below(200) {
                0 => Place::Busy,
                1 => Place::Full,
                _ => Place::Anywhere,
            },
            send_by: true,
            fences: true,
            fence_uuids: true,
            knows_tombs: true,
            redials: false,
            tomb: TOMB,
        }
    }
}

pub(super) struct World {
    pub(super) now: u64,
    calendar: BTreeMap<(u64, u64), Event>,
    entries: u64,
    pub(super) rng: Rng,
    pub(super) plan: Plan,
    pub(super) switches: Vec<Switch>,
    pub(super) nodes: Vec<Node>,
    pub(super) items: Vec<Item>,
    pub(super) attempts: Vec<AttemptRow>,
    pub(super) judge: Judge,
    trace: bool,
}

impl World {
    pub(super) fn new(seed: u64, change: fn(&mut Plan), trace: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut plan = Plan::drawn(&mut rng);
        change(&mut plan);
        let count = |rng: &mut Rng, most| usize::try_from(rng.between(1, most)).unwrap();
        let (switches, nodes) = (count(&mut rng, 2), count(&mut rng, 3));
        let policy = policy(rng.below(6));
        let items = (0..count(&mut rng, 3))
            .map(|_| Item::new(u32::try_from(rng.between(1, 4)).unwrap(), policy.clone()))
            .collect();
        let node = || Node {
            links: vec![None; switches],
            ..Node::default()
        };
        let mut world = Self {
            now: 0,
            calendar: BTreeMap::new(),
            entries: 0,
            rng,
            plan,
            switches: (0..switches).map(|_| Switch::default()).collect(),
            nodes: (0..nodes).map(|_| node()).collect(),
            items,
            attempts: Vec::new(),
            judge: Judge::default(),
            trace,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for at in 0..self.switches.len() {
            self.at(0, Event::SwitchStarts(at));
        }
        for node in 0..self.nodes.len() {
            let delay = self.rng.below(3000);
            self.at(delay, Event::NodeStarts(node));
        }
        for item in 0..self.items.len() {
            if self.rng.chance(150) {
                let when = self.rng.below(400_000);
                self.at(when, Event::CancelAsked(item));
            }
        }
    }

    /// Runs until nothing is left to do; gives what was wrong.
    pub(super) fn run(mut self) -> Judge {
        while let Some(((at, _), event)) = self.calendar.pop_first() {
            self.now = at;
            if at > LONGEST || !self.judge.violations.is_empty() {
                break;
            }
            self.happen(event);
        }
        self.close();
        self.judge
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Command { at, core, command } => {
                self.storm_over_switch(at);
                self.command(at, core, command);
            }
            Event::Step { at, core, call } => {
                self.storm_over_switch(at);
                self.step(at, core, call);
            }
            Event::TombEnds { at, core, call } => self.tomb_ends(at, core, call),
            Event::SwitchStarts(at) => self.switch_starts(at),
            Event::NodeStarts(node) => self.node_starts(node),
            Event::CancelAsked(item) => self.cancel(item),
            Event::Note { node, life, note } => {
                if !self.nodes[node].up || self.nodes[node].life != life {
                    return;
                }
                if self.nodes[node].dozes_until > self.now {
                    let wait = self.nodes[node].dozes_until - self.now;
                    self.at(wait, Event::Note { node, life, note });
                    return;
                }
                if self.storm() {
                    if self.rng.chance(500) {
                        self.node_dies(node);
                        return;
                    }
                    // Mostly past its lease; sometimes past every tomb.
                    let longest = self.rng.pick(&[60_000, 120_000, 3_600_000]);
                    let doze = self.rng.between(1000, longest);
                    self.nodes[node].dozes_until = self.now + doze;
                    self.judge.count("naps");
                    self.log(|| format!("node {node} dozes off for {doze} before {note:?}"));
                    self.at(doze, Event::Note { node, life, note });
                    return;
                }
                self.note(node, note);
            }
        }
    }

    fn storm(&mut self) -> bool {
        let hit = self.plan.faults > 0 && self.rng.chance(self.plan.stormy);
        self.plan.faults -= u32::from(hit);
        hit
    }

    fn storm_over_switch(&mut self, at: SwitchNo) {
        if self.storm() {
            self.switch_dies(at);
        }
    }

    fn node_dies(&mut self, node: NodeNo) {
        self.log(|| format!("node {node} is killed"));
        self.judge.count("kill -9");
        let links = vec![None; self.switches.len()];
        let life = self.nodes[node].life;
        self.nodes[node] = Node {
            life,
            links,
            ..Node::default()
        };
        let back = self.rng.between(200, 90_000);
        self.at(back, Event::NodeStarts(node));
    }

    fn node_starts(&mut self, node: NodeNo) {
        self.nodes[node].up = true;
        self.nodes[node].life += 1;
        let life = self.nodes[node].life;
        for at in 0..self.switches.len() {
            if self.switches[at].up {
                let (core, delay) = (self.switches[at].core, self.rng.between(20, 500));
                self.tell(node, life, delay, Note::LinkUp { at, core });
            }
        }
        self.tell(node, life, 10, Note::Sweep);
        for item in 0..self.items.len() {
            let row = &self.items[item];
            match row.state {
                // Its own of before.
                ItemState::Active if row.owner == node => self.adopt(node, item),
                ItemState::Active | ItemState::Claimed => self.watch_lease(item),
                _ => self.wake_all(item),
            }
        }
    }

    fn cancel(&mut self, item: ItemNo) {
        let row = &mut self.items[item];
        if row.is_over() {
            return;
        }
        row.cancel = true;
        if row.state == ItemState::Queued {
            row.state = ItemState::Canceled;
            return;
        }
        let owner = row.owner;
        let mut watched = self.nodes[owner].calls.keys().rev().copied();
        let call = watched.find(|call| self.attempts[*call].item == item);
        if let Some(call) = call {
            let (evidence, life) = (
                faxgate_lifecycle::Evidence::CancelRequested,
                self.nodes[owner].life,
            );
            let by = evidence.usual_witness();
            self.tell(owner, life, 5, Note::Heard { call, evidence, by });
        }
    }

    /// When all is over: every item ended or is held, and the fax says the same.
    fn close(&mut self) {
        if !self.judge.violations.is_empty() {
            return;
        }
        for item in 0..self.items.len() {
            let row = &self.items[item];
            if !row.is_over() {
                let state = row.state;
                self.judge
                    .accuse(format!("item {item} is {state} for ever"));
            }
        }
        let states: Vec<ItemState> = self.items.iter().map(|item| item.state).collect();
        let status = fax_status(self.items.iter().map(|item| (item.state, item.started)));
        let expected = match states.iter().collect::<BTreeSet<_>>() {
            all if all.contains(&ItemState::Held) => FaxStatus::Processing,
            all if all == BTreeSet::from([&ItemState::Sent]) => FaxStatus::Sent,
            all if all == BTreeSet::from([&ItemState::Canceled]) => FaxStatus::Canceled,
            _ => FaxStatus::Failed,
        };
        if status != expected {
            self.judge
                .accuse(format!("the fax is {status}, its items are {states:?}"));
        }
        for state in states {
            self.judge.count(match state {
                ItemState::Sent => "items sent",
                ItemState::Failed => "items failed",
                ItemState::Held => "items held",
                _ => "items canceled",
            });
        }
    }

    pub(super) fn at(&mut self, delay: u64, event: Event) {
        self.entries += 1;
        self.calendar
            .insert((self.now + delay, self.entries), event);
    }

    pub(super) fn tell(&mut self, node: NodeNo, life: u32, delay: u64, note: Note) {
        self.at(delay, Event::Note { node, life, note });
    }

    pub(super) fn command_later(
        &mut self,
        at: SwitchNo,
        core: CoreNo,
        delay: u64,
        command: Command,
    ) {
        self.at(delay, Event::Command { at, core, command });
    }

    pub(super) fn log(&self, line: impl FnOnce() -> String) {
        if self.trace {
            #[expect(
                clippy::print_stderr,
                reason = "the story of one failing seed, for whoever looks into it"
            )]
            {
                eprintln!("{:>9} {}", self.now, line());
            }
        }
    }
}
