//! Outbound faxes, from the order to their end.

use faxgate_simulator::telnyx::{DocumentKind, Outcome, Scenario, Stage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{FROM, GOOD, STAYS, code, document, event, order, read, receiver, telnyx, text, tiff};
use crate::web::{Web, answer};

/// An answer whose body is not text.
async fn serving(document: &[u8]) -> Web {
    Web::serving("application/pdf", document).await
}

#[tokio::test]
async fn a_fax_goes_from_the_queue_to_the_far_end_and_each_step_is_told() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("calls.jsonl");
    let (receiver, pdf) = (receiver().await, document(2));
    let storage = serving(&pdf).await;
    let telnyx = telnyx(|options| {
        options.webhook_url = Some(receiver.url("/hook"));
        options.call_log = Some(log.clone());
        options.delivered_to = Some(folder.path().join("far"));
    })
    .await;
    let double = &telnyx.double;
    let media_url = storage.url("/fax.pdf?signature=1");
    let mut body = order(GOOD, &media_url, double.connection_id());
    body["client_state"] = json!("YXR0ZW1wdC0x");
    let (status, fax) = telnyx.post("/faxes", &body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let fax = &fax["data"];
    for (member, value) in [
        ("record_type", json!("fax")),
        ("connection_id", json!(double.connection_id())),
        ("direction", json!("outbound")),
        ("from", json!(FROM)),
        ("to", json!(GOOD)),
        ("media_url", json!(media_url)),
        ("media_name", Value::Null),
        ("status", json!("queued")),
        ("quality", json!("high")),
        ("client_state", json!("YXR0ZW1wdC0x")),
        ("failure_reason", Value::Null),
        ("internal_failure_reason", Value::Null),
    ] {
        assert_eq!(fax[member], value, "{member}");
    }
    double.quiet().await;

    let id = text(&fax["id"]);
    let (status, got) = telnyx.get(&format!("/faxes/{id}")).await;
    assert_eq!(
        (status, &got["data"]["status"]),
        (StatusCode::OK, &json!("delivered"))
    );
    let events: Vec<Value> = receiver
        .requests()
        .iter()
        .map(|request| event(double, request))
        .collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                text(&event["data"]["event_type"]),
                text(&event["data"]["payload"]["status"]),
            )
        })
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(kind, status)| (kind.as_str(), status.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("fax.queued", "queued"),
            ("fax.media.processed", "media.processed"),
            ("fax.sending.started", "sending"),
            ("fax.delivered", "delivered"),
        ]
    );
    let last = &events[3];
    assert_eq!(
        last["meta"],
        json!({"attempt": 1, "delivered_to": receiver.url("/hook")})
    );
    let payload = &last["data"]["payload"];
    for (member, value) in [
        ("fax_id", json!(id)),
        ("original_media_url", json!(media_url)),
        ("client_state", json!("YXR0ZW1wdC0x")),
        ("page_count", json!(2)),
        ("call_duration_secs", json!(60)),
    ] {
        assert_eq!(payload[member], value, "{member}");
    }

    let calls = double.calls();
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(call.outcome, Some(Outcome::Delivered));
    assert_eq!((call.pages_total, call.pages_delivered), (2, 2));
    let sha256 = hex::encode(Sha256::digest(&pdf));
    assert_eq!(call.file_sha256.as_deref(), Some(sha256.as_str()));
    let lines = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["event"], &lines[1]["event"]),
        (&json!("placed"), &json!("ended"))
    );
    assert_eq!(lines[1]["fax_id"], json!(id));
    assert_eq!(lines[1]["outcome"], "delivered");
    assert_eq!(lines.len(), 2);
    let arrived = double.document(&id).unwrap();
    assert_eq!((arrived.kind, arrived.pages), (DocumentKind::Pdf, 2));
    assert_eq!(arrived.bytes, pdf);
    let kept = folder.path().join("far").join(format!("{id}.pdf"));
    assert_eq!(std::fs::read(kept).unwrap(), pdf);
}

#[tokio::test]
async fn a_document_may_be_uploaded_or_kept_by_name() {
    let telnyx = telnyx(|_| ()).await;
    let id = telnyx.send(GOOD).await;
    let (kind, body) = super::form(&[("media_name", "letter")], "media", &tiff(3));
    let upload = telnyx.request(Method::POST, "/media");
    let upload = upload.header("content-type", kind).body(body);
    let (status, media) = read(upload.send().await.unwrap()).await;
    assert_eq!(
        (status, &media["data"]["media_name"]),
        (StatusCode::OK, &json!("letter"))
    );
    let body = json!({
        "connection_id": telnyx.double.connection_id(), "from": FROM, "to": GOOD, "media_name": "letter",
    });
    let (status, named) = telnyx.post("/faxes", &body).await;
    assert_eq!(
        (status, &named["data"]["media_name"]),
        (StatusCode::ACCEPTED, &json!("letter"))
    );
    telnyx.double.quiet().await;
    assert_eq!(telnyx.fax(&id)["status"], "delivered");
    let sent = telnyx
        .double
        .document(named["data"]["id"].as_str().unwrap());
    assert_eq!(sent.unwrap().pages, 3);
}

