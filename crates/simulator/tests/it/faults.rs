//! Clients that vanish, switches that die.

use faxgate_simulator::{Outcome, Pace};
use tokio::io::AsyncWriteExt as _;

use crate::client::Client;
use crate::harness::{UUID, dial, eventually, kinds, last, line};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_outlives_the_client_that_asked_for_it() {
    for verb in ["bgapi", "api"] {
        let line = line(|options| options.pace = Pace::Times(200.0)).await;
        let file = line.document(1);
        let mut client = line.authorised().await;
        client
            .write(format!("{verb} {}\n\n", dial(UUID, "5550009311", "", &file)).as_bytes())
            .await;
        eventually("the call is placed", || !line.simulator.calls().is_empty()).await;
        drop(client);
        eventually("the call ends", || {
            line.simulator.calls()[0].outcome == Some(Outcome::Delivered)
        })
        .await;
        eventually("the CDR is there", || line.cdr(UUID).is_some()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_command_blocks_its_own_connection_and_no_other() {
    let line = line(|options| options.pace = Pace::Times(100.0)).await;
    let file = line.document(1);
    let mut waiting = line.authorised().await;
    let call = format!(
        "api {}\n\napi echo after\n\n",
        dial(UUID, "5550009311", "", &file)
    );
    waiting.write(call.as_bytes()).await;
    let mut other = line.authorised().await;
    assert_eq!(other.command("api echo meanwhile").await, "meanwhile");
    assert_eq!(waiting.packet().await.body, format!("+OK {UUID}\n"));
    assert_eq!(waiting.packet().await.body, "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_switch_says_nothing_and_comes_back_as_another() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    line.call("5550001111", "", &file).await;
    assert!(line.cdr(UUID).is_some());
    let mut client = line.listening().await;
    let second = "11111111-2222-4333-8444-555555555555";
    client
        .command(&format!("bgapi {}", dial(second, "5550009304", "", &file)))
        .await;
    client
        .events_until(|event| event.kind() == "spandsp::txfaxnegociateresult")
        .await;
    let before = line.simulator.core_uuid();
    line.simulator.restart(true).await.unwrap();
    assert!(
        client
            .rest()
            .await
            .iter()
            .all(|packet| packet.content_type() == "text/event-plain")
    );
    assert_ne!(line.simulator.core_uuid(), before);
    assert!(line.cdr(second).is_none() && line.cdr(UUID).is_some());
    assert_eq!(
        line.simulator.calls()[1].outcome,
        Some(Outcome::Failed),
        "the log tells the truth all the same"
    );
    let mut client = line.authorised().await;
    assert_eq!(
        client.command("api global_getvar core_uuid").await,
        line.simulator.core_uuid()
    );
    assert_eq!(
        client.command(&format!("api uuid_exists {second}")).await,
        "false"
    );
    line.simulator.restart(false).await.unwrap();
    assert!(line.cdr(UUID).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_calls_with_their_cdrs_and_says_so() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550009304", "", &file)))
        .await;
    client
        .events_until(|event| event.kind() == "spandsp::txfaxnegociateresult")
        .await;
    let mut other = line.authorised().await;
    assert_eq!(other.command("api fsctl shutdown").await, "+OK\n");
    let packets = client.rest().await;
    let events: Vec<_> = packets
        .iter()
        .filter_map(crate::client::Packet::event)
        .collect();
    assert!(kinds(&events).contains(&"SHUTDOWN"));
    assert_eq!(
        last(&events, "spandsp::txfaxresult").get("fax-result-code"),
        Some("49")
    );
    assert_eq!(
        last(&events, "CHANNEL_HANGUP_COMPLETE").get("Hangup-Cause"),
        Some("SYSTEM_SHUTDOWN")
    );
    let notice = packets.last().unwrap();
    assert_eq!(
        notice.head,
        "Content-Type: text/disconnect-notice\nContent-Length: 31"
    );
    assert_eq!(notice.body, "The system is being shut down.\n");
    assert_eq!(
        line.cdr(UUID).unwrap()["variables"]["hangup_cause"],
        "SYSTEM_SHUTDOWN"
    );
    line.simulator.shut_down_by_client().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elegant_shutdown_lets_the_running_fax_end_and_takes_no_other() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550009304", "", &file)))
        .await;
    client
        .events_until(|event| event.kind() == "spandsp::txfaxnegociateresult")
        .await;
    client.command("api fsctl shutdown elegant").await;
    assert_eq!(
        client.command("api originate null/x &park").await,
        "-ERR DESTINATION_OUT_OF_ORDER\n"
    );
    client.rest().await;
    assert_eq!(line.simulator.calls()[0].outcome, Some(Outcome::Delivered));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_switch_answers_once_it_goes_on() {
    let line = line(|_| {}).await;
    let mut client = line.authorised().await;
    line.simulator.stall();
    client.write(b"api echo late\n\n").await;
    line.simulator.resume();
    assert_eq!(client.packet().await.body, "late");
    line.simulator.drop_connections();
    assert_eq!(client.next().await, None);
    line.authorised().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_killed_after_too_many_lost_events() {
    let line = line(|options| options.event_queue = 16).await;
    let mut deaf = line.listening().await;
    line.simulator.stall();
    let mut control = tokio::net::TcpStream::connect(line.simulator.addr())
        .await
        .unwrap();
    line.simulator.resume();
    // Fill the queue faster than the socket takes it: the deaf client reads nothing meanwhile.
    let mut text = String::from("auth ClueCon\n\n");
    let filler = "x".repeat(40_000);
    for _ in 0..1400 {
        text.push_str(&format!("sendevent HEARTBEAT\nFiller: {filler}\n\n"));
    }
    let (mut reader, mut writer) = control.split();
    let drain = async { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await };
    tokio::select! {
        written = async { writer.write_all(text.as_bytes()).await?; writer.shutdown().await } => written.unwrap(),
        _ = drain => {}
    }
    let packets = deaf.rest().await;
    let last = packets.last().unwrap();
    assert_eq!(last.content_type(), "text/disconnect-notice");
    assert_eq!(last.body, "killed listener because of lost events\n");
    Client::authorised(line.simulator.addr()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_log_tells_each_page_when_asked() {
    let line = line(|options| options.log_pages = true).await;
    let file = line.document(2);
    line.call("5550001111", "", &file).await;
    let told: Vec<_> = line
        .log()
        .iter()
        .map(|entry| {
            (
                entry["event"].as_str().unwrap().to_owned(),
                entry["pages_delivered"].as_u64().unwrap(),
                entry["pages_confirmed"].as_u64().unwrap(),
            )
        })
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(event, delivered, confirmed)| (event.as_str(), *delivered, *confirmed))
        .collect();
    assert_eq!(
        told,
        [
            ("placed", 0, 0),
            ("page", 1, 0),
            ("page", 1, 1),
            ("page", 2, 1),
            ("page", 2, 2),
            ("ended", 2, 2),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_killed_between_its_pages_is_logged_with_the_pages_it_had() {
    let line = line(|options| {
        options.scenarios = faxgate_simulator::Scenarios::from_toml(
            "[[number]]\nnumber = '5550101234'\noutcome = 'vanish'\nafter_page = 2\ndeaf = 'hooks'",
        )
        .unwrap();
    })
    .await;
    let file = line.document(3);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550101234", "", &file)))
        .await;
    client
        .events_until(|event| event.get("fax-document-transferred-pages") == Some("2"))
        .await;
    line.simulator.restart(true).await.unwrap();
    let log = line.log();
    let ended = log.last().unwrap();
    assert_eq!(ended["event"], "ended");
    assert_eq!(ended["outcome"], "partial");
    assert_eq!(
        (&ended["pages_confirmed"], &ended["pages_delivered"]),
        (&2.into(), &2.into())
    );
    assert!(line.cdr(UUID).is_none());
}
