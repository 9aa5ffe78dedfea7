//! FreeSWITCH, as the facts have it: calls that go on without us, refused duplicates, records that survive it or not.

use std::collections::BTreeMap;

use faxgate_lifecycle::{Evidence, FaxResult, HangUp};
use faxgate_types::{FaxCode, HangupCause, Witness};

use super::far_end::{Place, Step, script};
use super::judge::{CallNo, ItemNo};
use super::node::Note;
use super::world::{Event, NodeNo, World};

pub(super) type SwitchNo = usize;
/// A process of FreeSWITCH: another number after each restart.
pub(super) type CoreNo = u32;

/// How long a tomb holds its UUID.
pub(super) const TOMB: u64 = 900_000;

#[derive(Default)]
pub(super) struct Switch {
    pub(super) core: CoreNo,
    pub(super) up: bool,
    pub(super) channels: BTreeMap<CallNo, Channel>,
    /// CDR files: they outlive the process.
    pub(super) cdrs: BTreeMap<CallNo, Cdr>,
}

pub(super) struct Cdr {
    pub(super) end: HangUp,
    /// Half a file until then.
    pub(super) whole_at: u64,
}

pub(super) enum Channel {
    Tomb { until: u64 },
    Call(Box<Call>),
}

pub(super) struct Call {
    order: Order,
    steps: std::vec::IntoIter<(u64, Step)>,
    next: Option<Step>,
    page: u32,
    transferred: u32,
    answered: bool,
    negotiated: bool,
    result: Option<FaxResult>,
    deaf: bool,
}

/// What a dial command says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) item: ItemNo,
    pub(super) call: CallNo,
    pub(super) start: u32,
    pub(super) total: u32,
}

/// A command on its way to FreeSWITCH.
#[derive(Clone, Copy, Debug)]
pub(super) enum Command {
    Dial(Order),
    Kill {
        call: CallNo,
        node: NodeNo,
        life: u32,
    },
    Exists {
        call: CallNo,
        node: NodeNo,
        life: u32,
    },
    Fence {
        call: CallNo,
        node: NodeNo,
        life: u32,
    },
}

/// What FreeSWITCH says of a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Nothing,
    Call,
    Tomb,
}

impl World {
    /// A command arrives; nobody reads it if the process that it was written to is gone.
    pub(super) fn command(&mut self, at: SwitchNo, core: CoreNo, command: Command) {
        if !self.switches[at].up || self.switches[at].core != core {
            return;
        }
        match command {
            Command::Dial(order) => self.dial(at, order),
            Command::Kill { call, node, life } => {
                let (evidence, by) = (Evidence::Killed, Evidence::Killed.usual_witness());
                if self.holds(at, call) == Holds::Call {
                    let delay = self.rng.between(1, 30);
                    self.tell(node, life, delay, Note::Heard { call, evidence, by });
                }
                self.kill(at, call);
            }
            Command::Exists { call, node, life } => {
                let holds = self.holds(at, call);
                let delay = self.rng.between(1, 30);
                self.tell(node, life, delay, Note::Exists { call, core, holds });
            }
            Command::Fence { call, node, life } => {
                let stood = self.holds(at, call) == Holds::Nothing;
                if stood {
                    let until = self.now + self.plan.tomb;
                    self.switches[at]
                        .channels
                        .insert(call, Channel::Tomb { until });
                    self.at(self.plan.tomb, Event::TombEnds { at, core, call });
                    self.log(|| format!("switch {at} holds call {call} with a tomb"));
                }
                let delay = self.rng.between(1, 30);
                if self.rng.chance(self.plan.lost) {
                    self.tell(node, life, 5000, Note::NoAnswer { call, turn: None });
                } else {
                    self.tell(node, life, delay, Note::Fence { call, core, stood });
                }
            }
        }
    }

    pub(super) fn holds(&self, at: SwitchNo, call: CallNo) -> Holds {
        match self.switches[at].channels.get(&call) {
            None => Holds::Nothing,
            Some(Channel::Call(_)) => Holds::Call,
            Some(Channel::Tomb { .. }) => Holds::Tomb,
        }
    }