#[tokio::test]
async fn a_document_that_cannot_be_had_fails_the_fax() {
    let telnyx = telnyx(|_| ()).await;
    for (served, reason) in [
        (
            answer("302 Found", "Location: /other\r\n", ""),
            "file_download_failed",
        ),
        (answer("404 Not Found", "", ""), "file_download_failed"),
        (answer("200 OK", "", "<html>"), "file_format_invalid"),
    ] {
        let web = Web::answering(&[&served]).await;
        let body = order(GOOD, &web.url("/a.pdf"), telnyx.double.connection_id());
        let (status, fax) = telnyx.post("/faxes", &body).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        telnyx.double.quiet().await;
        let fax = telnyx.fax(fax["data"]["id"].as_str().unwrap());
        assert_eq!(
            (&fax["status"], &fax["failure_reason"]),
            (&json!("failed"), &json!(reason))
        );
        assert_eq!(
            web.requests().len(),
            1,
            "nothing is fetched twice or followed"
        );
    }
}

#[tokio::test]
async fn every_magic_number_ends_as_the_readme_says() {
    let telnyx = telnyx(|_| ()).await;
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("### Magic numbers").unwrap();
    let mut known = 0;
    for line in section.lines().filter(|line| line.starts_with("| 555000 ")) {
        let (number, what) = line
            .trim_start_matches("| 555000 ")
            .split_once(" | ")
            .unwrap();
        let Some(reason) = what
            .strip_prefix('`')
            .and_then(|what| what.split('`').next())
        else {
            continue;
        };
        let id = telnyx
            .send(&format!("+1555000{}", number.replace("kk", "01")))
            .await;
        telnyx.double.quiet().await;
        assert_eq!(telnyx.fax(&id)["failure_reason"], reason, "{number}");
        known += 1;
    }
    assert!(known >= 25, "{known}");
}

#[tokio::test]
async fn a_fax_that_breaks_off_leaves_its_pages_behind() {
    let telnyx = telnyx(|_| ()).await;
    let sent = telnyx.upload("+15550009102", &[], 5).send().await.unwrap();
    assert_eq!(read(sent).await.0, StatusCode::ACCEPTED);
    telnyx.double.quiet().await;
    let call = telnyx.double.calls().remove(0);
    assert_eq!(call.outcome, Some(Outcome::Partial));
    assert_eq!((call.pages_total, call.pages_delivered), (5, 2));
    assert_eq!(
        call.failure_reason.as_deref(),
        Some("receiver_call_dropped")
    );
}

#[tokio::test]
async fn what_t38_breaks_goes_without_it() {
    let telnyx = telnyx(|_| ()).await;
    let first = telnyx.send("+15550008888").await;
    let second = telnyx.upload("+15550008888", &[("t38_enabled", "false")], 1);
    let (_, second) = read(second.send().await.unwrap()).await;
    telnyx.double.quiet().await;
    assert_eq!(telnyx.fax(&first)["failure_reason"], "fax_signaling_error");
    let second = telnyx.fax(second["data"]["id"].as_str().unwrap());
    assert_eq!(second["status"], "delivered");
}

#[tokio::test]
async fn a_cancelled_fax_is_never_delivered() {
    let receiver = receiver().await;
    let telnyx = telnyx(|options| options.webhook_url = Some(receiver.url("/"))).await;
    for stage in [
        Stage::Queued,
        Stage::MediaProcessed,
        Stage::Originated,
        Stage::Sending,
    ] {
        telnyx.double.scenarios(STAYS, vec![Scenario::stays(stage)]);
        let id = telnyx.send(STAYS).await;
        telnyx.double.quiet().await;
        let cancel = format!("/faxes/{id}/actions/cancel");
        let (status, result) = telnyx.post(&cancel, &json!({})).await;
        assert_eq!(
            (status, result),
            (StatusCode::OK, json!({"data": {"result": "ok"}}))
        );
        telnyx.double.quiet().await;
        assert_eq!(telnyx.fax(&id)["failure_reason"], "sender_canceled");
        let (status, refused) = telnyx.post(&cancel, &json!({})).await;
        assert_eq!(
            (status, code(&refused)),
            (StatusCode::UNPROCESSABLE_ENTITY, "10015")
        );
    }
    let outcomes: Vec<_> = telnyx
        .double
        .calls()
        .iter()
        .map(|call| call.outcome)
        .collect();
    assert_eq!(outcomes, [Some(Outcome::Canceled); 4]);
    let (status, absent) = telnyx.post("/faxes/none/actions/cancel", &json!({})).await;
    assert_eq!((status, code(&absent)), (StatusCode::NOT_FOUND, "10005"));
}

#[tokio::test]
async fn an_order_that_is_not_well_formed_is_refused_and_not_logged() {
    let telnyx = telnyx(|_| ()).await;
    let good = order(
        GOOD,
        "http://127.0.0.1:1/a.pdf",
        telnyx.double.connection_id(),
    );
    for (member, value, status, expected) in [
        ("from", json!("13125550100"), 422, "10016"),
        ("to", json!("555-0001"), 422, "10016"),
        ("to", Value::Null, 400, "10015"),
        ("connection_id", json!("1"), 422, "10015"),
        ("connection_id", json!(7), 400, "10015"),
        ("media_url", Value::Null, 400, "10015"),
        ("media_name", json!("both"), 400, "10015"),
        ("quality", json!("best"), 400, "10015"),
        ("t38_enabled", json!("maybe"), 400, "10015"),
        ("client_state", json!("not base64!"), 400, "10015"),
        ("from_display_name", json!("Ä & Co"), 400, "10015"),
        ("black_threshold", json!(50), 400, "10015"),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let (got, refused) = telnyx.post("/faxes", &body).await;
        assert_eq!((got.as_u16(), code(&refused)), (status, expected), "{body}");
    }
    let request = telnyx.request(Method::POST, "/faxes");
    let request = request.header("content-type", "application/json").body("{");
    let (status, refused) = read(request.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), code(&refused)), (400, "10015"));
    assert!(telnyx.double.calls().is_empty());
}
