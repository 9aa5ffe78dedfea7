//! What has no fixed order, and events of calls that are nobody's.

use std::collections::HashSet;
use std::time::Duration;

use faxgate_simulator::Outcome;

use crate::client::Event;
use crate::harness::{UUID, dial, kinds, last, line, whole_call};

/// Which comes first at a busy number, over so many calls: true for the job's answer.
async fn orders(seed: Option<u64>, calls: usize) -> Vec<bool> {
    let line = line(|options| options.seed = seed).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    let mut orders = Vec::new();
    for index in 0..calls {
        let uuid = format!("00000000-0000-4000-8000-{index:012}");
        client
            .command(&format!("bgapi {}", dial(&uuid, "5550002222", "", &file)))
            .await;
        let events = whole_call(&mut client, &uuid).await;
        let at = |kind| kinds(&events).iter().position(|known| *known == kind);
        orders.push(at("BACKGROUND_JOB") < at("CHANNEL_HANGUP_COMPLETE"));
    }
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_shuffles_the_answer_and_the_hang_up_and_repeats_itself() {
    let shuffled = orders(Some(7), 24).await;
    let first = shuffled.iter().filter(|first| **first).count();
    assert!((1..24).contains(&first), "{shuffled:?}");
    assert_eq!(orders(Some(7), 24).await, shuffled);
    assert!(orders(None, 4).await.iter().all(|first| !first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shuffled_call_still_says_everything_once_and_in_its_own_order() {
    for seed in 0..8 {
        let line = line(|options| options.seed = Some(seed)).await;
        let file = line.document(2);
        let events = line.call("5550001111", "", &file).await;
        let told: Vec<&str> = kinds(&events)
            .into_iter()
            .filter(|kind| *kind != "BACKGROUND_JOB")
            .collect();
        let wanted = [
            "CHANNEL_CREATE",
            "CHANNEL_ANSWER",
            "spandsp::txfaxnegociateresult",
            "spandsp::txfaxpageresult",
            "spandsp::txfaxpageresult",
            "CHANNEL_HANGUP",
            "spandsp::txfaxresult",
            "CHANNEL_HANGUP_COMPLETE",
            "CHANNEL_DESTROY",
        ];
        let told: Vec<&str> = told
            .into_iter()
            .filter(|kind| wanted.contains(kind))
            .collect();
        assert_eq!(told, wanted, "seed {seed}");
        assert_eq!(
            last(&events, "BACKGROUND_JOB").body,
            format!("+OK {UUID}\n")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_strangers_come_in_between_and_are_no_calls_of_ours() {
    let line = line(|options| options.strangers = Some(Duration::from_millis(1))).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    let mut events = Vec::new();
    for _ in 0..2 {
        let more = client
            .events_until(|event| event.kind() == "BACKGROUND_JOB")
            .await;
        events.extend(more);
    }
    let uuids: HashSet<&str> = events.iter().map(Event::uuid).collect();
    assert!(
        events.len() >= 7 && uuids.len() >= 2,
        "{:?}",
        kinds(&events)
    );
    client
        .command(&format!("bgapi {}", dial(UUID, "5550001111", "", &file)))
        .await;
    whole_call(&mut client, UUID).await;
    let calls = line.simulator.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Some(Outcome::Delivered));
}
