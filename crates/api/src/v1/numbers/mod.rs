//! `/api/v1/numbers`: one file an endpoint.

pub(crate) mod attach;
pub(crate) mod available;
pub(crate) mod carrier;
pub(crate) mod change;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod release;

use actix_web::HttpRequest;
use faxgate_core::{Asker, Caller, Error, NumbersOf};

use crate::extract::path;
use crate::extract::query::Parameters;

const YES_OR_NO: &[(&str, bool)] = &[("true", true), ("1", true), ("false", false), ("0", false)];

fn asker(caller: Caller) -> Asker {
    Asker::Caller(Box::new(caller))
}

/// The number that the path names.
fn named(request: &HttpRequest) -> String {
    path::text(request, "number")
}

/// A parameter that is `true` or `false`; absent: `false`.
fn flag(parameters: &Parameters, name: &str) -> Result<bool, Error> {
    Ok(parameters.word(name, YES_OR_NO)?.unwrap_or(false))
}

/// Whose numbers or orders are asked for.
fn whose(parameters: &Parameters) -> Result<NumbersOf, Error> {
    Ok(match flag(parameters, "all")? {
        true => NumbersOf::Everybody,
        false => NumbersOf::Own,
    })
}
