//! What happens on a line once FreeSWITCH has a channel: the script of one call.

use faxgate_lifecycle::FaxResult;
use faxgate_types::FaxCode;

use super::rng::Rng;

/// One thing that happens on a channel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Rings,
    Answers,
    Negotiates,
    /// A page (counted from the call's first) begins to flow.
    PageFlows(u32),
    /// Its MCF arrives.
    PageConfirmed,
    /// The fax engine ends.
    Ends(FaxResult),
    /// The channel goes, with this cause.
    HangsUp(&'static str),
}

#[derive(Debug)]
pub(super) struct Script {
    /// Milliseconds after the step before.
    pub(super) steps: Vec<(u64, Step)>,
    /// No `uuid_kill` ends it.
    pub(super) deaf: bool,
}

/// What kind of place the far ends are at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Now this, now that.
    Anywhere,
    /// Where the line is always busy.
    Busy,
    /// Behind a gateway that never takes a call.
    Full,
}

/// What becomes of a call that has to send `pages` pages.
pub(super) fn script(rng: &mut Rng, place: Place, pages: u32) -> Script {
    let mut steps = Vec::new();
    let mut deaf = false;
    let fortune = if place == Place::Busy {
        0
    } else {
        rng.below(100)
    };
    match fortune {
        0..8 => refuse(&mut steps, rng, "USER_BUSY"),
        8..13 => refuse(&mut steps, rng, "NO_ANSWER"),
        13..15 => refuse(&mut steps, rng, "UNALLOCATED_NUMBER"),
        15..17 => refuse(&mut steps, rng, "NORMAL_TEMPORARY_FAILURE"),
        17..20 => {
            answer(&mut steps, rng);
            let nobody = FaxResult::new(false, code(2), 0);
            steps.push((62_000, Step::Ends(nobody)));
            steps.push((0, Step::HangsUp("NORMAL_CLEARING")));
        }
        20..23 => {
            answer(&mut steps, rng);
            let dropped = FaxResult::new(false, FaxCode::CALL_DROPPED, 0);
            steps.push((rng.between(500, 20_000), Step::Ends(dropped)));
            steps.push((0, Step::HangsUp("NORMAL_CLEARING")));
        }
        23..32 => {
            answer(&mut steps, rng);
            let whole = some(rng, pages);
            let failed = fax(&mut steps, rng, whole, true);
            let code = code(rng.pick(&[6, 16, 20, 21, 49, 5, 48]));
            steps.push((
                rng.between(100, 50_000),
                Step::Ends(result(rng, false, code, failed)),
            ));
            steps.push((rng.below(1000), Step::HangsUp("NORMAL_CLEARING")));
        }
        // The last MCF gets lost: the far end has every page, and we do not know.
        32..40 => {
            answer(&mut steps, rng);
            let done = fax(&mut steps, rng, pages - 1, true);
            steps.push((
                3000,
                Step::Ends(result(rng, false, FaxCode::CALL_DROPPED, done)),
            ));
            steps.push((0, Step::HangsUp("NORMAL_CLEARING")));
        }
        // The line breaks after the last MCF, before the good-byes.
        49..53 => {
            answer(&mut steps, rng);
            let done = fax(&mut steps, rng, pages, false);
            let broken = result(rng, false, FaxCode::CALL_DROPPED, done);
            steps.push((rng.between(1000, 60_000), Step::Ends(broken)));
            steps.push((0, Step::HangsUp("NORMAL_CLEARING")));
        }
        // The far end vanishes: the fax ends, the channel never does.
        40..46 => {
            answer(&mut steps, rng);
            let whole = some(rng, pages);
            let done = fax(&mut steps, rng, whole, true);
            steps.push((52_000, Step::Ends(result(rng, false, code(20), done))));
        }
        // Not even the fax ends: until it is killed.
        46..49 => {
            answer(&mut steps, rng);
            let whole = some(rng, pages);
            let _ = fax(&mut steps, rng, whole, true);
            deaf = rng.chance(300);
        }
        _ => {
            answer(&mut steps, rng);
            let done = fax(&mut steps, rng, pages, false);
            steps.push((1200, Step::Ends(result(rng, true, FaxCode::OK, done))));
            // Mostly at once; hazard 1 is no matter of failure alone.
            if !rng.chance(30) {
                steps.push((rng.below(1000), Step::HangsUp("NORMAL_CLEARING")));
            }
        }
    }
    Script { steps, deaf }
}

fn code(number: i64) -> FaxCode {
    FaxCode::new(number).unwrap()
}

/// How many of the pages come through: not all.
fn some(rng: &mut Rng, pages: u32) -> u32 {
    u32::try_from(rng.below(u64::from(pages))).unwrap()
}

fn result(rng: &mut Rng, success: bool, code: FaxCode, transferred: u32) -> FaxResult {
    FaxResult {
        negotiated: true,
        t38: Some(rng.chance(500)),
        ..FaxResult::new(success, code, transferred)
    }
}

fn refuse(steps: &mut Vec<(u64, Step)>, rng: &mut Rng, cause: &'static str) {
    if rng.chance(500) {
        steps.push((rng.between(50, 4000), Step::Rings));
    }
    steps.push((rng.between(50, 40_000), Step::HangsUp(cause)));
}

fn answer(steps: &mut Vec<(u64, Step)>, rng: &mut Rng) {
    if rng.chance(800) {
        steps.push((rng.between(50, 4000), Step::Rings));
    }
    steps.push((rng.between(50, 15_000), Step::Answers));
}

/// `whole` pages, and the beginning of one more.
fn fax(steps: &mut Vec<(u64, Step)>, rng: &mut Rng, whole: u32, one_more: bool) -> u32 {
    steps.push((rng.between(4000, 8000), Step::Negotiates));
    for page in 0..whole {
        steps.push((1000, Step::PageFlows(page)));
        steps.push((rng.between(5000, 35_000), Step::PageConfirmed));
    }
    if one_more {
        steps.push((1000, Step::PageFlows(whole)));
    }
    whole
}
