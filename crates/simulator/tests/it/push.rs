//! Inbound faxes are told of by a signed POST.

use std::time::Duration;

use faxgate_simulator::{InboundPush, PushShape};

use crate::harness::{Line, UUID, dial, eventually, line};
use crate::web::{Request, Web, answer};

const DID: &str = "15557000001";

async fn receiving(web: &Web, shape: PushShape) -> Line {
    line(|options| {
        options.dids = vec![DID.to_owned()];
        let mut push = InboundPush::to(web.url("/inbound/"), "a-secret-of-ours");
        push.shape = shape;
        push.sweep = Duration::from_millis(20);
        options.inbound_push = Some(push);
    })
    .await
}

/// Sends a fax to ourselves and gives the first `count` notices.
async fn notices(line: &Line, web: &Web, to: &str, count: usize) -> Vec<Request> {
    let file = line.document(2);
    let mut client = line.authorised().await;
    let command = format!("bgapi {}", dial(UUID, to, "fax_ident=%2B1", &file));
    client.command(&command).await;
    eventually("the notices come", || web.requests().len() >= count).await;
    web.requests()
}

fn signature(body: &[u8]) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"a-secret-of-ours").unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_travel_inside_and_the_record_is_put_away() {
    let web = Web::answering(&[&answer("200 OK", "", "{}")]).await;
    let line = receiving(&web, PushShape::Multipart).await;
    let request = notices(&line, &web, DID, 1).await.remove(0);
    assert_eq!(request.target, "POST /inbound/");
    assert_eq!(
        request.header("X-Webhook-Signature"),
        Some(signature(&request.body).as_str())
    );
    let boundary = request.header("Content-Type").unwrap();
    let boundary = boundary
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let text = String::from_utf8_lossy(&request.body);
    let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[0], parts[3]), (4, "", "--\r\n"));
    let (head, payload) = parts[1].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("name=\"payload\"\r\nContent-Type: application/json"));
    let notice: serde_json::Value = serde_json::from_str(payload).unwrap();
    let uuid = notice["uuid"].as_str().unwrap();
    for (key, value) in [
        ("event", "fax.received".into()),
        ("from", "15550001000".into()),
        ("to", "+15557000001".into()),
        ("pages", 2.into()),
        ("file_path", serde_json::Value::Null),
        ("file_name", format!("{uuid}.tif").into()),
        ("success", true.into()),
        ("result_code", 0.into()),
        ("result_text", "OK".into()),
        ("remote_station_id", "+1".into()),
        ("hangup_cause", "NORMAL_CLEARING".into()),
    ] {
        assert_eq!(notice[key], value, "{key}");
    }
    assert!(parts[2].contains(&format!("name=\"file\"; filename=\"{uuid}.tif\"")));
    let tiff = std::fs::read(line.spool().join(format!("rx/{uuid}.tif"))).unwrap();
    assert!(
        request
            .body
            .windows(tiff.len())
            .any(|window| window == tiff)
    );
    let sent = line.spool().join(format!("cdr/sent/{uuid}.cdr.json"));
    eventually("the record is put away", || sent.is_file()).await;
    assert_eq!(web.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_disk_needs_no_pages_inside() {
    let web = Web::answering(&[&answer("200 OK", "", "{}")]).await;
    let line = receiving(&web, PushShape::Path).await;
    let request = notices(&line, &web, DID, 1).await.remove(0);
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    let notice: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert!(std::path::Path::new(notice["file_path"].as_str().unwrap()).is_file());
    assert!(notice.get("file_name").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_told_again_even_after_the_switch_was_killed() {
    let (no, yes) = (answer("500 No", "", ""), answer("200 OK", "", "{}"));
    let web = Web::answering(&[&no, &no, &no, &no, &no, &yes]).await;
    let line = receiving(&web, PushShape::Multipart).await;
    notices(&line, &web, DID, 1).await;
    line.simulator.restart(true).await.unwrap();
    eventually("it is taken in the end", || web.requests().len() == 6).await;
    let sent = line.spool().join("cdr/sent");
    eventually("and put away", || sent.is_dir()).await;
    let requests = web.requests();
    let uuid_of = |request: &Request| {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        text.split("\"uuid\":\"").nth(1).unwrap()[..36].to_owned()
    };
    assert!(
        requests
            .iter()
            .all(|request| uuid_of(request) == uuid_of(&requests[0]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_of_which_no_page_came_has_no_file() {
    let web = Web::answering(&[&answer("200 OK", "", "{}")]).await;
    let line = line(|options| {
        options.dids = vec!["5550009100".to_owned()];
        options.inbound_push = Some(InboundPush::to(web.url("/"), "a-secret-of-ours"));
    })
    .await;
    let request = notices(&line, &web, "5550009100", 1).await.remove(0);
    let text = request.text();
    assert!(text.contains("\"event\":\"fax.failed\"") && text.contains("\"pages\":0"));
    assert!(text.contains("\"file_name\":null") && !text.contains("name=\"file\""));
}
