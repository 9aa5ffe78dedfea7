//! The double as a process of its own would be driven: over HTTP alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{FROM, GOOD, Telnyx, code, document, read, telnyx, text};

impl Telnyx {
    async fn control(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("http://{}/_double/{path}", self.double.addr());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        read(client.request(method, url).json(body).send().await.unwrap()).await
    }

    async fn tell(&self, path: &str, body: Value) {
        let (status, answer) = self.control(Method::POST, path, &body).await;
        assert_eq!(
            (status, &answer["ok"]),
            (StatusCode::OK, &json!(true)),
            "{path}: {answer}"
        );
    }

    async fn look(&self, path: &str) -> Value {
        let (status, answer) = self.control(Method::GET, path, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        answer
    }
}

#[tokio::test]
async fn everything_can_be_driven_and_seen_from_outside() {
    let telnyx = telnyx(|_| ()).await;
    telnyx
        .tell("fault", json!({"trouble": "answer_lost"}))
        .await;
    assert!(telnyx.upload(GOOD, &[], 1).send().await.is_err());
    telnyx.double.quiet().await;
    let calls = telnyx.look("calls").await;
    assert_eq!(calls[0]["outcome"], "delivered");
    let id = text(&calls[0]["fax_id"]);
    assert_eq!(
        telnyx.look(&format!("faxes/{id}")).await["status"],
        "delivered"
    );
    assert_eq!(telnyx.look("requests").await[0]["status"], Value::Null);

    telnyx.tell("key", json!({"revoked": true})).await;
    assert_eq!(telnyx.get("/faxes").await.0, StatusCode::UNAUTHORIZED);
    telnyx.tell("clear", json!({})).await;
    telnyx.tell("list_lag", json!({"lists": 1})).await;
    telnyx
        .tell(
            "scenario",
            json!({"number": GOOD, "in_turn": [{"failure_reason": "user_busy"}]}),
        )
        .await;
    let busy = telnyx.send(GOOD).await;
    telnyx.double.quiet().await;
    assert_eq!(
        telnyx.look(&format!("faxes/{busy}")).await["failure_reason"],
        "user_busy"
    );
    let listed = telnyx.get("/faxes").await.1["data"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(listed, 1);

    telnyx.tell("policy", json!({"hold": true})).await;
    telnyx
        .tell("urls", json!({"webhook_url": "http://127.0.0.1:1/"}))
        .await;
    telnyx
        .tell("number", json!({"number": "+12125550123"}))
        .await;
    let pdf = document(1);
    let fax = json!({"from": FROM, "to": "+12125550123", "document": STANDARD.encode(&pdf)});
    telnyx.tell("inbound", fax).await;
    telnyx.double.quiet().await;
    assert_eq!(telnyx.look("webhooks").await, json!([]));
    telnyx.tell("release", json!({})).await;
    telnyx.double.quiet().await;
    assert_eq!(
        telnyx.look("webhooks").await[0]["event_type"],
        "fax.receiving.started"
    );
    telnyx.tell("expire_links", json!({})).await;
    let status = telnyx.look("status").await;
    assert_eq!(status["public_key"], json!(telnyx.double.public_key()));
    assert_eq!((&status["calls"], &status["busy"]), (&json!(2), &json!(0)));

    let path = format!("application/{}", telnyx.double.connection_id());
    let (status, _) = telnyx.control(Method::DELETE, &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(telnyx.get("/fax_applications").await.1["data"], json!([]));
}

#[tokio::test]
async fn a_command_that_makes_no_sense_is_refused() {
    let telnyx = telnyx(|_| ()).await;
    for (path, body) in [
        ("fault", json!({"trouble": "earthquake"})),
        ("policy", json!({"shufle": 1})),
        ("inbound", json!({"from": FROM, "to": "+12125550123"})),
        ("list_lag", json!({"days": 1})),
    ] {
        let (status, refused) = telnyx.control(Method::POST, path, &body).await;
        assert_eq!(
            (status, code(&refused)),
            (StatusCode::BAD_REQUEST, "10015"),
            "{path}"
        );
    }
    let (status, _) = telnyx.control(Method::POST, "nothing", &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
