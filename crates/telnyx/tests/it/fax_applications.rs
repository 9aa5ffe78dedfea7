//! Fax applications.

use faxgate_telnyx::{FaxApplicationFilter, FaxApplicationSettings, OutboundSettings, Page};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::client;

fn documented() -> Value {
    json!({"record_type": "fax_application", "id": "1293384261075731499", "application_name": "Fax",
        "active": true, "anchorsite_override": "Latency", "webhook_event_url": "https://example.com/hook",
        "webhook_event_failover_url": "", "webhook_timeout_secs": 25, "tags": ["a", "b"],
        "inbound": {"channel_limit": 10, "sip_subdomain": "example",
            "sip_subdomain_receive_settings": "only_my_connections"},
        "outbound": {"channel_limit": null, "outbound_voice_profile_id": "1293384261075731461"},
        "created_at": "2018-02-02T22:25:27.521Z", "updated_at": "2018-02-02T22:25:27.521Z"})
}

#[tokio::test]
async fn an_application_is_made_changed_found_listed_and_removed() {
    let server = MockServer::start().await;
    let one = "/v2/fax_applications/1293384261075731499";
    let answer = || ResponseTemplate::new(200).set_body_json(json!({"data": documented()}));
    let settings = json!({"application_name": "Fax", "webhook_event_url": "https://example.com/hook",
        "tags": ["a"], "outbound": {"outbound_voice_profile_id": "9"}});
    for (verb, at) in [("POST", "/v2/fax_applications"), ("PATCH", one)] {
        Mock::given(method(verb))
            .and(path(at))
            .and(body_json(&settings))
            .respond_with(answer())
            .expect(1)
            .mount(&server)
            .await;
    }
    for verb in ["GET", "DELETE"] {
        Mock::given(method(verb))
            .and(path(one))
            .respond_with(answer())
            .expect(1)
            .mount(&server)
            .await;
    }
    Mock::given(method("GET"))
        .and(path("/v2/fax_applications"))
        .and(query_param("filter[application_name][contains]", "fax"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"data": [documented()], "meta": {"total_pages": 1}})),
        )
        .expect(2)
        .mount(&server)
        .await;

    let client = client(&server.uri());
    let applications = client.fax_applications();
    let settings = FaxApplicationSettings {
        tags: Some(vec!["a".to_owned()]),
        outbound: Some(OutboundSettings {
            outbound_voice_profile_id: Some("9".to_owned()),
            ..OutboundSettings::default()
        }),
        ..FaxApplicationSettings::new("Fax", "https://example.com/hook".parse().unwrap())
    };
    let made = applications.create(&settings).await.unwrap();
    assert_eq!(made.id.as_str(), "1293384261075731499");
    assert_eq!(made.webhook_timeout_secs, Some(25));
    assert_eq!(made.tags, ["a", "b"]);
    let outbound = made.outbound.unwrap();
    assert_eq!(
        outbound.outbound_voice_profile_id.as_deref(),
        Some("1293384261075731461")
    );
    assert_eq!(made.inbound.unwrap().channel_limit, Some(10));

    applications.update(&made.id, &settings).await.unwrap();
    assert_eq!(
        applications.get(&made.id).await.unwrap().unwrap().active,
        Some(true)
    );
    let filter = FaxApplicationFilter {
        name_contains: Some("fax".to_owned()),
        ..FaxApplicationFilter::default()
    };
    let list = applications.list(&filter, Page::default()).await.unwrap();
    assert_eq!(list.data.len(), 1);
    let walk = applications.walk(&filter, 3).await.unwrap();
    assert!(walk.complete);
    assert!(applications.delete(&made.id).await.unwrap());
    assert!(
        applications.get(&"0".into()).await.unwrap().is_none(),
        "no mock: 404"
    );
}
