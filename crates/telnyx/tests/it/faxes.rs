//! Faxes, each operation with the bodies that Telnyx documents.

use std::time::Duration;

use bytes::Bytes;
use chrono::{TimeZone, Utc};
use faxgate_telnyx::{
    Client, ClientState, Contents, Direction, DisplayName, FaxFilter, FaxStatus, Media, Page,
    PreviewFormat, Quality, SendFax,
};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{ACCEPTED, Act, KEY, Server, answer, client, config, fax, fax_of};

fn documented() -> Value {
    json!({"data": {
        "record_type": "fax", "id": "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0", "connection_id": "234423",
        "direction": "outbound", "from": "+13125790015", "from_display_name": null, "to": " 13127367276",
        "media_url": "https://example.com/a.pdf", "media_name": null, "store_media": true,
        "stored_media_url": null, "preview_url": null, "quality": "high", "webhook_url": null,
        "webhook_failover_url": null, "status": "queued", "client_state": "YXR0ZW1wdC0x",
        "failure_reason": null, "internal_failure_reason": null,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "a_field_of_tomorrow": {"x": [1]}}})
}

async fn respond(matcher: &str, at: &str, status: u16, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method(matcher))
        .and(path(at))
        .and(header("authorization", format!("Bearer {KEY}")))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .expect(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_fax_is_sent_by_the_address_of_its_document() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v2/faxes"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(header("content-type", "application/json"))
        .and(body_json(json!({
            "connection_id": "234423", "from": "+13125790015", "to": "+13127367276",
            "media_url": "https://example.com/a.pdf", "from_display_name": "Ann Bee",
            "quality": "very_high", "t38_enabled": false, "monochrome": true, "black_threshold": 60,
            "store_media": false, "store_preview": true, "preview_format": "pdf",
            "client_state": "YXR0ZW1wdC0x", "webhook_url": "https://example.com/hook"})))
        .respond_with(ResponseTemplate::new(202).set_body_json(documented()))
        .expect(1)
        .mount(&server)
        .await;
    let fax = SendFax {
        from_display_name: DisplayName::of("Ann Bee"),
        quality: Some(Quality::VeryHigh),
        t38_enabled: Some(false),
        monochrome: Some(true),
        black_threshold: Some(60),
        store_media: Some(false),
        store_preview: Some(true),
        preview_format: Some(PreviewFormat::Pdf),
        client_state: Some(ClientState::of("attempt-1")),
        webhook_url: Some("https://example.com/hook".parse().unwrap()),
        ..fax()
    };
    let sent = client(&server.uri()).faxes().send(&fax).await.unwrap();
    assert_eq!(sent.id.as_str(), "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0");
    assert_eq!(sent.status, FaxStatus::Queued);
    assert_eq!(sent.direction, Direction::Outbound);
    assert_eq!(
        sent.to.unwrap().as_str(),
        "+13127367276",
        "the plus is mended"
    );
    assert_eq!(
        sent.client_state.unwrap().text().as_deref(),
        Some("attempt-1")
    );
    assert_eq!(
        sent.created_at,
        Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single()
    );
    assert_eq!(sent.failure_reason, None);
}

#[tokio::test]
async fn a_fax_is_sent_by_the_name_of_an_uploaded_document() {
    let server = MockServer::start().await;
    Mock::given(body_json(json!({
            "connection_id": "234423", "from": "+13125790015", "to": "+13127367276",
            "media_name": "a.pdf"})))
    .respond_with(ResponseTemplate::new(202).set_body_json(documented()))
    .expect(1)
    .mount(&server)
    .await;
    let fax = SendFax {
        media: Media::Name("a.pdf".to_owned()),
        ..fax()
    };
    client(&server.uri()).faxes().send(&fax).await.unwrap();
}

#[tokio::test]
async fn a_fax_is_sent_with_its_document() {
    let server = Server::start([answer("202 Accepted", "", ACCEPTED)]).await;
    let contents = Contents {
        file_name: "páge.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: Bytes::from_static(b"%PDF-1.7\r\n\0\xff"),
    };
    let fax = SendFax {
        media: Media::Contents(contents),
        t38_enabled: Some(true),
        client_state: Some(ClientState::of("attempt-1")),
        ..fax()
    };
    client(&server.url).faxes().send(&fax).await.unwrap();

    let seen = &server.seen()[0];
    let boundary = "faxgate-part-0000000000000000";
    assert!(
        seen.head
            .contains(&format!("multipart/form-data; boundary={boundary}\r\n"))
    );
    let part = |name: &str, value: &str| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let fields = [
        part("client_state", "YXR0ZW1wdC0x"),
        part("connection_id", "234423"),
        part("from", "+13125790015"),
        part("t38_enabled", "true"),
        part("to", "+13127367276"),
    ]
    .concat();
    let file = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"contents\"; filename=\"p%C3%A1ge.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let whole = [
        fields.as_bytes(),
        file.as_bytes(),
        b"%PDF-1.7\r\n\0\xff",
        end.as_bytes(),
    ]
    .concat();
    assert_eq!(
        String::from_utf8_lossy(&seen.body),
        String::from_utf8_lossy(&whole)
    );
    assert_eq!(seen.body, whole);
}

