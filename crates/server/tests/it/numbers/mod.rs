//! Numbers: found, ordered, set up, given back, against a double of Telnyx.

mod claims;
mod follow;
mod orders;
mod own;
mod presented;
mod releasing;
mod rights;
mod story;

use faxgate_simulator::telnyx::{Options, TelnyxDouble};
use faxgate_test_support::{DEADLINE, TestDb, eventually};
use serde_json::{Value, json};

use crate::under_test::{Answer, Gateway, Settings};

/// The path of everything.
const NUMBERS: &str = "/api/v1/numbers";

/// A gateway with an account at a double of Telnyx, and a token of its operator.
struct Shop {
    gateway: Gateway,
    double: TelnyxDouble,
    token: String,
}

impl Shop {
    async fn open(db: TestDb) -> Self {
        Self::with(db, |settings| settings).await
    }

    async fn with(db: TestDb, change: impl FnOnce(Settings) -> Settings) -> Self {
        let double = TelnyxDouble::start(Options::new("127.0.0.1:0".parse().unwrap()))
            .await
            .unwrap();
        let gateway = Gateway::start(db, "all", |settings| {
            let settings = settings
                .with("TELNYX__API_KEY", double.api_key())
                .with("TELNYX__CONNECTION_ID", double.connection_id())
                .with("TELNYX__PUBLIC_KEY", &double.public_key())
                .with("TELNYX__BASE_URL", &double.base_url())
                .with("TELNYX__SETTLE_SECONDS", "1")
                .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8");
            change(settings)
        })
        .await;
        let webhook = format!("http://{}/api/fax/webhook/telnyx/", gateway.address());
        double.set_webhook_urls(Some(&webhook), None);
        let token = gateway.sign_in().await;
        Self {
            gateway,
            double,
            token,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let path = format!("{NUMBERS}{path}");
        let ask = self.gateway.ask("GET", &path).token(&self.token);
        ask.send().await
    }

    async fn tell(&self, method: &str, path: &str, body: &Value) -> Answer {
        let path = format!("{NUMBERS}{path}");
        let ask = self.gateway.ask(method, &path).token(&self.token);
        ask.json(body).send().await
    }

    /// Orders a number; gives the order's id.
    async fn order(&self, number: &str) -> String {
        let placed = self
            .tell("POST", "/orders", &json!({"phone_numbers": [number]}))
            .await
            .expect(202);
        assert_eq!(placed["data"]["status"], "pending");
        placed["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the order has this status; gives it.
    async fn until(&self, order: &str, status: &str) -> Value {
        eventually(
            &format!("order {order} is {status}"),
            DEADLINE,
            async || {
                let order = self.get(&format!("/orders/{order}")).await.expect(200);
                (order["data"]["status"] == status).then(|| order["data"].clone())
            },
        )
        .await
    }

    /// Orders that the carrier was asked for.
    fn posts(&self) -> usize {
        self.asked("POST", "number_orders")
    }

    /// Numbers that were attached, or were to be.
    fn attached(&self) -> usize {
        self.asked("PATCH", "phone_numbers")
    }

    fn asked(&self, method: &str, what: &str) -> usize {
        let requests = self.double.requests();
        let asked = requests
            .iter()
            .filter(|request| request.method == method && request.target.contains(what));
        asked.count()
    }

    /// Adds a number to the account that is no fax number: it is attached to nothing of ours.
    async fn add_voice_line(&self, number: &str) {
        self.double.add_number(number);
        let url = format!("{}/phone_numbers/{number}", self.double.base_url());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let change = http.patch(url);
        let change = change
            .bearer_auth(self.double.api_key())
            .header("Content-Type", "application/json")
            .body(r#"{"connection_id": null}"#);
        assert_eq!(change.send().await.unwrap().status(), 200);
    }

    /// Claims a number.
    async fn claim(&self, number: &str, key: Option<&str>) -> Answer {
        let ask = self.gateway.ask("POST", "/phone_numbers");
        let mut ask = ask.token(&self.token);
        if let Some(key) = key {
            ask = ask.header("Idempotency-Key", key);
        }
        ask.json(&json!({"phone_number": number})).send().await
    }
}
