//! The gate: once it says no, nothing can come of the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use faxgate_telnyx::{Delivery, Media};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::{self, ACCEPTED, Server, answer, client, fax, fax_of};

/// Reads what one connection brings until it is closed.
async fn everything(listener: TcpListener) -> Vec<u8> {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    // A connection that is broken off may be reset: what came before counts.
    while let Ok(1..) = stream.read_buf(&mut bytes).await {}
    bytes
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn no_byte_of_the_body_leaves_when_the_gate_says_no() {
    for fax in [fax(), fax_of(300_000)] {
        let (listener, url) = listener().await;
        let heard = tokio::spawn(everything(listener));
        let client = client(&url);
        let error = client.faxes().send_if(&fax, || false).await.unwrap_err();
        assert!(error.is_gate());
        assert_eq!(error.delivery(), Delivery::NotSent);
        drop(client);

        let bytes = heard.await.unwrap();
        let body = support::split(&bytes).map(|(_, body)| body);
        assert_eq!(body.unwrap_or_default(), b"");
    }
}

#[tokio::test]
async fn a_gate_that_closes_half_way_keeps_the_rest_here() {
    let (listener, url) = listener().await;
    let heard = tokio::spawn(everything(listener));
    let client = client(&url);
    let asked = AtomicUsize::new(0);
    let gate = move || asked.fetch_add(1, Ordering::SeqCst) < 3;
    let error = client.faxes().send_if(&fax_of(600_000), gate).await;
    let error = error.unwrap_err();
    assert!(error.is_gate());
    assert_eq!(error.delivery(), Delivery::NotSent);

    let bytes = heard.await.unwrap();
    if let Some((head, body)) = support::split(&bytes) {
        let whole = support::content_length(&head).unwrap();
        assert!(whole > 600_000);
        assert!(body.len() < 200_000, "{} of {whole}", body.len());
    }
}

#[tokio::test]
async fn the_gate_is_not_asked_before_there_is_a_connection() {
    let (listener, url) = listener().await;
    drop(listener);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let gate = move || {
        count.fetch_add(1, Ordering::SeqCst);
        true
    };
    let error = client(&url)
        .faxes()
        .send_if(&fax(), gate)
        .await
        .unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(!error.is_gate());
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_gate_that_stays_open_lets_the_whole_body_through_with_its_length_announced() {
    let server = Server::start([
        answer("202 Accepted", "", ACCEPTED),
        answer("202 Accepted", "", ACCEPTED),
    ])
    .await;
    let client = client(&server.url);
    for fax in [fax(), fax_of(300_000)] {
        let sent = client.faxes().send_if(&fax, || true).await.unwrap();
        assert_eq!(sent.id.as_str(), "f1");
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for request in seen {
        let head = request.head.to_ascii_lowercase();
        assert_eq!(support::content_length(&head), Some(request.body.len()));
        assert!(!head.contains("transfer-encoding"));
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_takes_what_has_not_left_along() {
    let (listener, url) = listener().await;
    let client = client(&url);
    let fax = fax_of(64 * 1024 * 1024);
    let Media::Contents(contents) = &fax.media else {
        unreachable!()
    };
    let whole = contents.bytes.len();
    // The server takes the connection and reads nothing, so that the sending stalls.
    let faxes = client.faxes();
    let accepted = tokio::select! {
        _ = faxes.send(&fax) => unreachable!("nobody answers"),
        accepted = listener.accept() => accepted,
    };
    let (mut stream, _) = accepted.unwrap();
    let mut bytes = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut bytes).await {}
    assert!(bytes.len() < whole, "{} of {whole}", bytes.len());
}
