//! What a request says of a cover.

use faxgate_core::CoverSaid;
use serde_json::Value;

use crate::extract::fields::Fields;
use crate::extract::strict;

/// The field `cover`: an object, or `true`; `None`: no cover.
pub(crate) fn read(fields: &mut Fields) -> Option<CoverSaid> {
    match fields.take("cover")? {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(CoverSaid::default()),
        said @ Value::Object(_) => match strict::from_value(strict::without_nulls(said)) {
            Ok(said) => Some(said),
            Err(error) => {
                fields.problem("cover", format!("is wrong: {error}"));
                None
            }
        },
        _ => {
            let problem = "must be true, or an object such as {\"to\": {\"name\": \"Dr. Miller\"}, \"subject\": \"Records\"}";
            fields.problem("cover", problem);
            None
        }
    }
}
