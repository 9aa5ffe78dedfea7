//! The events connection: in order, never blocking, and honest about what it lost.

use faxgate_esl::{Error, EventStream, Incoming, Subscription, subscribe_with};
use futures_util::StreamExt;
use tokio::io::{DuplexStream, duplex};
use tokio::task::JoinHandle;

use crate::peer::{Peer, options};

type Following = (
    EventStream,
    JoinHandle<Result<(), Error>>,
    Peer<DuplexStream>,
);

async fn following(queue: usize) -> Following {
    let (near, far) = duplex(1 << 16);
    let mut peer = Peer::new(far);
    let wanted = Subscription::new().event("HEARTBEAT").unwrap();
    let options = options().event_queue(queue);
    let (subscribed, ()) = tokio::join!(subscribe_with(near, &options, &wanted), async {
        peer.log_in().await;
        assert_eq!(peer.command().await.unwrap(), "event plain HEARTBEAT");
        // An event may overtake the reply to the order for it.
        numbered(&mut peer, 0).await;
        peer.reply("+OK event listener enabled plain").await;
    });
    let (events, connection) = subscribed.unwrap();
    (events, tokio::spawn(connection), peer)
}

async fn numbered(peer: &mut Peer<DuplexStream>, number: usize) {
    let text = format!("Event-Name: HEARTBEAT\nEvent-Sequence: {number}\n\n");
    peer.event(&text).await;
}

/// The sequence number of an event, or how many were lost, negative.
fn number(incoming: Incoming) -> i64 {
    match incoming {
        Incoming::Event(event) => i64::try_from(event.sequence().unwrap()).unwrap(),
        Incoming::Resync { lost } => -i64::try_from(lost).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_come_in_order_and_the_stream_ends_with_the_connection() {
    let (events, running, mut peer) = following(100).await;
    for sequence in 1..5 {
        numbered(&mut peer, sequence).await;
    }
    drop(peer);
    let numbers: Vec<_> = events.map(number).collect().await;
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
    assert!(running.await.unwrap().unwrap_err().is_closed());
}

#[tokio::test]
async fn a_reader_that_does_not_keep_up_is_told_where_and_how_many() {
    let (mut events, running, mut peer) = following(3).await;
    for sequence in 1..8 {
        numbered(&mut peer, sequence).await;
    }
    // The connection took them all, although nobody read: a reply after them comes through.
    events.nudge().nudge();
    assert_eq!(peer.byte().await, b'\n');
    let mut numbers = Vec::new();
    for _ in 0..4 {
        numbers.push(number(events.next().await.unwrap()));
    }
    numbered(&mut peer, 8).await;
    numbers.push(number(events.next().await.unwrap()));
    assert_eq!(numbers, [0, 1, 2, -5, 8]);
    assert!(!running.is_finished());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_counts_as_lost_in_its_place() {
    let (mut events, _running, mut peer) = following(100).await;
    numbered(&mut peer, 1).await;
    peer.event("Event-Name: HEARTBEAT\nContent-Length: 10\n\nshort")
        .await;
    peer.event("no end").await;
    numbered(&mut peer, 2).await;
    let mut numbers = Vec::new();
    for _ in 0..4 {
        numbers.push(number(events.next().await.unwrap()));
    }
    assert_eq!(numbers, [0, 1, -2, 2]);
}

#[tokio::test]
async fn frames_of_other_kinds_are_passed_over() {
    let (mut events, _running, mut peer) = following(100).await;
    peer.send("Content-Type: log/data\nLog-Level: 7\nContent-Length: 4\n\nlog\n")
        .await;
    peer.send("Content-Type: text/event-xml\nContent-Length: 8\n\n<event/>")
        .await;
    numbered(&mut peer, 1).await;
    assert_eq!(number(events.next().await.unwrap()), 0);
    assert_eq!(number(events.next().await.unwrap()), 1);
}

#[tokio::test]
async fn nudges_are_bare_line_ends_between_commands_and_do_not_pile_up() {
    let (events, running, mut peer) = following(100).await;
    let nudge = events.nudge();
    for _ in 0..1000 {
        nudge.nudge();
    }
    assert_eq!(peer.byte().await, b'\n');
    drop(events);
    // `command` passes over line ends before a command, as mod_event_socket does.
    assert_eq!(peer.command().await.unwrap(), "exit");
    peer.reply("+OK bye").await;
    drop(peer);
    running.await.unwrap().unwrap();
    nudge.nudge();
}

#[tokio::test]
async fn dropping_the_stream_says_exit_and_ends_the_connection() {
    let (events, running, mut peer) = following(100).await;
    numbered(&mut peer, 1).await;
    drop(events);
    assert_eq!(peer.command().await.unwrap(), "exit");
    drop(peer);
    running.await.unwrap().unwrap();
}