    fn dial(&mut self, at: SwitchNo, order: Order) {
        let call = order.call;
        let full = self.plan.place == Place::Full || self.rng.chance(40);
        if order.start >= order.total {
            self.judge
                .accuse(format!("call {call} has nothing to send"));
            return;
        }
        if full || self.holds(at, call) != Holds::Nothing {
            self.log(|| format!("switch {at} refuses call {call}"));
            let cause = HangupCause::new("DESTINATION_OUT_OF_ORDER");
            self.publish(call, &Evidence::JobFailed(cause));
            return;
        }
        let script = script(&mut self.rng, self.plan.place, order.total - order.start);
        self.log(|| {
            format!(
                "switch {at} places call {call} from page {}: {:?}",
                order.start, script.steps
            )
        });
        self.judge.placed(order.item, call, script.deaf);
        let channel = Call {
            order,
            steps: script.steps.into_iter(),
            next: None,
            page: 0,
            transferred: 0,
            answered: false,
            negotiated: false,
            result: None,
            deaf: script.deaf,
        };
        self.switches[at]
            .channels
            .insert(call, Channel::Call(Box::new(channel)));
        self.publish(call, &Evidence::Alive);
        self.go_on(at, call);
    }

    /// Puts the channel's next step on the calendar.
    fn go_on(&mut self, at: SwitchNo, call: CallNo) {
        let core = self.switches[at].core;
        let Some(Channel::Call(channel)) = self.switches[at].channels.get_mut(&call) else {
            return;
        };
        if let Some((delay, step)) = channel.steps.next() {
            channel.next = Some(step);
            self.at(delay, Event::Step { at, core, call });
        }
    }

    pub(super) fn step(&mut self, at: SwitchNo, core: CoreNo, call: CallNo) {
        if !self.switches[at].up || self.switches[at].core != core {
            return;
        }
        let Some(Channel::Call(channel)) = self.switches[at].channels.get_mut(&call) else {
            return;
        };
        let Some(step) = channel.next.take() else {
            return;
        };
        let order = channel.order;
        match step {
            Step::Rings => self.publish(call, &Evidence::Ringing),
            Step::Answers => {
                channel.answered = true;
                self.publish(call, &Evidence::Answered);
            }
            Step::Negotiates => {
                channel.negotiated = true;
                self.publish(call, &Evidence::Negotiated);
            }
            Step::PageFlows(page) => {
                channel.page = order.start + page;
                let page = channel.page;
                self.judge.page_flows(order.item, call, page);
            }
            Step::PageConfirmed => {
                channel.transferred += 1;
                let (page, transferred) = (channel.page, channel.transferred);
                self.judge.page_confirmed(order.item, call, page);
                self.publish(call, &Evidence::Page { transferred });
            }
            Step::Ends(result) => {
                channel.result = Some(result);
                self.judge.over(order.item, call);
                self.publish(call, &Evidence::Result(result));
            }
            Step::HangsUp(cause) => {
                self.hang_up(at, call, cause);
                return;
            }
        }
        self.go_on(at, call);
    }

    fn kill(&mut self, at: SwitchNo, call: CallNo) {
        if let Some(Channel::Call(channel)) = self.switches[at].channels.get(&call)
            && !channel.deaf
        {
            self.hang_up(at, call, "NORMAL_CLEARING");
        }
    }

    /// The channel goes: the fax ends with it if it had begun, then the record is written, then the event leaves.
    fn hang_up(&mut self, at: SwitchNo, call: CallNo, cause: &str) {
        let Some(Channel::Call(mut channel)) = self.switches[at].channels.remove(&call) else {
            return;
        };
        if channel.answered && channel.result.is_none() {
            let dropped = FaxResult {
                negotiated: channel.negotiated,
                ..FaxResult::new(false, FaxCode::CALL_DROPPED, channel.transferred)
            };
            channel.result = Some(dropped);
            self.publish(call, &Evidence::Result(dropped));
        }
        self.judge.over(channel.order.item, call);
        self.log(|| format!("switch {at} ends call {call}: {cause}"));
        let cause = HangupCause::new(cause);
        let end = HangUp {
            cause: cause.clone(),
            answered: channel.answered,
            fax: channel.result,
        };
        let whole_at = self.now + self.rng.below(100);
        let cdr = Cdr {
            end: end.clone(),
            whole_at,
        };
        self.switches[at].cdrs.insert(call, cdr);
        if !channel.answered {
            self.publish(call, &Evidence::JobFailed(cause));
        }
        self.publish(call, &Evidence::HungUp(end));
        for node in 0..self.nodes.len() {
            let delay = self.rng.between(100, 1500);
            let life = self.nodes[node].life;
            self.tell(node, life, delay, Note::Sweep);
        }
    }

