//! What is known of a fax when sending it failed.

use std::time::Duration;

use faxgate_telnyx::{Client, Delivery, Error};
use tokio::net::TcpListener;

use crate::support::{ACCEPTED, Act, Server, answer, client, config, fax, fax_of};

/// Sends a fax to a server that goes through these acts, and sees to it that it was asked once.
async fn fails(act: Act) -> Error {
    let server = Server::start([act]).await;
    let error = client(&server.url).faxes().send(&fax()).await.unwrap_err();
    assert_eq!(server.seen().len(), 1, "a fax is posted once");
    error
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).faxes().send(&fax()).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert_eq!(error.status(), None);
    assert_eq!(error.to_string(), "telnyx could not be reached");
}

#[tokio::test]
async fn where_tls_fails_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let closing = tokio::spawn(async move { drop(listener.accept().await) });
    let error = client(&url).faxes().send(&fax()).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    closing.await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_a_refusal() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "422 Unprocessable",
        "429 Too Many",
    ] {
        let error = fails(answer(status, "", "{}")).await;
        assert_eq!(error.delivery(), Delivery::Refused, "{status}");
        assert_eq!(error.status(), status[..3].parse().ok());
    }
}

#[tokio::test]
async fn a_server_in_trouble_may_have_taken_the_fax() {
    for status in ["500 Oh", "502 Bad Gateway", "503 Unavailable", "504 Late"] {
        let error = fails(answer(status, "Retry-After: 1\r\n", "<html>")).await;
        assert_eq!(error.delivery(), Delivery::Unclear, "{status}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_leaves_it_open() {
    let error = fails(answer("307 Over There", "Location: /v2/other\r\n", "")).await;
    assert_eq!(error.delivery(), Delivery::Unclear);
    assert_eq!(error.status(), Some(307));
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_body_leaves_it_open() {
    let error = fails(Act::Close).await;
    assert_eq!(error.delivery(), Delivery::Unclear);
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn half_an_answer_leaves_it_open() {
    let half_a_head = "HTTP/1.1 202 Acc".to_owned();
    let half_a_body = format!("HTTP/1.1 202 Accepted\r\nContent-Length: 999\r\n\r\n{ACCEPTED}");
    for bytes in [half_a_head, half_a_body] {
        let error = fails(Act::AnswerAndClose(bytes)).await;
        assert_eq!(error.delivery(), Delivery::Unclear);
    }
}

#[tokio::test]
async fn an_acceptance_that_cannot_be_read_leaves_it_open() {
    for body in [
        "",
        "{}",
        "[]",
        "not json",
        r#"{"data":{}}"#,
        r#"{"data":{"id":""}}"#,
    ] {
        let error = fails(answer("202 Accepted", "", body)).await;
        assert_eq!(error.delivery(), Delivery::Unclear, "{body}");
        assert_eq!(error.status(), Some(202));
    }
}

#[tokio::test]
async fn an_acceptance_that_is_too_large_leaves_it_open() {
    let server = Server::start([answer("202 Accepted", "", &"x".repeat(5000))]).await;
    let mut config = config(&server.url);
    config.max_answer_bytes = 4096;
    let client = Client::new(config).unwrap();
    let error = client.faxes().send(&fax()).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unclear);
    assert!(error.to_string().contains("larger than 4096 bytes"));
}

/// Time stands still until everybody waits, and then runs to the time-out.
#[tokio::test(start_paused = true)]
async fn silence_until_time_runs_out_leaves_it_open() {
    let server = Server::start([Act::Hang]).await;
    let client = client(&server.url);
    let error = client.faxes().send(&fax()).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.delivery(), Delivery::Unclear);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_document_whose_end_never_left_was_not_sent() {
    // Takes connections into its backlog and reads nothing: the document does not fit into the buffers between.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client(&url);
    let large = fax_of(64 * 1024 * 1024);
    let error = client.faxes().send(&large).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.delivery(), Delivery::NotSent);
}
