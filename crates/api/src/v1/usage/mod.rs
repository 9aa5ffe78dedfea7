//! `/api/v1/usage`, `/api/v1/balance` and `/api/v1/prices`: one file an endpoint.

pub(crate) mod balance;
pub(crate) mod csv;
pub(crate) mod drop_prices;
pub(crate) mod entries;
pub(crate) mod get;
pub(crate) mod keep;
pub(crate) mod model;
pub(crate) mod prices;
pub(crate) mod set_prices;
pub(crate) mod top_up;

use faxgate_core::{Amount, Asker, Caller};
use serde_json::Value;

use crate::extract::fields::Fields;
use crate::extract::query::Parameters;

fn asker(caller: &Caller) -> Asker {
    Asker::Caller(Box::new(caller.clone()))
}

/// The tenant that an operator means; `None`: the caller's.
fn tenant(parameters: &Parameters) -> Option<&str> {
    parameters.text("tenant")
}

/// An amount that may be absent: `"12.50"`, or a number of JSON, which is read as it is written.
fn amount(fields: &mut Fields, name: &str) -> Option<Amount> {
    let read = match fields.take(name)? {
        Value::String(text) => text.parse::<Amount>(),
        Value::Number(number) => number.to_string().parse(),
        _ => Err(faxgate_core::NoAmount::Form),
    };
    match read {
        Ok(amount) => Some(amount),
        Err(wrong) => {
            fields.problem(name, wrong.to_string());
            None
        }
    }
}
