//! Phone numbers of the account: list, get, change, release.

use serde_json::{Value, json};

use super::super::account::Account;
use super::super::answer::{self, Answer};
use super::super::numbers::Number;
use super::{Asked, paging};

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let equal = |name: &str, value: Option<&str>| {
        let wanted = asked.parameter(&format!("filter[{name}]"));
        wanted.is_none_or(|wanted| value == Some(wanted))
    };
    let state = account.state();
    let shown = state
        .numbers
        .own
        .iter()
        .filter(|number| {
            // A part of the number, or all of it, with or without the plus.
            let part = asked.parameter("filter[phone_number]").unwrap_or_default();
            number.phone_number.contains(part.trim())
                && equal("connection_id", number.connection_id.as_deref())
                && equal("customer_reference", number.customer_reference.as_deref())
                && equal("status", Some("active"))
        })
        .map(Number::shown)
        .collect();
    drop(state);
    paging::page(asked, shown)
}

pub(super) fn get(account: &Account, id: &str) -> Answer {
    let state = account.state();
    let found = state.numbers.place(id).map(|at| &state.numbers.own[at]);
    found.map_or_else(answer::not_found, |number| Answer::data(number.shown()))
}

pub(super) fn change(account: &Account, id: &str, asked: &Asked) -> Answer {
    let given = match asked.json() {
        Ok(given) => given,
        Err(answer) => return answer,
    };
    let mut state = account.state();
    let Some(at) = state.numbers.place(id) else {
        return answer::not_found();
    };
    let mut number = state.numbers.own[at].clone();
    let text = |name: &'static str, kept: &mut Option<String>| match given.get(name) {
        None => Ok(()),
        Some(Value::Null) => {
            *kept = None;
            Ok(())
        }
        Some(Value::String(text)) => {
            *kept = Some(text.clone()).filter(|text| !text.is_empty());
            Ok(())
        }
        Some(_) => Err(answer::bad_request("The value must be a string.", name)),
    };
    let changed = text("connection_id", &mut number.connection_id)
        .and_then(|()| text("customer_reference", &mut number.customer_reference))
        .and_then(|()| text("billing_group_id", &mut number.billing_group_id));
    if let Err(answer) = changed {
        return answer;
    }
    if let Some(tags) = given.get("tags") {
        let Ok(tags) = serde_json::from_value(tags.clone()) else {
            return answer::bad_request("The value must be a list of strings.", "tags");
        };
        number.tags = tags;
    }
    if let Some(id) = &number.connection_id
        && !state.applications.contains_key(id)
    {
        return answer::bad_request("There is no such connection.", "connection_id");
    }
    let shown = number.shown();
    state.numbers.own[at] = number;
    drop(state);
    account.tell();
    Answer::data(shown)
}

pub(super) fn delete(account: &Account, id: &str) -> Answer {
    let mut state = account.state();
    let Some(at) = state.numbers.place(id) else {
        return answer::not_found();
    };
    let mut shown = state.numbers.own.remove(at).shown();
    drop(state);
    account.tell();
    shown["status"] = json!("deleted");
    Answer::data(shown)
}
