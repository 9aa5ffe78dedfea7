//! `/api/v1/events/stream`

use std::sync::Arc;
use std::time::Duration;

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::sync::Barrier;

use super::client::{Stream, Told, http};
use super::log::Log;
use crate::under_test::Gateway;

on_both_databases![
    a_fax_is_told_of_as_it_travels,
    a_stream_resumes_without_a_gap_or_a_double_while_others_write,
    a_gateway_that_was_killed_is_resumed_from,
    a_stream_ends_with_its_token,
    a_stream_of_some_types_tells_of_no_others,
    curl_reads_a_stream,
    a_client_that_does_not_read_is_cut_off,
    a_stream_ends_politely_when_the_gateway_stops,
    there_are_only_so_many_streams,
];

fn kinds(told: &[Told]) -> Vec<&str> {
    told.iter().map(|told| told.kind.as_str()).collect()
}

async fn a_fax_is_told_of_as_it_travels(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let mut stream = Stream::open(&gateway, &token, "", None).await;
    let uuid = gateway.fax(&token, "5550001111").await;
    let told = stream.take(4).await;
    assert_eq!(
        kinds(&told),
        [
            "fax.queued",
            "fax.attempt.started",
            "fax.page.sent",
            "fax.sent"
        ]
    );
    for event in &told {
        assert_eq!(event.data["id"], event.id.as_str());
        assert_eq!(event.data["type"], event.kind.as_str());
        assert_eq!(event.data["data"]["uuid"], uuid.as_str());
        assert_eq!(event.data["data"]["recipient_number"], "5550001111");
        assert!(event.data["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(told[2].data["data"]["page"], 1);
    assert_eq!(told[3].data["data"]["status"], "sent");
    let answer = gateway
        .ask("GET", "/api/v1/events")
        .token(&token)
        .send()
        .await;
    let listed = answer.expect(200)["data"].as_array().unwrap().clone();
    let of_fax: Vec<_> = listed
        .iter()
        .filter(|event| event["data"]["uuid"] == uuid.as_str())
        .collect();
    let streamed: Vec<_> = told.iter().map(|told| &told.data).collect();
    assert_eq!(of_fax, streamed, "the log has what was streamed");
    let timeline = gateway.status(&token, &uuid).await;
    let timeline = timeline["timeline"].to_string();
    assert!(
        !timeline.contains("\"fax.sent\""),
        "people are not told twice: {timeline}"
    );
}

async fn a_stream_resumes_without_a_gap_or_a_double_while_others_write(db: TestDb) {
    const WRITERS: usize = 4;
    const EACH: usize = 40;
    let log = Arc::new(Log::of(&db));
    // A stream that is closed here may be open there for another moment.
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("LIVE__STREAMS_PER_USER", "200")
    })
    .await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    let mut stream = Stream::open(&gateway, &token, "?types=number.changed", None).await;
    let start = Arc::new(Barrier::new(WRITERS + 1));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (log, start) = (Arc::clone(&log), Arc::clone(&start));
        writers.spawn(async move {
            start.wait().await;
            for _ in 0..EACH {
                log.append(tenant, 10).await;
            }
        });
    }
    start.wait().await;
    let mut told: Vec<Told> = Vec::new();
    let mut rounds = 0;
    while told.len() < WRITERS * EACH {
        let left = WRITERS * EACH - told.len();
        told.extend(stream.take(left.min(1 + rounds * 7 % 23)).await);
        rounds += 1;
        let last = told.last().map(|told| told.id.clone());
        stream = Stream::open(&gateway, &token, "?types=number.changed", last.as_deref()).await;
    }
    writers.join_all().await;
    assert!(rounds > 5, "it was resumed while others wrote");
    let mut ids: Vec<_> = told.iter().map(|told| told.id.clone()).collect();
    let mut numbers: Vec<_> = told
        .iter()
        .map(|told| told.data["data"]["n"].as_u64().unwrap())
        .collect();
    assert!(ids.is_sorted(), "in order");
    ids.dedup();
    assert_eq!(ids.len(), WRITERS * EACH, "none twice");
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        (0..(WRITERS * EACH) as u64).collect::<Vec<_>>(),
        "none left out"
    );
}

async fn a_gateway_that_was_killed_is_resumed_from(db: TestDb) {
    let log = Log::of(&db);
    let mut gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    let mut stream = Stream::open(&gateway, &token, "?types=number.changed", None).await;
    log.append(tenant, 10).await;
    let seen = stream.take(1).await.remove(0);
    gateway.kill().await;
    assert_eq!(stream.until_end().await, []);
    log.append(tenant, 10).await;
    gateway.start_again("api", |settings| settings).await;
    let mut stream = Stream::open(&gateway, &token, "?types=number.changed", Some(&seen.id)).await;
    log.append(tenant, 10).await;
    let told = stream.take(2).await;
    let numbers: Vec<_> = told
        .iter()
        .map(|told| told.data["data"]["n"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2]);
}

async fn a_stream_ends_with_its_token(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("LIVE__HEARTBEAT_SECONDS", "1")
    })
    .await;
    let token = gateway.member("default", "leaver", "member").await;
    let mut stream = Stream::open(&gateway, &token, "", None).await;
    // A heartbeat at which it is still let in.
    while !stream.frame().await.expect("it goes on").starts_with(':') {}
    log.revoke_all("leaver").await;
    assert_eq!(stream.until_end().await, []);
    let again = gateway.ask("GET", "/api/v1/events/stream").token(&token);
    assert_eq!(again.send().await.status, 401);
}

