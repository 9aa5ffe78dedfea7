//! Who knows what really happened, and holds the gateway to its promises.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use faxgate_lifecycle::{Lost, Verdict};
use faxgate_types::Outcome;

pub(super) type ItemNo = usize;
pub(super) type CallNo = usize;

/// The truth about one item.
#[derive(Default)]
struct Paper {
    /// Pages that began to flow to the far end, ever.
    sent: BTreeSet<u32>,
    /// Pages of which FreeSWITCH saw the MCF, by the call.
    confirmed: BTreeMap<u32, CallNo>,
    /// The timeline: resends announced from this page, of this page alone or of all from there.
    listed: Vec<(u32, bool)>,
    /// Calls that may still put something on the far paper.
    live: BTreeSet<CallNo>,
    /// Calls in a row of which nobody knows how they ended.
    unknowns: u32,
}

#[derive(Default)]
pub(super) struct Judge {
    papers: BTreeMap<ItemNo, Paper>,
    placed: BTreeSet<CallNo>,
    never_dialled: BTreeSet<CallNo>,
    deaf: BTreeSet<CallNo>,
    /// Pages of the document that the gateway wrote down as confirmed while the call ran.
    told: BTreeMap<CallNo, u32>,
    pub(super) violations: Vec<String>,
    pub(super) tally: BTreeMap<&'static str, u64>,
}

impl Judge {
    pub(super) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    pub(super) fn accuse(&mut self, what: String) {
        self.violations.push(what);
    }

    /// FreeSWITCH made a channel for it.
    pub(super) fn placed(&mut self, item: ItemNo, call: CallNo, deaf: bool) {
        self.count("calls placed");
        self.placed.insert(call);
        if deaf {
            self.deaf.insert(call);
        }
        if self.never_dialled.contains(&call) {
            self.accuse(format!(
                "call {call} was settled as never dialled, and now it is placed"
            ));
        }
        let paper = self.papers.entry(item).or_default();
        if let Some(other) = paper.live.iter().next() {
            let other = *other;
            self.accuse(format!(
                "calls {other} and {call} of item {item} live at one time"
            ));
        }
        self.papers.entry(item).or_default().live.insert(call);
    }

    /// Nothing can go to the far paper any more.
    pub(super) fn over(&mut self, item: ItemNo, call: CallNo) {
        self.papers.entry(item).or_default().live.remove(&call);
    }

    pub(super) fn page_flows(&mut self, item: ItemNo, call: CallNo, page: u32) {
        self.count("pages");
        let paper = self.papers.entry(item).or_default();
        if let Some(first) = paper.confirmed.get(&page) {
            let first = *first;
            self.accuse(format!(
                "call {call} sends page {page} of item {item} again, which call {first} had confirmed"
            ));
            return;
        }
        let listed = paper
            .listed
            .iter()
            .any(|(from, rest)| *from == page || (*rest && *from <= page));
        if !paper.sent.insert(page) {
            if listed {
                self.count("unconfirmed pages sent again");
            } else {
                self.accuse(format!(
                    "call {call} sends page {page} of item {item} again, and no timeline says so"
                ));
            }
        }
    }

    pub(super) fn page_confirmed(&mut self, item: ItemNo, call: CallNo, page: u32) {
        let paper = self.papers.entry(item).or_default();
        paper.confirmed.insert(page, call);
    }

    /// The gateway wrote down that so many pages of the document are confirmed.
    pub(super) fn told(&mut self, call: CallNo, confirmed: u32) {
        let told = self.told.entry(call).or_default();
        *told = confirmed.max(*told);
    }

    /// The gateway announces a resend from `page`: of that page, or of all from there.
    pub(super) fn listed(&mut self, item: ItemNo, page: u32, rest: bool) {
        self.papers
            .entry(item)
            .or_default()
            .listed
            .push((page, rest));
    }

    /// The gateway wants to call again. Nothing is called again at once, and what may have brought FreeSWITCH down not twice.
    pub(super) fn tries_again(&mut self, item: ItemNo, verdict: &Verdict, after: Duration) {
        let paper = self.papers.entry(item).or_default();
        let unknowns = match verdict.outcome {
            Outcome::NeverDialled => paper.unknowns,
            Outcome::Unknown => paper.unknowns + 1,
            _ => 0,
        };
        paper.unknowns = unknowns;
        if unknowns > 0 && verdict.outcome == Outcome::Unknown {
            self.count("sent again although nobody knew");
        }
        if unknowns > 1 {
            self.accuse(format!(
                "item {item} is sent again after {unknowns} unknown ends in a row"
            ));
        }
        if after.is_zero() {
            self.accuse(format!("item {item} is called again at once"));
        }
    }

    /// The tenant wants everything again although nobody knows: then nothing counts as confirmed.
    pub(super) fn wants_all_again(&mut self, item: ItemNo) {
        self.papers.entry(item).or_default().confirmed.clear();
    }

    /// `robbed`: the FreeSWITCH that the call was meant for has died, and there is no record of the call.
    pub(super) fn settled(&mut self, item: ItemNo, call: CallNo, verdict: &Verdict, robbed: bool) {
        self.count(verdict.outcome.as_str());
        if let Some(why) = verdict.lost {
            self.count(why.sentence());
        }
        let paper = self.papers.entry(item).or_default();
        let known = u32::try_from(paper.confirmed.len()).unwrap();
        match verdict.outcome {
            Outcome::NeverDialled => {
                self.never_dialled.insert(call);
                if self.placed.contains(&call) {
                    self.accuse(format!(
                        "call {call} was placed, and settled as never dialled"
                    ));
                }
            }
            Outcome::Unknown => {
                let excused = match verdict.lost {
                    Some(Lost::CoreGone) => robbed,
                    Some(Lost::CannotBeKilled) => self.deaf.contains(&call),
                    _ => false,
                };
                // What only the dead FreeSWITCH knew to be confirmed may come again: that is what unknown means.
                let told = self.told.get(&call).copied().unwrap_or(0);
                paper
                    .confirmed
                    .retain(|page, by| *by != call || *page < told);
                if !excused {
                    let lost = verdict.lost;
                    self.accuse(format!("call {call} is unknown ({lost:?}) without need"));
                }
            }
            Outcome::Sent | Outcome::Failed | Outcome::Canceled if verdict.confirmed > known => {
                let confirmed = verdict.confirmed;
                self.accuse(format!(
                    "call {call} claims {confirmed} pages of item {item}, and {known} were confirmed"
                ));
            }
            Outcome::Sent | Outcome::Failed | Outcome::Canceled => {}
        }
    }
}
