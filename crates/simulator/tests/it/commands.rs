//! Commands and their replies, against the recordings.

use faxgate_simulator::Version;

use crate::client::Client;
use crate::harness::line;
use crate::transcripts::recorded_packets;

fn sent(name: &str) -> Vec<String> {
    let path = format!(
        "{}/tests/data/{name}.client.raw",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    text.split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_is_answered_as_recorded() {
    let line = line(|options| {
        options.gateways = vec!["telnyx".into(), "downgw".into()];
        options.version = Version::V1_10;
    })
    .await;
    let recorded: Vec<_> = recorded_packets("api_status").into_iter().skip(1).collect();
    let mut client = Client::connect(line.simulator.addr()).await;
    for (command, recorded) in sent("api_status").iter().zip(&recorded) {
        client.write(format!("{command}\n\n").as_bytes()).await;
        let reply = client.packet().await;
        assert_eq!(reply.content_type(), recorded.content_type(), "{command}");
        assert_eq!(
            reply.header("Reply-Text"),
            recorded.header("Reply-Text"),
            "{command}"
        );
        let describes = ["api status", "api uptime", "api sofia", "api global_getvar"];
        if describes.iter().any(|prefix| command.starts_with(prefix)) {
            let first = |text: &str| text.split(['\t', '\n', ' ']).next().unwrap().to_owned();
            if !command.starts_with("api uptime") && !command.contains("hostname") {
                assert_eq!(first(&reply.body), first(&recorded.body), "{command}");
            }
        } else {
            assert_eq!(reply.body, recorded.body, "{command}");
        }
    }
    assert_eq!(client.packet().await, *recorded.last().unwrap());
    assert_eq!(client.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_and_closes_byte_for_byte_as_recorded() {
    for name in ["auth_ok", "auth_wrong"] {
        let line = line(|_| {}).await;
        let mut client = Client::connect(line.simulator.addr()).await;
        for command in sent(name) {
            client.write(format!("{command}\n\n").as_bytes()).await;
        }
        assert_eq!(client.rest().await, recorded_packets(name)[1..], "{name}");
    }
    let line = line(|_| {}).await;
    let mut client = Client::connect(line.simulator.addr()).await;
    assert_eq!(client.command("api status").await, "-ERR command not found");
    assert_eq!(client.command("auth ClueCon").await, "+OK accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_originates_are_answered_as_recorded() {
    let line = line(|_| {}).await;
    let mut client = line.authorised().await;
    const USAGE: &str = "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n";
    for (command, body) in [
        ("originate", USAGE),
        ("originate foo", USAGE),
        (
            "originate nosuchendpoint/1 &park",
            "-ERR CHAN_NOT_IMPLEMENTED\n",
        ),
        (
            "originate {origination_uuid=not-a-uuid}sofia/gateway/telnyx/15550002222 &park",
            "-ERR USER_BUSY\n",
        ),
        (
            "originate {a=b sofia/gateway/telnyx/15550002222 &park",
            "-ERR DESTINATION_OUT_OF_ORDER\n",
        ),
        ("originate sofia/gateway/telnyx/15559872222", USAGE),
        ("originate error/user_busy &park", "-ERR USER_BUSY\n"),
    ] {
        assert_eq!(
            client.command(&format!("api {command}")).await,
            body,
            "{command}"
        );
    }
    assert!(
        client
            .command("api originate null/x &nosuchapp(1)")
            .await
            .starts_with("+OK ")
    );
    assert_eq!(client.command("bgapi").await, "-ERR command not found");
    client.command("event plain BACKGROUND_JOB").await;
    client.write(b"bgapi nosuchapi x\n\n").await;
    assert_eq!(
        client.event().await.body,
        "-ERR nosuchapi Command not found!\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_may_come_in_one_segment_or_in_many_and_the_job_uuid_is_the_clients() {
    let line = line(|_| {}).await;
    let mut client = line.authorised().await;
    client.write(b"api echo a\n\nevent plain BACKGROUND_JOB\n\n\n\nbgapi echo b\nJob-UUID: my-own-id-1\nX-Other: y\n\napi uuid_exists x\r\n\r\n").await;
    assert_eq!(client.packet().await.body, "a");
    assert_eq!(
        client.packet().await.header("Reply-Text"),
        Some("+OK event listener enabled plain")
    );
    let job = client.packet().await;
    assert_eq!(
        job.head,
        "Content-Type: command/reply\nReply-Text: +OK Job-UUID: my-own-id-1\nJob-UUID: my-own-id-1"
    );
    let (mut answered, mut done) = (false, false);
    while !(answered && done) {
        let packet = client.packet().await;
        match packet.event() {
            Some(event) => {
                assert_eq!(event.get("Job-UUID"), Some("my-own-id-1"));
                assert_eq!(event.get("Job-Command-Arg"), Some("b"));
                assert_eq!(event.body, "b");
                done = true;
            }
            None => {
                assert_eq!(packet.body, "false");
                answered = true;
            }
        }
    }
    for byte in b"api echo slowly\n\n" {
        client.write(&[*byte]).await;
    }
    assert_eq!(client.packet().await.body, "slowly");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_reload_beside_the_modules_name_costs_every_connection_and_no_call() {
    let line = line(|_| {}).await;
    let mut bystander = line.listening().await;
    let mut client = line.authorised().await;
    client.write(b"bgapi originate {fax_header='please reload mod_event_socket now'}sofia/gateway/telnyx/15550001111 &park\n\n").await;
    assert_eq!(client.packet().await.content_type(), "api/response");
    assert_eq!(client.next().await, None);
    assert!(bystander.rest().await.is_empty());
    assert!(line.simulator.calls().is_empty());
    line.authorised().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rude_switch_sends_everybody_away() {
    let line = line(|options| options.rude = true).await;
    let mut stream = tokio::net::TcpStream::connect(line.simulator.addr())
        .await
        .unwrap();
    let mut text = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut text)
        .await
        .unwrap();
    assert_eq!(
        text,
        "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_has_the_recorded_headers() {
    let line = line(|options| options.heartbeat = std::time::Duration::from_millis(10)).await;
    let mut client = line.listening().await;
    let ours = client.packet().await.event().unwrap();
    let theirs = recorded_packets("heartbeats_plain")
        .iter()
        .find_map(|packet| packet.event())
        .unwrap();
    let names = |event: &crate::client::Event| {
        event
            .headers
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&ours), names(&theirs));
}

#[tokio::test(flavor = "multi_thread")]
async fn json_events_say_what_plain_ones_do() {
    let line = line(|_| {}).await;
    let mut client = line.authorised().await;
    client.command("event json BACKGROUND_JOB").await;
    client.write(b"bgapi echo caf\xC3\xA9\n\n").await;
    client.packet().await;
    let packet = client.packet().await;
    assert_eq!(packet.content_type(), "text/event-json");
    let event: serde_json::Value = serde_json::from_str(&packet.body).unwrap();
    assert_eq!(event["Event-Name"], "BACKGROUND_JOB");
    assert_eq!(event["_body"], "café");
    assert_eq!(event["Content-Length"], "5");
}
