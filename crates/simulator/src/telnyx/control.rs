//! Control over HTTP, for tests that run the double as a process of its own: what the handle does, under `/_double/`.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::account::Account;
use super::answer::{self, Answer};
use super::api::Asked;
use super::faults::{Fault, ListLag};
use super::policy::Policy;
use super::scenario::Scenario;
use super::seen::Inbound;
use super::{inbound, links, webhooks};

#[derive(Deserialize)]
struct Key {
    revoked: bool,
}

#[derive(Deserialize)]
struct Numbered {
    number: String,
    #[serde(default)]
    in_turn: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Urls {
    #[serde(default)]
    webhook_url: Option<String>,
    #[serde(default)]
    failover_url: Option<String>,
}

pub(super) async fn answer(account: &Arc<Account>, asked: Asked) -> Answer {
    let path = asked.path.trim_start_matches("/_double/");
    let parts: Vec<&str> = path.split('/').collect();
    let done = match (asked.method.as_str(), parts.as_slice()) {
        ("GET", what) => return look(account, what),
        ("POST", ["fault"]) => given(&asked).map(|fault: Fault| account.faults.add(fault)),
        ("POST", ["policy"]) => {
            given(&asked).map(|policy: Policy| webhooks::set_policy(account, policy))
        }
        ("POST", ["release"]) => {
            webhooks::release(account);
            Ok(())
        }
        ("POST", ["clear"]) => {
            account.clear();
            Ok(())
        }
        ("POST", ["key"]) => given(&asked).map(|key: Key| account.state().revoked = key.revoked),
        ("POST", ["list_lag"]) => given(&asked).map(|lag: ListLag| account.state().list_lag = lag),
        ("POST", ["scenario"]) => given(&asked).map(|set: Numbered| {
            account.state().scenarios.set(&set.number, set.in_turn);
        }),
        ("POST", ["urls"]) => given(&asked).map(|urls: Urls| {
            account.set_webhook_urls(urls.webhook_url.as_deref(), urls.failover_url.as_deref());
        }),
        ("POST", ["number"]) => given(&asked).map(|add: Numbered| account.add_number(&add.number)),
        ("POST", ["expire_links"]) => {
            account.state().links.expire();
            Ok(())
        }
        ("DELETE", ["application", id]) => {
            account.state().delete_application(id);
            Ok(())
        }
        ("POST", ["inbound"]) => match given::<Inbound>(&asked) {
            Ok(fax) => return received(account, fax).await,
            Err(answer) => Err(answer),
        },
        _ => Err(answer::not_found()),
    };
    account.tell();
    match done {
        Ok(()) => Answer::json(200, &json!({"ok": true})),
        Err(answer) => answer,
    }
}

async fn received(account: &Arc<Account>, fax: Inbound) -> Answer {
    match inbound::receive(account, fax).await {
        Ok(id) => Answer::json(200, &json!({"ok": true, "fax_id": id})),
        Err(refused) => answer::bad_request(&refused.to_string(), "inbound"),
    }
}

fn look(account: &Account, what: &[&str]) -> Answer {
    let state = account.state();
    let seen: Value = match what {
        ["calls"] => json!(account.log.calls()),
        ["requests"] => json!(state.requests),
        ["webhooks"] => json!(state.deliveries),
        ["status"] => json!({
            "public_key": account.signer.public_key(),
            "busy": state.busy,
            "in_process": state.faxes.in_process(),
            "calls": account.log.calls().len(),
        }),
        ["faxes", id] => match state.faxes.any(id) {
            Some(fax) => fax.shown(),
            None => return answer::not_found(),
        },
        ["faxes", id, "document"] => {
            let fax = state.faxes.any(id);
            return match fax.and_then(|fax| fax.document.clone()) {
                Some(document) => links::handed_out(document),
                None => answer::not_found(),
            };
        }
        _ => return answer::not_found(),
    };
    Answer::json(200, &seen)
}

fn given<T: DeserializeOwned>(asked: &Asked) -> Result<T, Answer> {
    serde_json::from_slice(&asked.body)
        .map_err(|error| answer::bad_request(&error.to_string(), "body"))
}
