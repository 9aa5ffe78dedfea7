use std::collections::{HashMap, HashSet};
use std::time::Duration;

use faxgate_db::queue_view::ShareView;
use faxgate_types::{Ambient, FaxId, ItemId, Priority, TenantId};

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

const NOW: &str = "2026-08-24T14:00:00Z";
const LATER: &str = "2026-08-24T22:00:00Z";

fn item(state: ItemState) -> Item {
    let ambient = Ambient::system();
    Item {
        id: ItemId::generate(&ambient),
        tenant_id: TenantId::generate(&ambient),
        fax_id: FaxId::generate(&ambient),
        position: 0,
        recipient_raw: "5559876543".to_owned(),
        destination: "+15559876543".parse().unwrap(),
        state,
        simulated: false,
        priority: Priority::Normal,
        parked: false,
        waiting_for: None,
        due_at: at(NOW),
        confirmed_pages: 0,
        attempts: 0,
        tries_line: 0,
        tries_negotiation: 0,
        tries_not_fax: 0,
        tries_local: 0,
        tries_partial: 0,
        waits: 0,
        lane: None,
        avoid_lane: None,
        line_settings: None,
        charge: 0,
        cancel_requested: false,
        fence: 1,
        error: None,
        processed_at: None,
        created_at: at(NOW),
    }
}

fn queue() -> Queue {
    Queue {
        now: at(NOW),
        zone: "America/New_York".parse().unwrap(),
        busy: HashSet::new(),
        recent_calls: 0,
        positions: HashMap::new(),
        share: ShareView::default(),
        lines: Lines::Up,
        routed: HashMap::new(),
        is_paused: false,
    }
}

/// Code and sentence.
fn told(item: &Item, queue: &Queue) -> (WaitCode, String) {
    let waiting = waiting(item, queue).unwrap();
    (waiting.code, waiting.message)
}

#[test]
fn what_is_not_due_says_when_it_is_and_why_not_now() {
    let later = |waiting_for, attempts, error: Option<&str>| {
        let item = Item {
            due_at: at(LATER),
            waiting_for,
            attempts,
            error: error.map(str::to_owned),
            ..item(ItemState::Queued)
        };
        assert_eq!(
            waiting(&item, &queue()).unwrap().estimated_start,
            Some(at(LATER))
        );
        told(&item, &queue())
    };
    assert_eq!(
        later(Some(WaitingFor::Schedule), 0, None),
        (
            WaitCode::Scheduled,
            "It is scheduled for Mon 24 Aug 2026, 18:00 (America/New_York), as asked for, and goes out then."
                .to_owned()
        )
    );
    let (code, message) = later(Some(WaitingFor::Window), 0, None);
    assert_eq!(code, WaitCode::Window);
    assert!(message.contains("18:00"), "{message}");
    assert_eq!(
        later(Some(WaitingFor::Retry), 2, Some("the line is busy")),
        (
            WaitCode::Retry,
            "The last call failed: the line is busy. It is called again at Mon 24 Aug 2026, 18:00 (America/New_York)."
                .to_owned()
        )
    );
    assert_eq!(later(None, 1, None).0, WaitCode::Retry);
    assert_eq!(later(Some(WaitingFor::Line), 0, None).0, WaitCode::LaneDown);
    assert_eq!(
        later(Some(WaitingFor::MinutesPerDay), 0, None).0,
        WaitCode::TenantMinutes
    );
}