async fn a_stream_of_some_types_tells_of_no_others(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    let mut stream = Stream::open(&gateway, &token, "?types=fax.queued,fax.sent", None).await;
    log.append(tenant, 10).await;
    gateway.fax(&token, "5550001111").await;
    assert_eq!(stream.take(1).await[0].kind, "fax.queued");
    let wrong = gateway
        .ask("GET", "/api/v1/events/stream?types=fax.lost")
        .token(&token);
    let wrong = wrong.send().await;
    assert_eq!(
        (wrong.status, &wrong.json()["error"]["code"]),
        (400, &"INVALID_QUERY".into())
    );
}

/// The client that everybody has.
async fn curl_reads_a_stream(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let url = format!("http://{}/api/v1/events/stream", gateway.address());
    let mut curl = Command::new("curl")
        .args(["--silent", "--no-buffer", "--noproxy", "*", "--header"])
        .arg(format!("Authorization: Bearer {token}"))
        .arg(url)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("curl is installed");
    let mut lines = BufReader::new(curl.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = tokio::time::timeout(DEADLINE, lines.next_line()).await;
        line.expect("curl says something")
            .unwrap()
            .expect("it goes on")
    };
    assert_eq!(next().await, "retry: 3000");
    assert_eq!(next().await, "");
    let uuid = gateway.fax(&token, "5550001111").await;
    let id = next().await;
    assert!(id.starts_with("id: evt_"), "{id}");
    assert_eq!(next().await, "event: fax.queued");
    let data = next().await;
    assert!(
        data.starts_with("data: {") && data.contains(&uuid),
        "{data}"
    );
    assert_eq!(next().await, "");
}

/// Opens a stream on a socket that holds little, and reads no more of it than that it is open.
async fn stalled(gateway: &Gateway, token: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut socket = socket
        .connect(gateway.address().parse().unwrap())
        .await
        .unwrap();
    let ask = format!(
        "GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200");
    socket
}

async fn a_client_that_does_not_read_is_cut_off(db: TestDb) {
    const LETTERS: usize = 100_000;
    const MOST: usize = 400;
    let log = Log::of(&db);
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("LIVE__PATIENCE_SECONDS", "1")
            .with("LIVE__STREAMS_PER_USER", "1")
    })
    .await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    let mut socket = stalled(&gateway, &token).await;
    let second = gateway.ask("GET", "/api/v1/events/stream").token(&token);
    assert_eq!(second.send().await.status, 429, "the seat is taken");
    let written = std::cell::Cell::new(0);
    // More than all buffers between the two take.
    let cut = eventually("it is cut off", DEADLINE, async || {
        if written.get() < MOST {
            log.append(tenant, LETTERS).await;
            written.set(written.get() + 1);
        }
        let cut = gateway
            .log()
            .iter()
            .any(|line| line.contains("its client does not read"));
        cut.then_some(written.get())
    })
    .await;
    assert!(cut > 2);
    let mut got = 0;
    let mut buffer = vec![0; 65536];
    // What was under way comes; then the connection is closed.
    while let Ok(n @ 1..) = tokio::time::timeout(DEADLINE, socket.read(&mut buffer))
        .await
        .unwrap()
    {
        got += n;
    }
    assert!(got < cut * LETTERS, "{got} bytes of {cut} events");
    Stream::open(&gateway, &token, "", None).await;
}

async fn a_stream_ends_politely_when_the_gateway_stops(db: TestDb) {
    let log = Log::of(&db);
    let mut gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    let mut stream = Stream::open(&gateway, &token, "?types=number.changed", None).await;
    log.append(tenant, 10).await;
    stream.take(1).await;
    gateway.terminate();
    let mut last = String::new();
    while let Some(frame) = stream.frame().await {
        last = frame;
    }
    assert_eq!(last, ": the gateway stops; connect again");
    gateway.start_again("api", |settings| settings).await;
}

async fn there_are_only_so_many_streams(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("LIVE__STREAMS_PER_USER", "2")
            .with("LIVE__STREAMS", "3")
    })
    .await;
    let token = gateway.sign_in().await;
    let other = gateway.member("default", "other", "read-only").await;
    let _first = Stream::open(&gateway, &token, "", None).await;
    let second = Stream::open(&gateway, &token, "", None).await;
    let refused = async |token: &str| {
        let answer = gateway
            .ask("GET", "/api/v1/events/stream")
            .token(token)
            .send()
            .await;
        assert!(answer.number("Retry-After") > 0);
        let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
        (answer.status, code)
    };
    assert_eq!(refused(&token).await, (429, "TOO_MANY_STREAMS".to_owned()));
    let _third = Stream::open(&gateway, &other, "", None).await;
    assert_eq!(refused(&other).await, (503, "STREAMS_BUSY".to_owned()));
    drop(second);
    eventually("the seat is free again", DEADLINE, async || {
        let url = format!("http://{}/api/v1/events/stream", gateway.address());
        let ask = http().get(url).bearer_auth(&token);
        let answer = tokio::time::timeout(Duration::from_secs(5), ask.send())
            .await
            .unwrap();
        (answer.unwrap().status() == 200).then_some(())
    })
    .await;
}
