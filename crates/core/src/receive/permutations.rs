//! Webhooks come at least once and in any order: 10,000 shuffled stories of each kind end as the story in order does.

use std::collections::BTreeSet;

use faxgate_db::receptions::Reception;
use faxgate_lifecycle::{Action, Attempt, Evidence, Fate, ItemView, RetryPolicy, Verdict, fate};
use faxgate_types::{AttemptId, ReceptionId, Timestamp, Witness};

use super::carrier_event::CarrierEvent;
use super::notice::Stored;
use super::take::better;

const PERMUTATIONS: u64 = 10_000;
const PAGES: u32 = 3;

/// `SplitMix64` (Steele, Lea, Flood 2014): the same permutations on every machine.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    /// Every terminal event, perhaps twice more; every other perhaps not at all; all in any order.
    fn told(&mut self, story: &[CarrierEvent]) -> Vec<CarrierEvent> {
        let mut told = Vec::new();
        for event in story {
            let least = usize::from(is_terminal(event));
            for _ in 0..least + self.below(3) {
                told.push(event.clone());
            }
        }
        for last in (1..told.len()).rev() {
            told.swap(last, self.below(last + 1));
        }
        told
    }
}

fn is_terminal(event: &CarrierEvent) -> bool {
    matches!(
        event.kind.as_str(),
        "fax.delivered" | "fax.failed" | "fax.received"
    )
}

fn event(kind: &str) -> CarrierEvent {
    CarrierEvent {
        carrier: "telnyx".to_owned(),
        id: format!("event-of-{kind}"),
        kind: kind.to_owned(),
        fax: Some("f72eebbe-f9b6-4f0f-b652-03e742e110d5".to_owned()),
        to: Some("+15559876543".to_owned()),
        ..CarrierEvent::default()
    }
}

fn outbound(kind: &str, reason: Option<&str>) -> CarrierEvent {
    CarrierEvent {
        attempt: Some(AttemptId::from_uuid(
            "0190d0a1-0000-7000-8000-000000000001".parse().unwrap(),
        )),
        failure_reason: reason.map(str::to_owned),
        ..event(kind)
    }
}

/// Every way a fax that we send goes at the carrier.
fn outbound_stories() -> Vec<Vec<CarrierEvent>> {
    let started = |more: CarrierEvent| {
        ["fax.queued", "fax.media.processed", "fax.sending.started"]
            .into_iter()
            .map(|kind| outbound(kind, None))
            .chain([more])
            .collect::<Vec<_>>()
    };
    let mut stories = vec![started(outbound("fax.delivered", None))];
    for reason in [
        "receiver_call_dropped",
        "carrier_lost",
        "fax_signaling_error",
        "fax_initial_communication_timeout",
        "receiver_communication_error",
        "invalid_ecm_response_from_receiver",
        "receiver_no_response",
        "a_reason_of_tomorrow",
        "<script>",
    ] {
        stories.push(started(outbound("fax.failed", Some(reason))));
    }
    stories.push(started(outbound("fax.failed", None)));
    // Nobody picked up, or nothing was dialled.
    for reason in [
        "user_busy",
        "receiver_no_answer",
        "receiver_decline",
        "destination_invalid",
        "account_disabled",
        "user_channel_limit_exceeded",
        "service_unavailable",
        "file_download_failed",
        "a_reason_of_tomorrow",
    ] {
        let mut story = started(outbound("fax.failed", Some(reason)));
        story.remove(2);
        stories.push(story);
    }
    stories
}

