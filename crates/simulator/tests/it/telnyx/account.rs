//! Fax applications, and the edges of the account.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{GOOD, code, read, receiver, telnyx, text};

#[tokio::test]
async fn an_application_is_made_changed_used_and_deleted() {
    let receiver = receiver().await;
    let telnyx = telnyx(|_| ()).await;
    let wanted = json!({
        "application_name": "branch", "webhook_event_url": receiver.url("/"), "tags": ["a"],
        "outbound": {"outbound_voice_profile_id": "77"},
    });
    let (status, made) = telnyx.post("/fax_applications", &wanted).await;
    assert_eq!(status, StatusCode::CREATED);
    let made = &made["data"];
    assert_eq!(made["record_type"], "fax_application");
    assert_eq!(made["outbound"]["outbound_voice_profile_id"], "77");
    assert_eq!(
        (&made["active"], &made["webhook_event_failover_url"]),
        (&json!(true), &json!(null))
    );
    let path = format!("/fax_applications/{}", text(&made["id"]));
    let change =
        json!({"webhook_event_failover_url": receiver.url("/other"), "application_name": "office"});
    let (status, changed) = telnyx.with_body(Method::PATCH, &path, &change).await;
    assert_eq!(
        (status, &changed["data"]["application_name"]),
        (StatusCode::OK, &json!("office"))
    );
    assert_eq!(telnyx.get(&path).await.1["data"], changed["data"]);
    let (_, listed) = telnyx
        .get("/fax_applications?filter[application_name][contains]=off")
        .await;
    assert_eq!(listed["data"], json!([changed["data"]]));

    let sent = telnyx.upload(GOOD, &[("connection_id", &text(&made["id"]))], 1);
    assert_eq!(
        read(sent.send().await.unwrap()).await.0,
        StatusCode::ACCEPTED
    );
    telnyx.double.quiet().await;
    assert_eq!(receiver.requests().len(), 4);
    assert_eq!(telnyx.delete(&path).await.0, StatusCode::OK);
    assert_eq!(telnyx.get(&path).await.0, StatusCode::NOT_FOUND);
    for wrong in [
        json!({"application_name": "x"}),
        json!({"application_name": "", "webhook_event_url": "http://h/"}),
        json!({"application_name": "x", "webhook_event_url": "ftp://h/"}),
        json!({"application_name": "x", "webhook_event_url": "http://h/", "active": 1}),
    ] {
        let (status, refused) = telnyx.post("/fax_applications", &wrong).await;
        assert_eq!(
            (status, code(&refused)),
            (StatusCode::BAD_REQUEST, "10015"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let telnyx = telnyx(|_| ()).await;
    for path in [
        "/faxes/x",
        "/fax_applications/x",
        "/number_orders/x",
        "/phone_numbers/x",
        "/nothing",
    ] {
        let (status, body) = telnyx.get(path).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::NOT_FOUND, "10005"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_stopped_double_leaves_nothing_behind() {
    let telnyx = telnyx(|_| ()).await;
    let address = telnyx.double.addr();
    telnyx.send(super::STAYS).await;
    telnyx.double.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    // What listens again at once has really got the address back.
    tokio::net::TcpListener::bind(address).await.unwrap();
}