#[test]
fn a_tenant_at_its_limit_hears_which_and_until_when() {
    let limited = |limit| {
        let queue = Queue {
            share: ShareView {
                waiting_for: Some(limit),
                next_due: Some(at(LATER)),
            },
            ..queue()
        };
        told(&item(ItemState::Queued), &queue)
    };
    for (limit, code, says) in [
        (
            WaitingFor::TenantCalls,
            WaitCode::TenantCalls,
            "when one of them has ended",
        ),
        (
            WaitingFor::CallsPerSecond,
            WaitCode::TenantRate,
            "in so short a time",
        ),
        (
            WaitingFor::AttemptsPerMinute,
            WaitCode::TenantRate,
            "goes on at Mon 24 Aug",
        ),
        (WaitingFor::AttemptsPerDay, WaitCode::TenantRate, "one day"),
        (
            WaitingFor::MinutesPerDay,
            WaitCode::TenantMinutes,
            "minutes",
        ),
        (WaitingFor::CostPerDay, WaitCode::TenantCost, "money"),
        (WaitingFor::Policy, WaitCode::TenantRules, "operator"),
    ] {
        let (said, message) = limited(limit);
        assert_eq!(said, code);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn lines_that_are_away_come_before_limits_and_a_busy_number_before_both() {
    let limited = Queue {
        share: ShareView {
            waiting_for: Some(WaitingFor::CostPerDay),
            next_due: None,
        },
        lines: Lines::Down,
        ..queue()
    };
    let due = item(ItemState::Queued);
    assert_eq!(told(&due, &limited).0, WaitCode::LaneDown);
    let paused = Queue {
        lines: Lines::Paused(at(LATER)),
        ..limited.clone()
    };
    let waits = waiting(&due, &paused).unwrap();
    assert_eq!(
        (waits.code, waits.estimated_start),
        (WaitCode::LanePaused, Some(at(LATER)))
    );
    let busy = Queue {
        busy: [due.destination.clone()].into(),
        ..limited
    };
    assert_eq!(told(&due, &busy).0, WaitCode::DestinationBusy);
    let parked = Item {
        parked: true,
        ..due
    };
    assert_eq!(
        told(&parked, &queue()).0,
        WaitCode::Queue,
        "somebody else calls"
    );
}

#[test]
fn a_turn_is_estimated_by_the_pace_of_late() {
    let due = item(ItemState::Queued);
    let at_place = |place, recent_calls| {
        let queue = Queue {
            positions: [(due.id, place)].into(),
            recent_calls,
            ..queue()
        };
        let waits = waiting(&due, &queue).unwrap();
        assert_eq!(waits.position, Some(place));
        (waits.code, waits.estimated_start)
    };
    assert_eq!(at_place(1, 0), (WaitCode::Queue, Some(at(NOW))));
    assert_eq!(at_place(1, 20), (WaitCode::LaneFull, Some(at(NOW))));
    assert_eq!(at_place(5, 0), (WaitCode::Queue, None));
    let minutes = Duration::from_secs(120);
    assert_eq!(at_place(5, 20), (WaitCode::Queue, Some(at(NOW) + minutes)));
    // Beyond the first thousand.
    let far = waiting(&due, &queue()).unwrap();
    assert_eq!((far.position, far.estimated_start), (None, None));
    assert!(far.message.contains("more than 1000 faxes"), "{far:?}");
}

#[test]
fn who_is_being_called_or_finished_waits_for_nothing() {
    for state in [
        ItemState::Claimed,
        ItemState::Active,
        ItemState::Sent,
        ItemState::Failed,
        ItemState::Canceled,
    ] {
        assert_eq!(waiting(&item(state), &queue()), None);
    }
    let told = |state| told(&item(state), &queue()).0;
    assert_eq!(told(ItemState::Preparing), WaitCode::Preparing);
    assert_eq!(told(ItemState::Held), WaitCode::Held);
}

#[test]
fn what_may_take_some_lines_only_says_for_which_it_waits() {
    let item = item(ItemState::Queued);
    let routed = |lines, route: &str| {
        let mut queue = queue();
        queue
            .routed
            .insert(item.id, (lines, route.parse().unwrap()));
        told(&item, &queue)
    };
    let (code, message) = routed(Lines::Down, "east,telnyx");
    assert_eq!(code, WaitCode::LaneDown);
    assert_eq!(
        message,
        "It waits for line `east` or `telnyx`, which is not connected just now. It goes out by itself when it is back; tell your \
         operator if this lasts."
    );
    let (code, message) = routed(Lines::Paused(at(LATER)), "east");
    assert_eq!(code, WaitCode::LanePaused);
    assert!(
        message.starts_with("It waits for line `east`, which is paused"),
        "{message}"
    );
    let (code, message) = routed(Lines::Up, "on-net,east");
    assert_eq!(code, WaitCode::Queue);
    assert!(message.contains("handed over at once"), "{message}");
    assert!(!routed(Lines::Up, "east").1.contains("handed over"));
}