/// What the gateway makes of events as they come, and of the answer to its order, which comes before the event at `answered`.
fn sent(told: &[CarrierEvent], answered: usize) -> (Verdict, Fate, u32) {
    let mut machine = Attempt::new(0, PAGES);
    let mut known = BTreeSet::new();
    let mut verdicts = Vec::new();
    for (place, event) in told.iter().enumerate() {
        if place == answered {
            assert!(machine.on(Evidence::Accepted).is_empty());
        }
        // As the table does it: one row for each id.
        if !known.insert(event.key()) {
            continue;
        }
        let actions = machine.on_from(event.evidence().unwrap(), Witness::Carrier);
        verdicts.extend(actions.into_iter().filter_map(|action| match action {
            Action::Settle(verdict) => Some(verdict),
            _ => None,
        }));
    }
    let [verdict] = verdicts.try_into().expect("one verdict");
    let fate = fate(&verdict, &ItemView::new(PAGES), &RetryPolicy::default());
    (verdict, fate, machine.confirmed())
}

#[test]
fn a_fax_that_we_send_ends_alike_however_its_events_come() {
    let mut seeded = Seeded(4);
    let stories = outbound_stories();
    let expected: Vec<_> = stories.iter().map(|story| sent(story, 0)).collect();
    for _ in 0..PERMUTATIONS {
        let chosen = seeded.below(stories.len());
        let told = seeded.told(&stories[chosen]);
        let answered = seeded.below(told.len() + 1);
        assert_eq!(sent(&told, answered), expected[chosen], "{told:#?}");
    }
}

/// The stories of a fax that comes in: whole, in part, not at all, and taken for failed although it came.
fn inbound_stories() -> Vec<Vec<CarrierEvent>> {
    let inbound = |kind: &str| CarrierEvent {
        inbound: true,
        from: Some("+15557770000".to_owned()),
        ..event(kind)
    };
    let began = [
        inbound("fax.receiving.started"),
        inbound("fax.media.processing.started"),
    ];
    let received = |partial| CarrierEvent {
        partial,
        page_count: Some(PAGES),
        media_url: Some("https://media.example.com/1.pdf".to_owned()),
        ..inbound("fax.received")
    };
    let failed = CarrierEvent {
        failure_reason: Some("sender_call_dropped".to_owned()),
        ..inbound("fax.failed")
    };
    [
        vec![received(false)],
        vec![received(true)],
        vec![failed.clone()],
        vec![failed.clone(), received(true)],
        vec![failed, received(false)],
    ]
    .into_iter()
    .map(|ends| began.iter().cloned().chain(ends).collect())
    .collect()
}

/// What stands in the reception's row in the end.
fn came_in(told: &[CarrierEvent]) -> (String, String, Option<String>) {
    let mut known = BTreeSet::new();
    let mut row: Option<Reception> = None;
    for event in told {
        if !known.insert(event.key()) {
            continue;
        }
        let Some(notice) = event.notice() else {
            continue;
        };
        let stored = Stored::Telnyx { notice };
        let new = Reception {
            id: ReceptionId::from_uuid("0190d0a1-0000-7000-8000-000000000002".parse().unwrap()),
            call_key: stored.call_key().unwrap(),
            source: "telnyx".to_owned(),
            to_number: stored.to().to_owned(),
            notice: serde_json::to_string(&stored).unwrap(),
            file_key: None,
            state: "waiting".to_owned(),
            tenant_id: None,
            fax_id: None,
            error: None,
            created_at: Timestamp::from_unix_micros(0).unwrap(),
        };
        row = match row {
            None => Some(new),
            Some(known) => {
                assert_eq!(known.call_key, new.call_key);
                better(known.clone(), new, &stored).or(Some(known))
            }
        };
    }
    let row = row.expect("a reception");
    (row.notice, row.state, row.error)
}

#[test]
fn a_fax_that_comes_in_becomes_the_same_however_its_events_come() {
    let mut seeded = Seeded(5);
    let stories = inbound_stories();
    let expected: Vec<_> = stories.iter().map(|story| came_in(story)).collect();
    assert_ne!(expected[0], expected[1]);
    assert_eq!(expected[1], expected[3]);
    assert_eq!(expected[0], expected[4]);
    for _ in 0..PERMUTATIONS {
        let chosen = seeded.below(stories.len());
        let told = seeded.told(&stories[chosen]);
        assert_eq!(came_in(&told), expected[chosen], "{told:#?}");
    }
}
