//! Everything that can go wrong before a connection is one.

use std::error::Error as _;
use std::time::Duration;

use faxgate_esl::{ConnectOptions, Credentials, Error, Limits, Subscription, connect, subscribe};
use tokio::net::TcpListener;

use crate::peer::Peer;
use crate::transcripts::{frames, one, wire};

async fn listener() -> (TcpListener, ConnectOptions) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let credentials = Credentials::password("ClueCon").unwrap();
    (
        listener,
        ConnectOptions::new("127.0.0.1", port, credentials),
    )
}

/// Connects to a peer that says `greeting` and then, if the client says anything, `answer`, and closes.
async fn failing(greeting: impl AsRef<[u8]>, answer: impl AsRef<[u8]>) -> Error {
    let (listener, options) = listener().await;
    let (connected, ()) = tokio::join!(connect(&options), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.send(greeting).await;
        if !answer.as_ref().is_empty() {
            assert_eq!(peer.command().await.unwrap(), "auth ClueCon");
            peer.send(answer).await;
        }
    });
    connected.unwrap_err()
}

#[tokio::test]
async fn a_wrong_password_is_told_as_such() {
    let said = frames(&one("auth_wrong.plain.raw"));
    let rest: Vec<_> = said[1..].iter().flat_map(wire).collect();
    let error = failing(wire(&said[0]), rest).await;
    assert!(error.is_auth() && error.is_not_sent());
    assert!(!error.is_closed() && !error.is_rejected());
    assert_eq!(
        error.to_string(),
        "freeswitch refused the credentials: -ERR invalid"
    );
}

#[tokio::test]
async fn an_address_turned_away_by_the_acl_is_told_as_such() {
    let rejection =
        "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n";
    let error = failing(rejection, "").await;
    assert!(error.is_rejected() && !error.is_auth() && !error.is_closed());
    assert_eq!(error.detail(), Some("Access Denied, go away.\n"));
}

#[tokio::test]
async fn a_disconnect_notice_instead_of_an_answer_is_told_as_such() {
    let notice = "Content-Type: text/disconnect-notice\nContent-Length: 5\n\nfull\n";
    let error = failing("Content-Type: auth/request\n\n", notice).await;
    assert!(error.is_disconnect_notice());
}

#[tokio::test]
async fn something_that_is_no_event_socket_is_told_as_such() {
    let error = failing("HTTP/1.1 400 Bad Request\nContent-Type: text/html\n\n", "").await;
    assert!(error.is_protocol());
    let error = failing("Content-Length: many\n\n", "").await;
    assert!(error.is_protocol() && error.source().is_some());
    let error = failing("SSH-2.0-OpenSSH_9.6\r\n", "").await;
    assert!(error.is_closed());
}

#[tokio::test]
async fn an_endless_greeting_is_cut_off() {
    let (listener, options) = listener().await;
    let limits = Limits {
        head_bytes: 512,
        ..Limits::default()
    };
    let options = options.limits(limits);
    let (connected, ()) = tokio::join!(connect(&options), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.send(vec![b'x'; 1024]).await;
    });
    assert!(connected.unwrap_err().is_protocol());
}

#[tokio::test]
async fn a_peer_that_says_nothing_times_out() {
    let (listener, options) = listener().await;
    let options = options.connect_timeout(Duration::from_millis(50));
    let error = connect(&options).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_closed());
    drop(listener);
}

#[tokio::test]
async fn nobody_listening_is_an_io_error_with_its_cause() {
    let (listener, options) = listener().await;
    drop(listener);
    let error = connect(&options).await.unwrap_err();
    assert!(error.is_closed() && error.is_not_sent());
    let cause = error.source().unwrap().downcast_ref::<std::io::Error>();
    assert_eq!(cause.unwrap().kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_user_of_the_directory_may_log_in() {
    let (listener, options) = listener().await;
    let port = listener.local_addr().unwrap().port();
    drop(options);
    let credentials = Credentials::user("fax", "example.org", "se:cret@1").unwrap();
    assert_eq!(format!("{credentials:?}"), "Credentials(…)");
    let options = ConnectOptions::new("127.0.0.1", port, credentials);
    let (connected, _peer) = tokio::join!(connect(&options), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.send("Content-Type: auth/request\n\n").await;
        assert_eq!(
            peer.command().await.unwrap(),
            "userauth fax@example.org:se:cret@1"
        );
        // The reply to this one carries more headers than others.
        peer.send("Content-Type: command/reply\nReply-Text: +OK accepted\nAllowed-Events: all\nAllowed-API: all\nAllowed-LOG: all\n\n").await;
        peer
    });
    let (client, _connection) = connected.unwrap();
    assert!(!client.is_closed());
}

#[test]
fn credentials_cannot_smuggle_a_command() {
    for bad in ["", "a\nb", "a\r", "a\0", "a\u{85}", &"x".repeat(257)] {
        assert!(Credentials::password(bad).is_err(), "{bad:?}");
        assert!(Credentials::user("fax", "example.org", bad).is_err());
    }
    assert!(Credentials::user("fax@a", "b", "c").is_err());
    assert!(Credentials::user("fax", "b:c", "d").is_err());
}

#[tokio::test]
async fn a_subscription_that_is_not_granted_is_refused() {
    let (listener, options) = listener().await;
    let wanted = Subscription::new()
        .event("CHANNEL_ANSWER")
        .and_then(|wanted| wanted.custom("spandsp::txfaxresult"))
        .and_then(|wanted| wanted.filter("Unique-ID", "abc"))
        .unwrap();
    let (subscribed, ()) = tokio::join!(subscribe(&options, &wanted), async {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.log_in().await;
        assert_eq!(peer.command().await.unwrap(), "filter Unique-ID abc");
        peer.reply("+OK filter added. [Unique-ID]=[abc]").await;
        let line = "event plain CHANNEL_ANSWER CUSTOM spandsp::txfaxresult";
        assert_eq!(peer.command().await.unwrap(), line);
        peer.reply("-ERR permission denied").await;
    });
    let error = subscribed.unwrap_err();
    assert!(error.is_refused() && error.detail() == Some("-ERR permission denied"));
}

#[test]
fn a_subscription_holds_names_only() {
    for bad in ["", "channel", "CHANNEL ANSWER", "A\nB", "CUSTOM", "A\0"] {
        assert!(Subscription::new().event(bad).is_err(), "{bad:?}");
    }
    for bad in ["", "a b", "a\n", "a\r", "é"] {
        assert!(Subscription::new().custom(bad).is_err(), "{bad:?}");
        assert!(Subscription::new().filter(bad, "x").is_err(), "{bad:?}");
        assert!(Subscription::new().filter("x", bad).is_err(), "{bad:?}");
    }
    assert!(Subscription::new().filter("delete", "all").is_err());
}
