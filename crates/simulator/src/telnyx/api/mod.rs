//! The API: which request is whose.

mod applications;
mod available;
mod faxes;
mod media;
mod multipart;
mod numbers;
mod orders;
mod paging;
mod send;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::account::Account;
use super::answer::{self, Answer};

/// A request, read.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    /// Without a slash at its end.
    pub(super) path: String,
    /// Path and query, as they came.
    pub(super) target: String,
    /// Decoded, in order.
    pub(super) query: Vec<(String, String)>,
    pub(super) content_type: String,
    pub(super) authorization: Option<String>,
    pub(super) body: Bytes,
}

impl Asked {
    /// The last value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().rev();
        let (_, value) = found.find(|(given, _)| given == name)?;
        Some(value)
    }

    /// The body as a JSON object.
    pub(super) fn json(&self) -> Result<Value, Answer> {
        let read = serde_json::from_slice::<Value>(&self.body).ok();
        read.filter(Value::is_object).ok_or_else(|| {
            Answer::error(
                400,
                "10015",
                "Bad Request",
                "The request failed because it was not well-formed JSON.",
            )
        })
    }
}

/// Answers a request to the API: first the rate, then the key, then the request itself.
pub(super) async fn answer(account: &Arc<Account>, asked: Asked) -> Answer {
    let limit = account.options.requests_per_minute;
    let (left, reset) = account.state().count(limit, account.now());
    let answer = if left.is_none() {
        answer::too_many().with("retry-after", reset.to_string())
    } else if authenticated(account, &asked) {
        route(account, &asked).await
    } else {
        answer::unauthenticated()
    };
    answer
        .with("x-ratelimit-limit", limit.to_string())
        .with("x-ratelimit-remaining", left.unwrap_or(0).to_string())
        .with("x-ratelimit-reset", reset.to_string())
}

fn authenticated(account: &Account, asked: &Asked) -> bool {
    let key = asked
        .authorization
        .as_deref()
        .and_then(|value| value.strip_prefix("Bearer "));
    key == Some(account.options.api_key.as_str()) && !account.state().revoked
}

async fn route(account: &Arc<Account>, asked: &Asked) -> Answer {
    let Some(path) = asked.path.strip_prefix("/v2/") else {
        return answer::not_found();
    };
    let parts: Vec<&str> = path.split('/').collect();
    match (asked.method.as_str(), parts.as_slice()) {
        ("POST", ["faxes"]) => send::answer(account, asked).await,
        ("GET", ["faxes"]) => faxes::list(account, asked),
        ("GET", ["faxes", id]) => faxes::get(account, id),
        ("DELETE", ["faxes", id]) => faxes::delete(account, id),
        ("POST", ["faxes", id, "actions", "cancel"]) => faxes::cancel(account, id),
        ("POST", ["faxes", id, "actions", "refresh"]) => faxes::refresh(account, id),
        ("POST", ["media"]) => media::upload(account, asked).await,
        ("GET", ["fax_applications"]) => applications::list(account, asked),
        ("POST", ["fax_applications"]) => applications::create(account, asked),
        ("GET", ["fax_applications", id]) => applications::get(account, id),
        ("PATCH", ["fax_applications", id]) => applications::change(account, id, asked),
        ("DELETE", ["fax_applications", id]) => applications::delete(account, id),
        ("GET", ["available_phone_numbers"]) => available::list(account, asked),
        ("POST", ["number_orders"]) => orders::create(account, asked),
        ("GET", ["number_orders"]) => orders::list(account, asked),
        ("GET", ["number_orders", id]) => orders::get(account, id),
        ("GET", ["phone_numbers"]) => numbers::list(account, asked),
        ("GET", ["phone_numbers", id]) => numbers::get(account, id),
        ("PATCH", ["phone_numbers", id]) => numbers::change(account, id, asked),
        ("DELETE", ["phone_numbers", id]) => numbers::delete(account, id),
        _ => answer::not_found(),
    }
}
