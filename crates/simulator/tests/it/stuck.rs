//! Channels that do not listen.

use faxgate_simulator::{Outcome, Scenarios};

use crate::client::Client;
use crate::harness::{Line, UUID, dial, eventually, line};

const BOUNDED: &str = "fax_enable_t38=true,fax_enable_t38_request=true,execute_on_fax_result=hangup,execute_on_answer='sched_hangup +90'";

/// A channel whose fax is over.
async fn stuck(line: &Line, number: &str) -> Client {
    let file = line.document(1);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, number, BOUNDED, &file)))
        .await;
    let events = client
        .events_until(|event| event.kind() == "spandsp::txfaxresult")
        .await;
    assert_eq!(events.last().unwrap().get("fax-result-code"), Some("20"));
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_deaf_to_hooks_ends_by_uuid_kill_alone() {
    let line = line(|_| {}).await;
    let mut client = stuck(&line, "5550009314").await;
    assert_eq!(
        client.command(&format!("api uuid_exists {UUID}")).await,
        "true"
    );
    assert_eq!(line.simulator.calls()[0].outcome, None);
    assert_eq!(
        client.command(&format!("api uuid_kill {UUID}")).await,
        "+OK\n"
    );
    eventually("it is gone", || line.cdr(UUID).is_some()).await;
    assert_eq!(line.simulator.calls()[0].outcome, Some(Outcome::Failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_deaf_to_uuid_kill_ends_with_the_switch_alone() {
    let line = line(|options| {
        options.scenarios = Scenarios::from_toml(
            "[[number]]\nnumber = '5550101234'\noutcome = 'vanish'\ndeaf = 'kill'",
        )
        .unwrap();
    })
    .await;
    let mut client = stuck(&line, "5550101234").await;
    for _ in 0..2 {
        assert_eq!(
            client.command(&format!("api uuid_kill {UUID}")).await,
            "+OK\n"
        );
        assert_eq!(
            client.command("api hupall").await,
            "+OK hangup all channels with cause MANAGER_REQUEST\n"
        );
    }
    assert_eq!(
        client.command(&format!("api uuid_exists {UUID}")).await,
        "true"
    );
    assert!(line.cdr(UUID).is_none());
    line.simulator.restart_gracefully(true).await.unwrap();
    assert_eq!(
        line.cdr(UUID).unwrap()["variables"]["hangup_cause"],
        "SYSTEM_SHUTDOWN"
    );
}
