//! The address book, and one document to many.

mod contacts;
mod lane;
mod sending;
mod steps;

use faxgate_test_support::{DEADLINE, TestDb, eventually};
use faxgate_types::Ambient;
use serde_json::{Value, json};

use crate::under_test::{Answer, DID, Gateway, Settings};

/// A gateway whose management API is not counted, and a token of its operator.
struct Desk {
    gateway: Gateway,
    token: String,
}

impl Desk {
    /// Everything: what is sent arrives.
    async fn whole(db: TestDb) -> Self {
        Self::open(db, "all", |settings| settings).await
    }

    async fn open(db: TestDb, role: &str, change: impl FnOnce(Settings) -> Settings) -> Self {
        let gateway = Gateway::start(db, role, |settings| {
            change(
                settings
                    .with("RATE_LIMITS__MANAGE", "0")
                    .with("RATE_LIMITS__STATUS", "0"),
            )
        })
        .await;
        let token = gateway.sign_in().await;
        Self { gateway, token }
    }

    /// Everything but calls: what is to be sent waits.
    async fn quiet(db: TestDb) -> Self {
        let desk = Self::whole(db).await;
        // A minute of the day after tomorrow's morrow, wherever the recipients are.
        let today = Ambient::system().now().unix_micros() / 86_400_000_000;
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let hours = format!(
            "{} 12:00-12:01",
            days[usize::try_from((today + 3) % 7).unwrap()]
        );
        let set = ["tenant", "set", "default", "--window", &hours];
        desk.gateway.manage(&set, "").await;
        desk
    }

    /// Calls may go out at any hour.
    async fn at_any_hour(&self) {
        let set = ["tenant", "set", "default", "--no-windows"];
        self.gateway.manage(&set, "").await;
    }

    async fn get(&self, path: &str) -> Answer {
        let ask = self.gateway.ask("GET", &format!("/api/v1{path}"));
        ask.token(&self.token).send().await
    }

    async fn tell(&self, method: &str, path: &str, body: &Value) -> Answer {
        let ask = self.gateway.ask(method, &format!("/api/v1{path}"));
        ask.token(&self.token).json(body).send().await
    }

    async fn table(&self, path: &str, table: &str) -> Answer {
        let ask = self.gateway.ask("POST", &format!("/api/v1{path}"));
        let ask = ask.token(&self.token).header("Content-Type", "text/csv");
        ask.body(table.as_bytes()).send().await
    }

    /// Makes a broadcast of one page; gives its id.
    async fn broadcast(&self, more: Value) -> String {
        let filename = self.gateway.upload(&self.token, 1).await;
        let mut body = json!({"name": "Recall", "filename": filename, "from": DID});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.tell("POST", "/broadcasts", &body).await.expect(201);
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    /// How a broadcast stands.
    async fn look(&self, id: &str) -> Value {
        self.get(&format!("/broadcasts/{id}")).await.expect(200)["data"].clone()
    }

    /// Waits until a broadcast is as it should be.
    async fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("broadcast {id}: {what}"), DEADLINE, async || {
            let broadcast = self.look(id).await;
            is_so(&broadcast).then_some(broadcast)
        })
        .await
    }

    /// A broadcast's recipients in a state.
    async fn recipients(&self, id: &str, status: &str) -> Vec<Value> {
        let path = format!("/broadcasts/{id}/recipients?status={status}&limit=500");
        self.get(&path).await.expect(200)["data"]
            .as_array()
            .unwrap()
            .clone()
    }
}

/// So many numbers that nobody else has, which the simulator answers.
fn numbers(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("+1312{:07}", 2_000_000 + n))
        .collect()
}