    /// An event for whoever listens: late, twice or not at all.
    fn publish(&mut self, call: CallNo, evidence: &Evidence) {
        for node in 0..self.nodes.len() {
            let copies = match self.rng.below(1000) {
                n if n < self.plan.lost => 0,
                n if n < 2 * self.plan.lost => 2,
                _ => 1,
            };
            let life = self.nodes[node].life;
            for _ in 0..copies {
                let late = self.rng.chance(self.plan.lost);
                let delay = self.rng.between(1, if late { 40_000 } else { 40 });
                let (evidence, by) = (evidence.clone(), evidence.usual_witness());
                self.tell(node, life, delay, Note::Heard { call, evidence, by });
            }
        }
    }

    pub(super) fn tomb_ends(&mut self, at: SwitchNo, core: CoreNo, call: CallNo) {
        let now = self.now;
        let switch = &mut self.switches[at];
        if switch.core == core
            && matches!(switch.channels.get(&call), Some(Channel::Tomb { until }) if *until <= now)
        {
            switch.channels.remove(&call);
        }
    }

    /// The process ends. Politely, every call gets its record; killed, none does; and a host that loses power may lose
    /// records that were written and not synced.
    pub(super) fn switch_dies(&mut self, at: SwitchNo) {
        if !self.switches[at].up {
            return;
        }
        let manner = self.rng.below(3);
        self.log(|| format!("switch {at} dies, manner {manner}"));
        self.judge.count("FreeSWITCH deaths");
        let calls: Vec<CallNo> = self.switches[at].channels.keys().copied().collect();
        if manner == 0 {
            for call in &calls {
                self.hang_up(at, *call, "SYSTEM_SHUTDOWN");
            }
        }
        self.switches[at].up = false;
        for channel in std::mem::take(&mut self.switches[at].channels).into_values() {
            if let Channel::Call(channel) = channel {
                self.judge.over(channel.order.item, channel.order.call);
            }
        }
        if manner == 2 {
            let now = self.now;
            self.switches[at]
                .cdrs
                .retain(|_, cdr| cdr.whole_at + 5000 < now);
        }
        let back = self.rng.between(500, 40_000);
        self.at(back, Event::SwitchStarts(at));
        for node in 0..self.nodes.len() {
            // A bare FIN, or a connection that is half open for a while.
            let noticed = if self.rng.chance(300) {
                self.rng.between(1000, 10_000)
            } else {
                10
            };
            let life = self.nodes[node].life;
            let core = self.switches[at].core;
            self.tell(node, life, noticed, Note::LinkDown { at, core });
        }
    }

    pub(super) fn switch_starts(&mut self, at: SwitchNo) {
        self.switches[at].core += 1;
        self.switches[at].up = true;
        let core = self.switches[at].core;
        self.log(|| format!("switch {at} is back as core {core}"));
        for node in 0..self.nodes.len() {
            let delay = self.rng.between(100, 8000);
            let life = self.nodes[node].life;
            self.tell(node, life, delay, Note::LinkUp { at, core });
        }
    }

    /// The record of a call, if it is there and whole.
    pub(super) fn record(&self, at: SwitchNo, call: CallNo) -> Record {
        match self.switches[at].cdrs.get(&call) {
            None => Record::Missing,
            Some(cdr) if cdr.whole_at > self.now => Record::Unreadable,
            Some(cdr) => Record::Read(Evidence::HungUp(cdr.end.clone()), Witness::CdrFile),
        }
    }
}

pub(super) enum Record {
    Missing,
    Unreadable,
    Read(Evidence, Witness),
}
