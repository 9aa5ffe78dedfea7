//! Events per second on recorded events of some 7 kB, ours beside `freeswitch-esl-tokio` over the same bytes.
//!
//! - `parse`: framing, event and six header lookups, from memory, on one thread.
//! - `loopback`: the whole client, over a TCP socket on loopback, with the same six lookups. The server writes
//!   bytes that were put together beforehand.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has nothing to handle"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use faxgate_esl::{ConnectOptions, Credentials, EslCodec, Event, Incoming, Subscription};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_util::codec::Decoder;

const TRANSCRIPT: &[u8] = include_bytes!("../tests/data/transcripts/success_t38.plain.raw");
const EVENTS: usize = 10_000;
const WANTED: [&str; 6] = [
    "Event-Name",
    "Event-Subclass",
    "Unique-ID",
    "fax-success",
    "fax-document-transferred-pages",
    "variable_fax_result_code",
];

/// The events of one call whose size is between 6 and 9 kB, over and over.
fn conversation() -> (Vec<u8>, usize) {
    let mut codec = EslCodec::default();
    let mut buffer = BytesMut::from(TRANSCRIPT);
    let mut large = Vec::new();
    while let Some(frame) = codec.decode(&mut buffer).unwrap() {
        if (6_000..9_000).contains(&frame.body().len()) {
            large.push([frame.head(), &b"\n\n"[..], frame.body()].concat());
        }
    }
    let bytes: Vec<_> = large
        .iter()
        .cycle()
        .take(EVENTS)
        .flatten()
        .copied()
        .collect();
    let average = bytes.len() / EVENTS;
    println!(
        "{EVENTS} events of {average} bytes on average, {} different ones",
        large.len()
    );
    (bytes, average)
}

fn look(event: &Event) {
    for name in WANTED {
        black_box(event.get(name));
    }
}

fn parse(bytes: &[u8]) -> usize {
    let mut codec = EslCodec::default();
    let mut buffer = BytesMut::new();
    let mut events = 0;
    for chunk in bytes.chunks(64 * 1024) {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = codec.decode(&mut buffer).unwrap() {
            look(&Event::from_frame(&frame).unwrap());
            events += 1;
        }
    }
    events
}

/// Logs one client in, confirms its subscription and writes `bytes`.
async fn serve(listener: &TcpListener, bytes: &[u8]) {
    let mut socket = listener.accept().await.unwrap().0;
    socket.set_nodelay(true).unwrap();
    socket
        .write_all(b"Content-Type: auth/request\n\n")
        .await
        .unwrap();
    let mut seen = Vec::new();
    loop {
        if socket.read_buf(&mut seen).await.unwrap_or(0) == 0 {
            return;
        }
        while let Some(end) = seen.windows(2).position(|pair| pair == b"\n\n") {
            let command: Vec<_> = seen.drain(..end + 2).collect();
            socket
                .write_all(b"Content-Type: command/reply\nReply-Text: +OK\n\n")
                .await
                .unwrap();
            if command.starts_with(b"event") && socket.write_all(bytes).await.is_err() {
                return;
            }
        }
    }
}

/// Time from the subscription to the last event, of our client.
async fn ours(listener: &'static TcpListener, bytes: &'static [u8]) -> Duration {
    let port = listener.local_addr().unwrap().port();
    let credentials = Credentials::password("ClueCon").unwrap();
    let options = ConnectOptions::new("127.0.0.1", port, credentials).event_queue(EVENTS);
    let wanted = Subscription::new().event("HEARTBEAT").unwrap();
    let begun = Instant::now();
    let server = tokio::spawn(serve(listener, bytes));
    let (mut stream, connection) = faxgate_esl::subscribe(&options, &wanted).await.unwrap();
    let running = tokio::spawn(connection);
    for _ in 0..EVENTS {
        match stream.next().await.unwrap() {
            Incoming::Event(event) => look(&event),
            other => panic!("{other:?}"),
        }
    }
    let took = begun.elapsed();
    drop(stream);
    server.abort();
    let _ = running.await;
    took
}

/// The same of freeswitch-esl-tokio.
async fn theirs(listener: &'static TcpListener, bytes: &'static [u8]) -> Duration {
    use freeswitch_esl_tokio::{EslClient, EslConnectOptions, EslEventType, EventFormat};

    let port = listener.local_addr().unwrap().port();
    let begun = Instant::now();
    let server = tokio::spawn(serve(listener, bytes));
    let options = EslConnectOptions::new().with_event_queue_size(EVENTS + 1);
    let connecting = EslClient::connect_with_options("127.0.0.1", port, "ClueCon", options);
    let (client, mut events) = connecting.await.unwrap();
    client
        .subscribe_events(EventFormat::Plain, &[EslEventType::Heartbeat])
        .await
        .unwrap();
    for _ in 0..EVENTS {
        let event = events.recv().await.unwrap().unwrap();
        for name in WANTED {
            black_box(event.header_str(name));
        }
    }
    let took = begun.elapsed();
    server.abort();
    took
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn benchmarks(criterion: &mut Criterion) {
    let (bytes, average) = conversation();
    let bytes: &'static [u8] = bytes.leak();
    let runtime = runtime();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
    let listener: &'static TcpListener = Box::leak(Box::new(listener.unwrap()));

    let mut group = criterion.benchmark_group(format!("events of {average} bytes"));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function("parse/faxgate-esl", |bencher| {
        bencher.iter(|| assert_eq!(parse(bytes), EVENTS));
    });
    group.bench_function("loopback/faxgate-esl", |bencher| {
        bencher.iter_custom(|times| {
            runtime.block_on(async {
                let mut took = Duration::ZERO;
                for _ in 0..times {
                    took += ours(listener, bytes).await;
                }
                took
            })
        });
    });
    group.bench_function("loopback/freeswitch-esl-tokio", |bencher| {
        bencher.iter_custom(|times| {
            runtime.block_on(async {
                let mut took = Duration::ZERO;
                for _ in 0..times {
                    took += theirs(listener, bytes).await;
                }
                took
            })
        });
    });
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
