//! `/api/fax/webhook/telnyx/`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::Ambient;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::under_test::{Answer, DID, Gateway, Settings, pdf, tiff};

on_both_databases![
    without_a_key_the_webhook_is_off_and_names_the_setting,
    only_what_the_account_signed_lately_is_taken,
    both_keys_are_good_while_the_account_changes_its_key,
    a_body_that_is_no_event_is_400,
    a_fax_that_comes_in_reaches_its_tenant_once,
    a_part_of_a_fax_is_shown_as_what_it_is,
    a_fax_that_failed_is_shown_with_the_reason_and_the_pages_that_come_after_all_win,
    both_shapes_of_the_notice_tell_of_one_fax,
    media_that_cannot_be_fetched_is_tried_again_when_an_operator_says_so,
    shuffled_and_repeated_events_end_alike,
];

const PATH: &str = "/api/fax/webhook/telnyx/";
const FAILOVER: &str = "/api/fax/webhook/telnyx/failover/";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> String {
    STANDARD.encode(key.verifying_key())
}

fn now() -> i64 {
    Ambient::system().now().unix_seconds()
}

fn with_key(settings: Settings) -> Settings {
    settings
        .with("TELNYX__PUBLIC_KEY", &public(&key(1)))
        .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
        .with("RATE_LIMITS__LIST", "0")
}

/// Sends bytes, signed as Telnyx documents it.
async fn send(gateway: &Gateway, path: &str, by: &SigningKey, at: i64, body: &[u8]) -> Answer {
    let message = [at.to_string().as_bytes(), b"|", body].concat();
    let signature = STANDARD.encode(by.sign(&message).to_bytes());
    gateway
        .ask("POST", path)
        .header("Content-Type", "application/json")
        .header("telnyx-timestamp", &at.to_string())
        .header("telnyx-signature-ed25519", &signature)
        .body(body)
        .send()
        .await
}

