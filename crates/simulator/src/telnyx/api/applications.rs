//! Fax applications: list, create, get, change, delete.

use super::super::account::Account;
use super::super::answer::{self, Answer};
use super::super::application::Application;
use super::super::state::decimal_id;
use super::{Asked, paging};

/// Applications at most.
const MAX_APPLICATIONS: usize = 1000;

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let named = asked.parameter("filter[application_name][contains]");
    let named = named.or_else(|| asked.parameter("filter[application_name]"));
    let state = account.state();
    let shown = state
        .applications
        .values()
        .filter(|application| named.is_none_or(|part| application.name.contains(part)))
        .map(Application::shown)
        .collect();
    drop(state);
    paging::page(asked, shown)
}

pub(super) fn create(account: &Account, asked: &Asked) -> Answer {
    let given = match asked.json() {
        Ok(given) => given,
        Err(answer) => return answer,
    };
    for member in ["application_name", "webhook_event_url"] {
        if given.get(member).is_none_or(serde_json::Value::is_null) {
            return answer::bad_request("The parameter is required.", member);
        }
    }
    let id = decimal_id(&account.options.ambient);
    let mut application = Application::new(id.clone(), account.now());
    if let Err(member) = application.change(&given, account.now()) {
        return answer::bad_request("The value is not valid.", member);
    }
    let mut state = account.state();
    if state.applications.len() >= MAX_APPLICATIONS {
        return answer::bad_request("There are too many applications.", "application_name");
    }
    let shown = application.shown();
    state.applications.insert(id, application);
    Answer::json(201, &serde_json::json!({"data": shown}))
}

pub(super) fn get(account: &Account, id: &str) -> Answer {
    let state = account.state();
    let found = state.applications.get(id);
    found.map_or_else(answer::not_found, |found| Answer::data(found.shown()))
}

pub(super) fn change(account: &Account, id: &str, asked: &Asked) -> Answer {
    let given = match asked.json() {
        Ok(given) => given,
        Err(answer) => return answer,
    };
    let mut state = account.state();
    let Some(application) = state.applications.get_mut(id) else {
        return answer::not_found();
    };
    let mut changed = application.clone();
    if let Err(member) = changed.change(&given, account.now()) {
        return answer::bad_request("The value is not valid.", member);
    }
    *application = changed;
    Answer::data(application.shown())
}

pub(super) fn delete(account: &Account, id: &str) -> Answer {
    let gone = account.state().delete_application(id);
    gone.map_or_else(answer::not_found, |gone| Answer::data(gone.shown()))
}
