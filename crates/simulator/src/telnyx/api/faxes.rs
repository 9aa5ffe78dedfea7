//! Faxes that exist: list, get, delete, cancel, refresh.

use std::sync::Arc;

use faxgate_types::Timestamp;
use serde_json::json;

use super::super::account::Account;
use super::super::answer::{self, Answer};
use super::super::fax::{Fax, Status};
use super::super::inbound;
use super::{Asked, paging};

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let mut bounds = Vec::new();
    for word in ["gte", "gt", "lte", "lt"] {
        let name = format!("filter[created_at][{word}]");
        let Some(text) = asked.parameter(&name) else {
            continue;
        };
        let Some(at) = Timestamp::parse(text) else {
            return answer::bad_request("The time is not ISO 8601.", &name);
        };
        bounds.push((word, at));
    }
    let equal = |name: &str, value: &str| {
        let wanted = asked.parameter(&format!("filter[{name}][eq]"));
        wanted.is_none_or(|wanted| wanted.trim() == value)
    };
    let matches = |fax: &Fax| {
        equal("direction", fax.direction())
            && equal("from", &fax.asked.from)
            && equal("to", &fax.asked.to)
            && bounds.iter().all(|(word, at)| match *word {
                "gte" => fax.created_at >= *at,
                "gt" => fax.created_at > *at,
                "lte" => fax.created_at <= *at,
                _ => fax.created_at < *at,
            })
    };
    let shown = account.state().faxes.listed(account.now(), matches);
    paging::page(asked, shown)
}

pub(super) fn get(account: &Account, id: &str) -> Answer {
    let state = account.state();
    let fax = state.faxes.get(id);
    fax.map_or_else(answer::not_found, |fax| Answer::data(fax.shown()))
}

pub(super) fn delete(account: &Account, id: &str) -> Answer {
    let mut state = account.state();
    let Some(fax) = state.faxes.get_mut(id) else {
        return answer::not_found();
    };
    fax.deleted = true;
    Answer::nothing()
}

/// Once this is answered with `ok`, the fax is never delivered.
pub(super) fn cancel(account: &Account, id: &str) -> Answer {
    let mut state = account.state();
    let Some(fax) = state.faxes.get_mut(id) else {
        return answer::not_found();
    };
    if fax.inbound || fax.status.is_final() {
        return Answer::error(
            422,
            "10015",
            "Invalid request",
            "The fax can not be canceled any more.",
        );
    }
    fax.cancel.send_replace(true);
    if std::mem::take(&mut fax.parked) {
        state.busy += 1;
    }
    Answer::data(json!({"result": "ok"}))
}

pub(super) fn refresh(account: &Arc<Account>, id: &str) -> Answer {
    let refreshed = account
        .state()
        .faxes
        .get(id)
        .map(|fax| fax.inbound && fax.status == Status::Received);
    match refreshed {
        None => answer::not_found(),
        Some(false) => Answer::error(
            422,
            "10015",
            "Invalid request",
            "Only the media of an inbound fax that was received can be refreshed.",
        ),
        Some(true) => {
            let link = inbound::new_link(account, id);
            if let Some(fax) = account.state().faxes.get_mut(id) {
                fax.asked.media_url = Some(link);
                fax.updated_at = account.now();
            }
            Answer::data(json!({"result": "ok"}))
        }
    }
}