async fn tell(gateway: &Gateway, event: &Value) {
    let answer = send(gateway, PATH, &key(1), now(), event.to_string().as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.text(), r#"{"status":"accepted"}"#);
}

fn event(id: &str, kind: &str, fax: &str, more: Value) -> Value {
    let mut payload = json!({
        "fax_id": fax, "connection_id": "1447842681660114324", "direction": "inbound", "from": "+15557770000",
        "to": format!("+1{DID}"), "caller_id": "+15557770000", "user_id": "19a7",
    });
    let Value::Object(more) = more else {
        unreachable!("more of the payload")
    };
    payload.as_object_mut().unwrap().extend(more);
    json!({
        "data": {"event_type": kind, "id": id, "occurred_at": "2025-08-24T10:30:00.5Z", "record_type": "event", "payload": payload},
        "meta": {"attempt": 1, "delivered_to": "https://fax.example.com/"},
    })
}

fn received(id: &str, fax: &str, media: &MockServer, pages: usize) -> Value {
    let more = json!({"status": "received", "page_count": pages, "call_duration_secs": 50, "partial_content": false,
        "media_url": format!("{}/{pages}.pdf", media.uri())});
    event(id, "fax.received", fax, more)
}

fn failed(id: &str, fax: &str) -> Value {
    let more = json!({"status": "failed", "failure_reason": "sender_call_dropped"});
    event(id, "fax.failed", fax, more)
}

/// Where Telnyx keeps what it received.
async fn media() -> MockServer {
    let media = MockServer::start().await;
    for pages in 1..=2 {
        Mock::given(method("GET"))
            .and(path(format!("/{pages}.pdf")))
            .respond_with(ResponseTemplate::new(200).set_body_bytes(pdf(pages)))
            .mount(&media)
            .await;
    }
    media
}

async fn inbound(gateway: &Gateway, token: &str) -> Vec<Value> {
    let ask = gateway.ask("GET", "/api/fax/list/?direction=inbound&limit=500");
    let body = ask.token(token).send().await.expect(200);
    body["results"].as_array().unwrap().clone()
}

/// The tenant's one inbound fax, once it has this status.
async fn only(gateway: &Gateway, token: &str, status: &str) -> Value {
    eventually("the fax is in the list", DEADLINE, async || {
        let faxes = inbound(gateway, token).await;
        assert!(faxes.len() < 2, "{faxes:?}");
        faxes.into_iter().find(|fax| fax["status"] == status)
    })
    .await
}

async fn without_a_key_the_webhook_is_off_and_names_the_setting(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for path in [
        PATH,
        "/api/fax/webhook/telnyx",
        FAILOVER,
        "/api/fax/webhook/telnyx/failover",
    ] {
        let answer = send(&gateway, path, &key(1), now(), b"{}").await;
        answer.refused(403, "WEBHOOK_DISABLED", "FAXGATE_TELNYX__PUBLIC_KEY");
    }
}

async fn only_what_the_account_signed_lately_is_taken(db: TestDb) {
    let gateway = Gateway::start(db, "api", with_key).await;
    let body = event("e1", "fax.queued", "f1", json!({})).to_string();
    let body = body.as_bytes();
    for path in [PATH, FAILOVER] {
        let unsigned = gateway.ask("POST", path).body(body).send().await;
        unsigned.refused(401, "MISSING_SIGNATURE", "telnyx-signature-ed25519");
        assert!(unsigned.header("www-authenticate").starts_with("Ed25519 "));
        let forged = send(&gateway, path, &key(2), now(), body).await;
        forged.refused(401, "INVALID_SIGNATURE", "does not fit");
        for stale in [now() - 400, now() + 400] {
            let answer = send(&gateway, path, &key(1), stale, body).await;
            answer.refused(401, "INVALID_SIGNATURE", "timestamp");
        }
        assert_eq!(
            send(&gateway, path, &key(1), now() - 200, body)
                .await
                .status,
            200
        );
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    let answer = send(&gateway, PATH, &key(1), now(), &large).await;
    answer.refused(413, "BODY_TOO_LARGE", "1048576");
}

async fn both_keys_are_good_while_the_account_changes_its_key(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        with_key(settings).with("TELNYX__NEXT_PUBLIC_KEY", &public(&key(2)))
    })
    .await;
    let body = event("e1", "fax.queued", "f1", json!({})).to_string();
    for (seed, status) in [(1, 200), (2, 200), (3, 401)] {
        let answer = send(&gateway, PATH, &key(seed), now(), body.as_bytes()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

async fn a_body_that_is_no_event_is_400(db: TestDb) {
    let gateway = Gateway::start(db, "api", with_key).await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"data":{"id":"e1"}}"#,
        r#"{"data":{"id":"e1","event_type":"fax.received","payload":{}}}"#,
    ] {
        let answer = send(&gateway, PATH, &key(1), now(), body.as_bytes()).await;
        answer.refused(400, "INVALID_EVENT", "");
    }
    // What came after this program is kept, and harms nothing.
    tell(
        &gateway,
        &json!({"data": {"id": "e2", "event_type": "number.ported", "payload": {"a": 1}}}),
    )
    .await;
    tell(
        &gateway,
        &event("e3", "fax.teleported", "f1", json!({"status": "elsewhere"})),
    )
    .await;
}

async fn a_fax_that_comes_in_reaches_its_tenant_once(db: TestDb) {
    let media = media().await;
    let gateway = Gateway::start(db, "all", with_key).await;
    let token = gateway.sign_in().await;
    tell(
        &gateway,
        &event(
            "e1",
            "fax.receiving.started",
            "f1",
            json!({"status": "receiving"}),
        ),
    )
    .await;
    for _ in 0..2 {
        tell(&gateway, &received("e2", "f1", &media, 2)).await;
    }
    let fax = only(&gateway, &token, "received").await;
    assert_eq!(
        (&fax["pages"], &fax["duration"]),
        (&json!(2), &json!(50)),
        "{fax}"
    );
    assert_eq!(fax["sender_number"], "+15557770000");
    let uuid = fax["uuid"].as_str().unwrap();
    let document = format!("/api/fax/document/{uuid}/");
    let document = gateway.ask("GET", &document).token(&token).send().await;
    assert!(document.body.starts_with(b"%PDF"), "{document:?}");
    // Told again under another id, at the other address, and as a failure: it is the same fax still.
    let again = received("e3", "f1", &media, 1).to_string();
    assert_eq!(
        send(&gateway, FAILOVER, &key(1), now(), again.as_bytes())
            .await
            .status,
        200
    );
    tell(&gateway, &failed("e4", "f1")).await;
    assert_eq!(only(&gateway, &token, "received").await, fax);
}

async fn a_part_of_a_fax_is_shown_as_what_it_is(db: TestDb) {
    let media = media().await;
    let gateway = Gateway::start(db, "all", with_key).await;
    let token = gateway.sign_in().await;
    let mut part = received("e1", "f1", &media, 1);
    part["data"]["payload"]["partial_content"] = json!(true);
    tell(&gateway, &part).await;
    let fax = only(&gateway, &token, "received").await;
    assert_eq!(
        (&fax["pages"], &fax["partial"]),
        (&json!(1), &json!(true)),
        "{fax}"
    );
    let uuid = fax["uuid"].as_str().unwrap();
    let body = gateway.status(&token, uuid).await;
    assert_eq!(
        body["error"], "incomplete: the carrier received a part of it",
        "{body}"
    );
}

async fn a_fax_that_failed_is_shown_with_the_reason_and_the_pages_that_come_after_all_win(
    db: TestDb,
) {
    let media = media().await;
    let gateway = Gateway::start(db, "all", with_key).await;
    let token = gateway.sign_in().await;
    tell(&gateway, &failed("e1", "f1")).await;
    let fax = only(&gateway, &token, "failed").await;
    let uuid = fax["uuid"].as_str().unwrap();
    let body = gateway.status(&token, uuid).await;
    assert_eq!(body["error"], "the sender's call dropped", "{body}");
    tell(&gateway, &received("e2", "f1", &media, 2)).await;
    let fax = only(&gateway, &token, "received").await;
    assert_eq!(
        (fax["uuid"].as_str(), &fax["pages"]),
        (Some(uuid), &json!(2))
    );
    assert!(gateway.status(&token, uuid).await["error"].is_null());
}

async fn both_shapes_of_the_notice_tell_of_one_fax(db: TestDb) {
    let media = media().await;
    let gateway = Gateway::start(db, "all", with_key).await;
    let token = gateway.sign_in().await;
    let plain = json!({"data": {
        "event_type": "fax.received", "id": "f1", "from": "+15557770000", "to": format!("+1{DID}"), "status": "received",
        "page_count": 2, "media_url": format!("{}/2.pdf", media.uri()), "created_at": "2025-08-24T10:30:00Z"
    }});
    let plain = plain.to_string();
    let ask = gateway.ask("POST", "/api/fax/webhook/inbound/");
    let ask = ask.header("Content-Type", "application/json");
    assert_eq!(ask.signed(plain.as_bytes()).send().await.status, 200);
    tell(&gateway, &received("e1", "f1", &media, 2)).await;
    only(&gateway, &token, "received").await;
    let listed = gateway.manage(&["inbound", "list"], "").await;
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

async fn media_that_cannot_be_fetched_is_tried_again_when_an_operator_says_so(db: TestDb) {
    let media = MockServer::start().await;
    let gateway = Gateway::start(db, "all", with_key).await;
    let token = gateway.sign_in().await;
    tell(&gateway, &received("e1", "f1", &media, 2)).await;
    // Some tries, each after a longer wait than the one before.
    eventually("it is asked for", DEADLINE, async || {
        let asked = media.received_requests().await.unwrap();
        (asked.len() >= 2).then_some(())
    })
    .await;
    assert!(
        inbound(&gateway, &token).await.is_empty(),
        "a placeholder is shown"
    );
    Mock::given(path("/2.pdf"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(tiff(2)))
        .mount(&media)
        .await;
    let listed = gateway.manage(&["inbound", "list"], "").await;
    let id = listed.split('\t').next().unwrap();
    gateway.manage(&["inbound", "retry", id], "").await;
    assert_eq!(only(&gateway, &token, "received").await["pages"], 2);
    let refused = gateway.refuses(&["inbound", "retry", id]).await;
    assert!(refused.contains("is delivered"), "{refused}");
}

/// `SplitMix64`: the same permutations every time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    /// The events that end the fax once or twice, the others perhaps not at all, in any order.
    fn shuffled(&mut self, story: &[Value]) -> Vec<Value> {
        let mut told = Vec::new();
        for event in story {
            let ends = matches!(
                event["data"]["event_type"].as_str(),
                Some("fax.received" | "fax.failed")
            );
            for _ in 0..usize::from(ends) + self.below(2) {
                told.push(event.clone());
            }
        }
        for last in (1..told.len()).rev() {
            told.swap(last, self.below(last + 1));
        }
        told
    }
}

/// Each permutation is a fax of its own; all of a story must end as its first does.
async fn shuffled_and_repeated_events_end_alike(db: TestDb) {
    const PERMUTATIONS: usize = 100;
    let media = media().await;
    let gateway = Gateway::start(db, "all", with_key).await;
    let token = gateway.sign_in().await;
    let mut seeded = Seeded(7);
    for at in 0..PERMUTATIONS {
        let fax = format!("f{at}");
        let id = |of: &str| format!("{of}-{at}");
        let mut story = vec![
            event(
                &id("start"),
                "fax.receiving.started",
                &fax,
                json!({"status": "receiving"}),
            ),
            event(
                &id("media"),
                "fax.media.processing.started",
                &fax,
                json!({"status": "media.processing"}),
            ),
        ];
        if at % 3 != 0 {
            story.push(failed(&id("failed"), &fax));
        }
        if at % 3 != 2 {
            story.push(received(&id("received"), &fax, &media, 1));
        }
        for event in &mut story {
            event["data"]["payload"]["from"] = json!(format!("+1555777{at:04}"));
        }
        for event in seeded.shuffled(&story) {
            tell(&gateway, &event).await;
        }
    }
    let faxes = eventually("every fax has ended", DEADLINE, async || {
        let faxes = inbound(&gateway, &token).await;
        let received = faxes
            .iter()
            .filter(|fax| fax["status"] == "received")
            .count();
        (faxes.len() == PERMUTATIONS && received == PERMUTATIONS - PERMUTATIONS / 3)
            .then_some(faxes)
    })
    .await;
    for fax in &faxes {
        let at: usize = fax["sender_number"].as_str().unwrap()["+1555777".len()..]
            .parse()
            .unwrap();
        let uuid = fax["uuid"].as_str().unwrap();
        let body = gateway.status(&token, uuid).await;
        let state = ["status", "pages", "duration", "error"].map(|name| body[name].clone());
        let expected = match at % 3 {
            2 => [
                json!("failed"),
                json!(0),
                json!(0),
                json!("the sender's call dropped"),
            ],
            _ => [json!("received"), json!(1), json!(50), Value::Null],
        };
        assert_eq!(state, expected, "{body}");
        assert!(fax.get("partial").is_none(), "{fax}");
    }
    let waiting = gateway
        .manage(&["inbound", "list", "--state", "waiting"], "")
        .await;
    assert_eq!(waiting, "");
}
