//! Webhooks that leave: what tenants' own programs are told, from the event to the log of its delivery.

mod delivery;
mod guard;
mod killed;
mod manage;
mod receiver;
mod replay;
mod trouble;

use faxgate_test_support::{DEADLINE, TestDb, eventually};
use serde_json::{Value, json};

use crate::under_test::{Answer, DID, Gateway, Settings};
pub(crate) use receiver::Receiver;
use receiver::{Came, Says};

const WEBHOOKS: &str = "/api/v1/webhooks";

/// A gateway that sends webhooks to a program on this machine, and a token of its operator.
struct Desk {
    gateway: Gateway,
    receiver: Receiver,
    token: String,
}

pub(crate) fn to_this_machine(settings: Settings) -> Settings {
    settings
        .with("WEBHOOKS_OUT__ALLOW_HTTP", "true")
        .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
        .with("RATE_LIMITS__STATUS", "0")
}

impl Desk {
    async fn open(db: TestDb) -> Self {
        Self::with(db, |settings| settings).await
    }

    async fn with(db: TestDb, change: impl FnOnce(Settings) -> Settings) -> Self {
        let gateway = Gateway::start(db, "all", |settings| change(to_this_machine(settings))).await;
        let token = gateway.sign_in().await;
        Self {
            gateway,
            receiver: Receiver::start().await,
            token,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let path = format!("{WEBHOOKS}{path}");
        let ask = self.gateway.ask("GET", &path).token(&self.token);
        ask.send().await
    }

    async fn tell(&self, method: &str, path: &str, body: &Value) -> Answer {
        let path = format!("{WEBHOOKS}{path}");
        let ask = self.gateway.ask(method, &path).token(&self.token);
        ask.json(body).send().await
    }

    /// A POST under the same idempotency key as any other.
    async fn tell_once(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{WEBHOOKS}{path}");
        let ask = self.gateway.ask("POST", &path).token(&self.token);
        let ask = ask.header("Idempotency-Key", "once-1");
        ask.json(body).send().await
    }

    /// An endpoint at the receiver's path; gives its id and its secret.
    async fn endpoint(&self, path: &str, types: &[&str]) -> (String, String) {
        let body = json!({"url": self.receiver.url(path), "event_types": types});
        let made = self.tell("POST", "", &body).await.expect(201);
        let text = |name: &str| made["data"][name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// Lets so many events of the type `number.changed` happen.
    async fn happen(&self, events: usize) {
        self.change(DID, events).await;
    }

    /// As [`Self::happen`], of this number.
    async fn change(&self, number: &str, times: usize) {
        for n in 0..times {
            let path = format!("/api/v1/numbers/{number}");
            let ask = self.gateway.ask("PATCH", &path).token(&self.token);
            let body = json!({"header_text": format!("Change {n}")});
            ask.json(&body).send().await.expect(200);
        }
    }

    /// The deliveries of an endpoint, newest first.
    async fn deliveries(&self, id: &str) -> Vec<Value> {
        let listed = self.get(&format!("/{id}/deliveries")).await.expect(200);
        listed["data"].as_array().unwrap().clone()
    }

    /// Waits until the endpoint's newest delivery has this status; gives it with its tries.
    async fn newest_is(&self, id: &str, status: &str) -> Value {
        let what = format!("the newest delivery is {status}");
        let newest = eventually(&what, DEADLINE, async || {
            let newest = self.deliveries(id).await.into_iter().next()?;
            (newest["status"] == status).then_some(newest)
        })
        .await;
        let delivery = newest["id"].as_str().unwrap();
        let found = self.get(&format!("/{id}/deliveries/{delivery}")).await;
        found.expect(200)["data"].clone()
    }

    /// Waits until an endpoint is (or is not) sent anything; gives it.
    async fn is_active(&self, id: &str, is_active: bool) -> Value {
        let what = format!("the endpoint's is_active is {is_active}");
        eventually(&what, DEADLINE, async || {
            let found = self.get(&format!("/{id}")).await.expect(200)["data"].clone();
            (found["is_active"] == is_active).then_some(found)
        })
        .await
    }
}

fn ids(came: &[Came]) -> Vec<&str> {
    came.iter().map(Came::id).collect()
}
