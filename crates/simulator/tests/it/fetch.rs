//! `http_get`: a FreeSWITCH that shares no disk with its client.

use faxgate_imaging::fax_tiff;
use faxgate_simulator::Outcome;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{UUID, dial, drawn, line, whole_call};
use crate::web::{Web, answer};

/// A server of one file.
async fn serving(bytes: Vec<u8>, headers: &'static str) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut asked).await.unwrap();
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
                bytes.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_fetched_into_a_folder_of_the_switch_and_sent_from_there() {
    let tiff = fax_tiff::write(&drawn(2));
    let address = serving(tiff.clone(), "").await;
    let line = line(|_| {}).await;
    let mut client = line.listening().await;
    client
        .write(format!("bgapi http_get http://{address}/pages/a.tif?token=x\n\n").as_bytes())
        .await;
    let job = client
        .events_until(|event| event.kind() == "BACKGROUND_JOB")
        .await;
    let path = std::path::PathBuf::from(&job.last().unwrap().body);
    assert!(
        path.starts_with(line.spool().join("http_cache")),
        "{path:?}"
    );
    assert_eq!(path.extension().unwrap(), "tif");
    assert_eq!(std::fs::read(&path).unwrap(), tiff);
    client
        .command(&format!("bgapi {}", dial(UUID, "5550001111", "", &path)))
        .await;
    whole_call(&mut client, UUID).await;
    let call = &line.simulator.calls()[0];
    assert_eq!(
        (call.pages_total, call.outcome),
        (2, Some(Outcome::Delivered))
    );
    assert!(call.file_sha256.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_is_kept_until_it_is_stale_refreshed_or_removed() {
    let (fresh, stale) = (
        answer("200 OK", "", "x"),
        answer("200 OK", "Cache-Control: max-age=0\r\n", "x"),
    );
    let web = Web::answering(&[&fresh]).await;
    let line = line(|_| {}).await;
    let mut client = line.authorised().await;
    let url = web.url("/a");
    assert_eq!(
        client.command(&format!("api http_tryget {url}")).await,
        "-ERR download\n"
    );
    let first = client.command(&format!("api http_get {url}")).await;
    for command in ["http_get", "http_tryget"] {
        assert_eq!(client.command(&format!("api {command} {url}")).await, first);
    }
    assert_eq!(web.requests().len(), 1);
    assert_eq!(
        web.requests()[0].header("User-Agent"),
        Some("freeswitch-http-cache/1.0")
    );
    let refreshed = client
        .command(&format!("api http_get {{refresh=true}}{url}"))
        .await;
    assert_ne!(refreshed, first);
    assert_eq!(
        client
            .command(&format!("api http_remove_cache {url}"))
            .await,
        "+OK\n"
    );
    assert_ne!(
        client.command(&format!("api http_get {url}")).await,
        refreshed
    );
    assert_eq!(web.requests().len(), 3);
    assert_eq!(client.command("api http_clear_cache").await, "+OK\n");
    assert!(!std::path::Path::new(&first).exists());
    let web = Web::answering(&[&stale]).await;
    for _ in 0..2 {
        client
            .command(&format!("api http_get {}", web.url("/b")))
            .await;
    }
    assert_eq!(web.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_is_an_error_and_tried_anew() {
    let (no, yes) = (answer("404 No", "", "nothing"), answer("200 OK", "", "x"));
    let web = Web::answering(&[&no, &yes]).await;
    let line = line(|_| {}).await;
    let mut client = line.authorised().await;
    assert_eq!(
        client.command("api http_get").await,
        "USAGE: {param=val}<url>\n"
    );
    let command = format!("api http_get {}", web.url("/a.tif"));
    assert_eq!(client.command(&command).await, "-ERR\n");
    assert!(client.command(&command).await.ends_with(".tif"));
    assert_eq!(
        client.command("api http_get http://127.0.0.1:1/a").await,
        "-ERR\n"
    );
}
