//! A peer that is gone without a word is noticed; one that is merely slow is not given up. (Time is paused and
//! moves only when everybody waits.)

use std::time::Duration;

use faxgate_esl::{Liveness, Subscription, connect, subscribe_with};
use tokio::io::duplex;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use crate::peer::{Peer, asking, options, running};

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_probed_and_then_given_up_within_ten_seconds() {
    let (client, running, mut peer) = running(&options()).await;
    let begun = Instant::now();
    assert_eq!(peer.command().await.unwrap(), "nolog");
    let error = running.await.unwrap().unwrap_err();
    assert!(error.is_silent() && error.is_timeout() && error.is_closed());
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(client.closed().await.is_silent());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_probes_stays() {
    let (client, running, mut peer) = running(&options()).await;
    for _ in 0..100 {
        assert_eq!(peer.command().await.unwrap(), "nolog");
        peer.reply("+OK no longer logging").await;
    }
    assert!(!running.is_finished() && !client.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_slow_command_is_given_the_patience_it_was_promised() {
    let liveness = Liveness {
        patience: Duration::from_secs(60),
        ..Liveness::default()
    };
    let options = options()
        .liveness(liveness)
        .reply_timeout(Duration::from_secs(120));
    let (client, running, mut peer) = running(&options).await;
    let slow = asking(&client, "slow");
    assert_eq!(peer.command().await.unwrap(), "api slow");
    sleep(Duration::from_secs(50)).await;
    peer.print("done").await;
    assert_eq!(slow.await.unwrap().unwrap().text(), "done");
    let slower = asking(&client, "slower");
    assert_eq!(peer.command().await.unwrap(), "api slower");
    assert!(slower.await.unwrap().unwrap_err().is_silent());
    assert!(running.await.unwrap().unwrap_err().is_silent());
}

#[tokio::test(start_paused = true)]
async fn an_events_connection_is_watched_in_the_same_way() {
    let (near, far) = duplex(4096);
    let mut peer = Peer::new(far);
    let wanted = Subscription::new().event("HEARTBEAT").unwrap();
    let options = options();
    let (subscribed, ()) = tokio::join!(subscribe_with(near, &options, &wanted), async {
        peer.log_in().await;
        assert_eq!(peer.command().await.unwrap(), "event plain HEARTBEAT");
        peer.reply("+OK event listener enabled plain").await;
    });
    let (mut events, connection) = subscribed.unwrap();
    let running = tokio::spawn(connection);
    assert_eq!(peer.command().await.unwrap(), "nolog");
    peer.reply("-ERR not logging").await;
    // An event is as good a sign of life as a reply.
    sleep(Duration::from_secs(2)).await;
    peer.event("Event-Name: HEARTBEAT\n\n").await;
    assert!(events.next().await.is_some());
    assert_eq!(peer.command().await.unwrap(), "nolog");
    assert_eq!(events.next().await, None);
    assert!(running.await.unwrap().unwrap_err().is_silent());
}

#[tokio::test]
async fn a_peer_on_a_real_socket_that_stops_talking_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tenth = Duration::from_millis(100);
    let liveness = Liveness {
        idle: tenth,
        answer: tenth,
        patience: tenth,
    };
    let credentials = faxgate_esl::Credentials::password("ClueCon").unwrap();
    let options =
        faxgate_esl::ConnectOptions::new("127.0.0.1", port, credentials).liveness(liveness);
    let (connected, peer) = tokio::join!(connect(&options), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.log_in().await;
        peer
    });
    let (_client, connection) = connected.unwrap();
    // The socket stays open, and nobody at the other end reads or writes any more.
    assert!(connection.await.unwrap_err().is_silent());
    drop(peer);
}
