//! Tenants and the lines of their faxes, as operators look after them by API.

mod care;
mod routing;
mod suspended;

use serde_json::Value;

use crate::under_test::{Answer, Gateway};

pub(super) const TENANTS: &str = "/api/v1/tenants";
pub(super) const ROUTES: &str = "/api/v1/routes";

async fn ask(gateway: &Gateway, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let ask = gateway.ask(method, path).token(token);
    ask.json(body).send().await
}

/// The code of a refusal.
fn code(answer: &Answer, status: u16) -> String {
    let body = answer.expect(status);
    body["error"]["code"].as_str().unwrap().to_owned()
}
