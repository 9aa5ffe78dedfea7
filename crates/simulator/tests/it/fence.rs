//! A UUID occupied by a channel that goes nowhere.

use faxgate_simulator::{Outcome, Pace, Version};

use crate::harness::{UUID, dial, eventually, last, line, whole_call};

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_holds_a_uuid_until_it_is_killed_and_leaves_no_cdr() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let fence =
        format!("api originate {{origination_uuid={UUID},process_cdr=false}}null/tomb &park()");
    let mut client = line.authorised().await;
    assert_eq!(client.command(&fence).await, format!("+OK {UUID}\n"));
    let call = dial(UUID, "5550001111", "", &file);
    assert_eq!(
        client.command(&format!("api {call}")).await,
        "-ERR DESTINATION_OUT_OF_ORDER\n"
    );
    assert!(line.simulator.calls().is_empty());
    assert_eq!(
        client.command(&format!("api uuid_exists {UUID}")).await,
        "true"
    );
    assert_eq!(
        client.command(&format!("api uuid_kill {UUID}")).await,
        "+OK\n"
    );
    eventually("the fence is gone", || line.simulator.channels().is_empty()).await;
    assert!(line.cdr(UUID).is_none());
    let mut client = line.listening().await;
    client.command(&format!("bgapi {call}")).await;
    whole_call(&mut client, UUID).await;
    assert_eq!(line.simulator.calls()[0].outcome, Some(Outcome::Delivered));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_around_a_living_uuid_stands_beside_it_in_1_11_and_is_refused_in_1_10() {
    for version in [Version::V1_10, Version::V1_11] {
        let line = line(|options| options.version = version).await;
        let file = line.document(1);
        let mut client = line.listening().await;
        let call = dial(UUID, "5550009304", "", &file);
        client.command(&format!("bgapi {call}")).await;
        client
            .events_until(|event| event.kind() == "CHANNEL_ANSWER")
            .await;
        assert_eq!(
            client.command(&format!("api {call}")).await,
            "-ERR DESTINATION_OUT_OF_ORDER\n"
        );
        let mut other = line.authorised().await;
        let fence =
            format!("api originate {{origination_uuid={UUID},process_cdr=false}}null/tomb &park()");
        let answer = other.command(&fence).await;
        if version == Version::V1_10 {
            assert_eq!(answer, "-ERR DESTINATION_OUT_OF_ORDER\n");
            continue;
        }
        let own = answer.strip_prefix("+OK ").unwrap().trim_end();
        assert_ne!(own, UUID);
        assert_eq!(line.simulator.channels().len(), 2);
        assert_eq!(
            other.command(&format!("api uuid_kill {own}")).await,
            "+OK\n"
        );
        client
            .events_until(|event| event.kind() == "CHANNEL_DESTROY" && event.uuid() == own)
            .await;
        assert!(line.cdr(own).is_none());
        assert_eq!(
            other.command(&format!("api uuid_exists {UUID}")).await,
            "true"
        );
        assert_eq!(line.simulator.calls().len(), 1);
        assert!(other.command("api version short").await.starts_with("1.11"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_executed_late_is_refused_by_the_fence_that_came_between() {
    let line = line(|options| options.pace = Pace::Times(60.0)).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550009303", "", &file)))
        .await;
    assert_eq!(
        client.command(&format!("api uuid_exists {UUID}")).await,
        "false"
    );
    let fence =
        format!("api originate {{origination_uuid={UUID},process_cdr=false}}null/tomb &park()");
    assert_eq!(client.command(&fence).await, format!("+OK {UUID}\n"));
    let job = client
        .events_until(|event| event.kind() == "BACKGROUND_JOB")
        .await;
    assert_eq!(
        last(&job, "BACKGROUND_JOB").body,
        "-ERR DESTINATION_OUT_OF_ORDER\n"
    );
    assert!(line.simulator.calls().is_empty());
}
