//! Hundreds of calls at once.

use std::collections::HashSet;

use faxgate_simulator::{Outcome, Pace, Scenarios};

use crate::harness::{dial, eventually, line};

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_calls_run_at_once_and_each_ends_once() {
    const CALLS: usize = 300;
    let line = line(|_| {}).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    let mut commands = String::new();
    for index in 0..CALLS {
        let number = ["5550001111", "5550002222", "5550009100"][index % 3];
        let uuid = format!("00000000-0000-4000-8000-{index:012}");
        commands.push_str(&format!("bgapi {}\n\n", dial(&uuid, number, "", &file)));
    }
    client.write(commands.as_bytes()).await;
    let (mut ended, mut jobs) = (HashSet::new(), 0);
    while ended.len() < CALLS || jobs < CALLS {
        let event = client.event().await;
        match event.kind() {
            "CHANNEL_DESTROY" => assert!(
                ended.insert(event.uuid().to_owned()),
                "{} ended twice",
                event.uuid()
            ),
            "BACKGROUND_JOB" => jobs += 1,
            _ => {}
        }
    }
    eventually("no channel is left", || {
        line.simulator.channels().is_empty()
    })
    .await;
    let calls = line.simulator.calls();
    let count = |outcome| {
        calls
            .iter()
            .filter(|call| call.outcome == Some(outcome))
            .count()
    };
    assert_eq!(
        (
            count(Outcome::Delivered),
            count(Outcome::Busy),
            count(Outcome::Failed)
        ),
        (100, 100, 100)
    );
    assert_eq!(
        std::fs::read_dir(line.spool().join("cdr")).unwrap().count(),
        CALLS
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_are_open_at_once_and_all_are_found() {
    const CALLS: usize = 1000;
    let line = line(|options| {
        options.scenarios = Scenarios::from_toml(
            "[[number]]\nnumber = '5550101234'\noutcome = 'delivered'\nring_seconds = 50",
        )
        .unwrap();
        options.pace = Pace::Times(0.5);
    })
    .await;
    let file = line.document(1);
    let uuid = |index: usize| format!("00000000-0000-4000-8000-{index:012}");
    let mut client = line.authorised().await;
    let mut commands = String::new();
    for index in 0..CALLS {
        let call = dial(&uuid(index), "5550101234", "", &file);
        commands.push_str(&format!("bgapi {call}\n\n"));
    }
    client.write(commands.as_bytes()).await;
    for _ in 0..CALLS {
        client.reply().await;
    }
    eventually("every call is up", || {
        line.simulator.channels().len() == CALLS
    })
    .await;
    let mut commands = String::new();
    for index in 0..2 * CALLS {
        commands.push_str(&format!("api uuid_exists {}\n\n", uuid(index)));
    }
    client.write(commands.as_bytes()).await;
    for index in 0..2 * CALLS {
        assert_eq!(client.reply().await.body, (index < CALLS).to_string());
    }
    line.simulator.restart(true).await.unwrap();
    let calls = line.simulator.calls();
    assert!(calls.len() == CALLS && calls.iter().all(|call| call.outcome.is_some()));
}
