//! Every recorded conversation, played by a server on a real socket to the clients that the product would use:
//! one connection for events, one for commands.

use faxgate_esl::{
    Command, ConnectOptions, ContentType, Credentials, Error, Event, EventFormat, Frame, Incoming,
    Subscription, connect, subscribe,
};
use tokio::net::TcpListener;

use crate::events::matches_index;
use crate::peer::Peer;
use crate::transcripts::{all, frames, wire};

/// What came of playing one conversation.
struct Played {
    events: Vec<Event>,
    replies: usize,
    ended: Error,
}

fn is_event(frame: &Frame) -> bool {
    let kind = frame.content_type();
    matches!(kind, Some(ContentType::EventPlain | ContentType::EventJson))
}

fn is_reply(frame: &Frame) -> bool {
    let kind = frame.content_type();
    matches!(
        kind,
        Some(ContentType::CommandReply | ContentType::ApiResponse)
    )
}

async fn play(bytes: &[u8], format: EventFormat) -> Played {
    let frames = frames(bytes);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let credentials = Credentials::password("ClueCon").unwrap();
    let options = ConnectOptions::new("127.0.0.1", port, credentials);
    let wanted = Subscription::new()
        .event("HEARTBEAT")
        .unwrap()
        .format(format);

    // The events connection: everything that is no reply.
    let (subscribed, mut peer) = tokio::join!(subscribe(&options, &wanted), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.log_in().await;
        assert!(peer.command().await.unwrap().starts_with("event "));
        peer.reply("+OK event listener enabled").await;
        peer
    });
    let (mut stream, connection) = subscribed.unwrap();
    let running = tokio::spawn(connection);
    let said: Vec<_> = frames[1..]
        .iter()
        .filter(|frame| !is_reply(frame))
        .cloned()
        .collect();
    let server = tokio::spawn(async move {
        for frame in &said {
            peer.send(wire(frame)).await;
        }
    });
    let mut events = Vec::new();
    while let Some(incoming) = stream.next().await {
        match incoming {
            Incoming::Event(event) => events.push(event),
            other => panic!("{other:?}"),
        }
    }
    server.await.unwrap();
    let ended = running.await.unwrap().unwrap_err();

    // The command connection: every reply but the one to `auth`, each to a command of its own.
    let (connected, mut peer) = tokio::join!(connect(&options), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.log_in().await;
        peer
    });
    let (client, connection) = connected.unwrap();
    let running = tokio::spawn(connection);
    let mut replies = 0;
    for frame in frames.iter().filter(|frame| is_reply(frame)).skip(1) {
        let command = Command::version();
        let (reply, ()) = tokio::join!(client.api(&command), async {
            assert_eq!(peer.command().await.unwrap(), "api version");
            peer.send(wire(frame)).await;
        });
        let reply = reply.unwrap();
        let expected = match frame.content_type() {
            Some(ContentType::ApiResponse) => &frame.body()[..],
            _ => frame.header("Reply-Text").unwrap(),
        };
        assert_eq!(reply.text().as_bytes(), expected);
        assert_eq!(reply.is_err(), expected.starts_with(b"-"));
        if let Some(job) = frame.header("Job-UUID") {
            assert_eq!(reply.header("Job-UUID").unwrap().as_bytes(), job);
        }
        replies += 1;
    }
    drop(client);
    assert_eq!(peer.command().await.unwrap(), "exit");
    drop(peer);
    running.await.unwrap().unwrap();
    let expected = frames.iter().filter(|frame| is_event(frame)).count();
    assert_eq!(events.len(), expected);
    Played {
        events,
        replies,
        ended,
    }
}

#[tokio::test]
async fn every_conversation_played_over_a_socket_arrives_whole() {
    let (mut events, mut replies, mut compared, mut notices) = (0, 0, 0, 0);
    for transcript in all(".plain.raw") {
        let played = play(&transcript.bytes, EventFormat::Plain).await;
        let notice = transcript
            .bytes
            .windows(22)
            .any(|text| text == b"text/disconnect-notice");
        assert_eq!(
            played.ended.is_disconnect_notice(),
            notice,
            "{}",
            transcript.name
        );
        assert!(played.ended.is_closed());
        notices += usize::from(notice);
        compared += matches_index(&transcript.name, &played.events);
        events += played.events.len();
        replies += played.replies;
    }
    assert!(events > 250 && replies > 150 && compared > 120 && notices >= 4);
}

#[tokio::test]
async fn conversations_in_json_arrive_whole_too() {
    let mut compared = 0;
    for transcript in all(".json.raw") {
        let played = play(&transcript.bytes, EventFormat::Json).await;
        compared += matches_index(&transcript.name, &played.events);
    }
    assert!(compared >= 9);
}
