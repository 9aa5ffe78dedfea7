//! Hundreds of calls at once.

use std::collections::HashSet;

use faxgate_simulator::Outcome;

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