#[tokio::test]
async fn a_fax_without_a_document_is_refused_here() {
    let server = Server::start([]).await;
    let client = client(&server.url);
    for media in [
        Media::Name(String::new()),
        Media::Contents(Contents {
            file_name: "a.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: Bytes::new(),
        }),
    ] {
        let fax = SendFax { media, ..fax() };
        assert!(client.faxes().send(&fax).await.is_err());
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_fax_is_found_by_its_id_or_it_is_not_there() {
    let mut body = documented();
    body["data"]["status"] = "failed".into();
    body["data"]["failure_reason"] = "user_busy".into();
    let server = respond("GET", "/v2/faxes/0ccc", 200, body).await;
    let fax = client(&server.uri())
        .faxes()
        .get(&"0ccc".into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fax.status, FaxStatus::Failed);
    assert!(fax.status.is_terminal());
    assert_eq!(fax.failure_reason.as_deref(), Some("user_busy"));

    let server = respond("GET", "/v2/faxes/0ccc", 404, json!({"errors": []})).await;
    assert!(
        client(&server.uri())
            .faxes()
            .get(&"0ccc".into())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn words_of_tomorrow_are_kept() {
    let body = json!({"data": {"id": 7, "status": "pondering", "direction": null, "from": null}});
    let server = respond("GET", "/v2/faxes/7", 200, body).await;
    let fax = client(&server.uri())
        .faxes()
        .get(&"7".into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fax.id.as_str(), "7");
    assert_eq!(fax.status, FaxStatus::Other("pondering".to_owned()));
    assert_eq!(fax.direction, Direction::default());
    assert_eq!(fax.from, None);
}

#[tokio::test]
async fn faxes_are_listed_by_numbers_direction_and_time() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v2/faxes"))
        .and(query_param("filter[direction][eq]", "outbound"))
        .and(query_param("filter[from][eq]", "+13125790015"))
        .and(query_param("filter[to][eq]", "+13127367276"))
        .and(query_param(
            "filter[created_at][gte]",
            "2026-01-01T00:00:00.000000Z",
        ))
        .and(query_param("page[number]", "1"))
        .and(query_param("page[size]", "20"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "data": [documented()["data"]],
            "meta": {"page_number": 1, "page_size": 20, "total_pages": 1, "total_results": 1}})))
        .expect(1)
        .mount(&server)
        .await;
    let filter = FaxFilter {
        direction: Some(Direction::Outbound),
        from: Some("+13125790015".into()),
        to: Some("+13127367276".into()),
        created_at_gte: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single(),
        ..FaxFilter::default()
    };
    let list = client(&server.uri())
        .faxes()
        .list(&filter, Page::first(20))
        .await
        .unwrap();
    assert_eq!(list.data.len(), 1);
    assert_eq!(list.meta.total_results, Some(1));
}

#[tokio::test]
async fn a_fax_is_canceled_refreshed_and_deleted() {
    let done = json!({"data": {"result": "ok"}});
    let server = respond("POST", "/v2/faxes/f1/actions/cancel", 202, done.clone()).await;
    client(&server.uri())
        .faxes()
        .cancel(&"f1".into())
        .await
        .unwrap();

    let server = respond("POST", "/v2/faxes/f1/actions/refresh", 200, done).await;
    client(&server.uri())
        .faxes()
        .refresh(&"f1".into())
        .await
        .unwrap();

    let server = respond("DELETE", "/v2/faxes/f1", 200, json!({})).await;
    assert!(
        client(&server.uri())
            .faxes()
            .delete(&"f1".into())
            .await
            .unwrap()
    );

    let server = respond("DELETE", "/v2/faxes/f1", 404, json!({})).await;
    assert!(
        !client(&server.uri())
            .faxes()
            .delete(&"f1".into())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn canceling_what_is_over_is_refused() {
    let over = json!({"errors": [{"code": "90018", "title": "Fax cannot be canceled"}]});
    let server = respond("POST", "/v2/faxes/f1/actions/cancel", 422, over).await;
    let error = client(&server.uri())
        .faxes()
        .cancel(&"f1".into())
        .await
        .unwrap_err();
    assert_eq!(error.delivery(), faxgate_telnyx::Delivery::Refused);
    assert!(error.has_code("90018"));
}

#[test]
fn a_display_name_keeps_what_telnyx_takes() {
    let name = |text| DisplayName::of(text).map(|name| name.as_str().to_owned());
    assert_eq!(name("Müller & Söhne").as_deref(), Some("M ller S hne"));
    assert_eq!(name(" A-B_C~D!E.F+G ").as_deref(), Some("A-B_C~D!E.F+G"));
    assert_eq!(name("\r\n\"<>"), None);
    assert_eq!(name(&"ab ".repeat(100)).unwrap().len(), 128);
}

#[tokio::test]
async fn a_document_that_travels_along_has_time_by_its_size() {
    let silent = Server::start([Act::Hang]).await;
    let server = Server::start([answer("202 Accepted", "", ACCEPTED)]).await;
    let hurried = |url: &str| {
        let mut config = config(url);
        // No document of megabytes has left and is answered within that.
        config.timeout = Duration::ZERO;
        Client::new(config).unwrap()
    };
    assert_eq!(fax().media.upload_time(), Duration::ZERO);
    let sent = hurried(&silent.url).faxes().send(&fax()).await;
    let error = sent.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let carried = fax_of(9_900_001);
    assert_eq!(carried.media.upload_time(), Duration::from_secs(100));
    let sent = hurried(&server.url).faxes().send(&carried).await.unwrap();
    assert_eq!(sent.id.as_str(), "f1");
}
