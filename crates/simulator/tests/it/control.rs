//! Faults by command.

use faxgate_simulator::{Outcome, Pace};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::harness::{Line, UUID, dial, eventually, kinds, last, line, whole_call};

const NEGOTIATED: &str = "spandsp::txfaxnegociateresult";

/// A line whose control channel is open, and a connection to it.
async fn controlled(
    change: impl FnOnce(&mut faxgate_simulator::Options),
) -> (Line, BufReader<TcpStream>) {
    let line = line(|options| {
        options.control = Some("127.0.0.1:0".parse().unwrap());
        change(options);
    })
    .await;
    let address = line.simulator.control_addr().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    (line, BufReader::new(stream))
}

async fn say(control: &mut BufReader<TcpStream>, command: &str) -> String {
    let bytes = format!("{command}\n");
    control.get_mut().write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    control.read_line(&mut answer).await.unwrap();
    answer.trim_end().to_owned()
}

/// A slow call that has just been negotiated, and a client that hears of it.
async fn in_the_middle(line: &Line) -> Client {
    let file = line.document(1);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550009304", "", &file)))
        .await;
    client
        .events_until(|event| event.kind() == NEGOTIATED)
        .await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_answers_a_line_to_each_line() {
    let (line, mut control) = controlled(|_| {}).await;
    assert!(say(&mut control, "help").await.starts_with("ok restart "));
    assert!(say(&mut control, "").await.starts_with("error "));
    assert!(
        say(&mut control, "sing")
            .await
            .starts_with("error cannot read \"sing\"")
    );
    let status = say(&mut control, "status").await;
    let status: serde_json::Value = serde_json::from_str(&status[3..]).unwrap();
    assert_eq!(
        status,
        serde_json::json!({"core_uuid": line.simulator.core_uuid(), "channels": 0, "placed": 0, "ended": 0, "connections": 0})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_is_for_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut options =
        faxgate_simulator::Options::new("127.0.0.1:0".parse().unwrap(), folder.path());
    options.control = Some("0.0.0.0:0".parse().unwrap());
    let refused = faxgate_simulator::Simulator::start(options).await;
    assert!(refused.unwrap_err().to_string().contains("loopback"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_restart_ends_calls_with_their_cdrs_and_a_killed_one_does_not() {
    let (line, mut control) = controlled(|_| {}).await;
    let mut client = in_the_middle(&line).await;
    let before = line.simulator.core_uuid();
    let answer = say(&mut control, "restart").await;
    assert_eq!(answer, format!("ok {}", line.simulator.core_uuid()));
    assert_ne!(line.simulator.core_uuid(), before);
    let packets = client.rest().await;
    assert_eq!(
        packets.last().unwrap().content_type(),
        "text/disconnect-notice"
    );
    let events: Vec<_> = packets
        .iter()
        .filter_map(crate::client::Packet::event)
        .collect();
    let result = last(&events, "spandsp::txfaxresult");
    assert_eq!(result.get("fax-result-code"), Some("49"));
    let cdr = line.cdr(UUID).unwrap();
    assert_eq!(cdr["variables"]["hangup_cause"], "SYSTEM_SHUTDOWN");
    assert_eq!(cdr["core-uuid"], before.as_str());
    say(&mut control, "restart lose-cdrs").await;
    assert!(line.cdr(UUID).is_none());

    let mut client = in_the_middle(&line).await;
    say(&mut control, "restart kill").await;
    assert!(
        client
            .rest()
            .await
            .iter()
            .all(|packet| packet.content_type() == "text/event-plain")
    );
    assert!(line.cdr(UUID).is_none());
    let ended: Vec<_> = line
        .log()
        .into_iter()
        .filter(|entry| entry["event"] == "ended")
        .collect();
    assert_eq!(ended.len(), 2, "calls that vanish are ended in the log");
    assert_eq!(ended[1]["outcome"], "failed");
    line.authorised().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elegant_restart_waits_for_the_running_fax() {
    let (line, mut control) = controlled(|_| {}).await;
    in_the_middle(&line).await;
    let before = line.simulator.core_uuid();
    assert!(say(&mut control, "elegant").await.starts_with("ok "));
    assert_ne!(line.simulator.core_uuid(), before);
    assert_eq!(line.simulator.calls()[0].outcome, Some(Outcome::Delivered));
    assert!(line.cdr(UUID).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_resets_every_connection_and_no_call() {
    let (line, mut control) = controlled(|_| {}).await;
    in_the_middle(&line).await;
    let mut stream = TcpStream::connect(line.simulator.addr()).await.unwrap();
    let mut greeting = [0; 64];
    assert_ne!(
        tokio::io::AsyncReadExt::read(&mut stream, &mut greeting)
            .await
            .unwrap(),
        0
    );
    assert_eq!(say(&mut control, "cut").await, "ok");
    let error = tokio::io::AsyncReadExt::read(&mut stream, &mut greeting)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    eventually("the call ends by itself", || {
        line.simulator.calls()[0].outcome == Some(Outcome::Delivered)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_is_silent_and_a_new_one_is_well() {
    let (line, mut control) = controlled(|_| {}).await;
    let mut old = line.authorised().await;
    assert_eq!(say(&mut control, "half-open").await, "ok");
    old.write(b"api echo late\n\n").await;
    let mut new = line.authorised().await;
    assert_eq!(new.command("api echo now").await, "now");
    assert!(!old.has_something());
    assert_eq!(say(&mut control, "resume").await, "ok");
    assert_eq!(old.packet().await.body, "late");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_in_a_stall_is_executed_late_even_when_its_client_is_gone() {
    let (line, mut control) = controlled(|_| {}).await;
    let file = line.document(1);
    let mut client = line.authorised().await;
    assert_eq!(say(&mut control, "stall").await, "ok");
    let command = format!("bgapi {}\n\n", dial(UUID, "5550001111", "", &file));
    client.write(command.as_bytes()).await;
    drop(client);
    assert!(line.simulator.calls().is_empty());
    assert_eq!(say(&mut control, "stall 0.01").await, "ok");
    eventually("the stall ends by itself and the call is placed", || {
        !line.simulator.calls().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_silences_its_connection_and_the_command_was_carried_out() {
    let (line, mut control) = controlled(|_| {}).await;
    let file = line.document(1);
    let mut client = line.authorised().await;
    assert_eq!(say(&mut control, "lose-reply 1 originate").await, "ok");
    assert_eq!(client.command("api echo here").await, "here");
    let command = format!(
        "bgapi {}\n\napi echo after\n\n",
        dial(UUID, "5550001111", "", &file)
    );
    client.write(command.as_bytes()).await;
    eventually("the call ends", || {
        line.simulator
            .calls()
            .first()
            .is_some_and(|call| call.outcome == Some(Outcome::Delivered))
    })
    .await;
    assert!(!client.has_something());
    line.authorised().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_can_be_lost_and_repeated_by_name() {
    let (line, mut control) = controlled(|_| {}).await;
    let file = line.document(2);
    say(&mut control, "lose-events 1 spandsp::txfaxresult").await;
    say(&mut control, "repeat-events 2 spandsp::txfaxpageresult").await;
    let events = line.call("5550001111", "", &file).await;
    let count = |kind: &str| {
        kinds(&events)
            .iter()
            .filter(|known| **known == kind)
            .count()
    };
    assert_eq!(count("spandsp::txfaxresult"), 0);
    assert_eq!(count("spandsp::txfaxpageresult"), 4);
    assert_eq!(count("CHANNEL_ANSWER"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_switch_refuses_and_a_gateway_can_go_down() {
    let (line, mut control) = controlled(|_| {}).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    let call = format!("api {}", dial(UUID, "5550002222", "", &file));
    say(&mut control, "pause outbound").await;
    assert_eq!(
        client.command(&call).await,
        "-ERR DESTINATION_OUT_OF_ORDER\n"
    );
    say(&mut control, "resume").await;
    say(&mut control, "gateway telnyx down").await;
    assert_eq!(client.command(&call).await, "-ERR GATEWAY_DOWN\n");
    say(&mut control, "gateway telnyx up").await;
    assert_eq!(client.command(&call).await, "-ERR USER_BUSY\n");
    assert_eq!(line.simulator.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_down_tells_one_event_in_1_11() {
    let (line, mut control) = controlled(|_| {}).await;
    let file = line.document(1);
    say(&mut control, "gateway telnyx down").await;
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550001111", "", &file)))
        .await;
    let events = whole_call(&mut client, UUID).await;
    assert_eq!(kinds(&events), ["CHANNEL_DESTROY", "BACKGROUND_JOB"]);
    assert!(line.cdr(UUID).is_none() && line.simulator.channels().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reply_comes_late_and_the_call_does_not() {
    let (line, mut control) = controlled(|options| options.pace = Pace::Fast).await;
    let file = line.document(1);
    let mut client = line.authorised().await;
    let mut other = line.listening().await;
    assert_eq!(say(&mut control, "slow-reply 3600").await, "ok");
    let command = format!("bgapi {}\n\n", dial(UUID, "5550001111", "", &file));
    client.write(command.as_bytes()).await;
    whole_call(&mut other, UUID).await;
    assert!(!client.has_something());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_switch_refuses_connections_until_it_is_started() {
    let (line, mut control) = controlled(|_| {}).await;
    let mut client = in_the_middle(&line).await;
    assert_eq!(say(&mut control, "stop kill").await, "ok");
    client.rest().await;
    for _ in 0..3 {
        let refused = TcpStream::connect(line.simulator.addr()).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    assert_eq!(line.simulator.calls()[0].outcome, Some(Outcome::Failed));
    let answer = say(&mut control, "start").await;
    assert_eq!(answer, format!("ok {}", line.simulator.core_uuid()));
    assert_eq!(
        say(&mut control, "start").await,
        answer,
        "one that runs goes on"
    );
    line.authorised().await;
    line.simulator.stop().await;
    line.simulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_cdr_is_met_half_written_and_is_whole_in_the_end() {
    let (line, mut control) = controlled(|_| {}).await;
    let file = line.document(1);
    say(&mut control, "torn-cdr 1").await;
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5550002222", "", &file)))
        .await;
    let cdr = line.spool().join(format!("cdr/{UUID}.cdr.json"));
    eventually("half of it is there", || {
        std::fs::read_to_string(&cdr).is_ok_and(|text| !text.is_empty())
    })
    .await;
    assert!(line.cdr(UUID).is_none());
    whole_call(&mut client, UUID).await;
    assert!(line.cdr(UUID).is_some());
}
