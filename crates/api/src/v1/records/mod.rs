//! `/api/v1/audit`, `/api/v1/legal-holds` and what concerns a tenant's end: one file an endpoint.

pub(crate) mod audit;
pub(crate) mod erase;
pub(crate) mod erasure;
pub(crate) mod hold;
pub(crate) mod holds;
pub(crate) mod lift;
pub(crate) mod model;
pub(crate) mod retention;

use actix_web::HttpRequest;
use faxgate_core::{Asker, Caller, Error};
use faxgate_types::Timestamp;

use crate::extract::query::{Parameters, wrong};

const YES_OR_NO: &[(&str, bool)] = &[("true", true), ("1", true), ("false", false), ("0", false)];

fn asker(caller: Caller) -> Asker {
    Asker::Caller(Box::new(caller))
}

/// The tenant that the path names.
fn of_path(request: &HttpRequest) -> &str {
    request.match_info().query("tenant")
}

/// The tenant that the query names; absent: the caller's own.
fn of_query(parameters: &Parameters, caller: &Caller) -> String {
    match parameters.text("tenant") {
        Some(named) => named.to_owned(),
        None => caller.tenant.id.to_string(),
    }
}

/// A parameter that is `true` or `false`; absent: `false`.
fn flag(parameters: &Parameters, name: &str) -> Result<bool, Error> {
    Ok(parameters.word(name, YES_OR_NO)?.unwrap_or(false))
}

/// A time, RFC 3339.
fn time(parameters: &Parameters, name: &str) -> Result<Option<Timestamp>, Error> {
    match parameters.text(name) {
        None => Ok(None),
        Some(text) => Timestamp::parse(text)
            .map(Some)
            .ok_or_else(|| wrong(name, "must be a time such as 2026-01-31T00:00:00Z")),
    }
}
