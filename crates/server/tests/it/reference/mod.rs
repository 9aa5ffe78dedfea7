//! The requests of the references, as they are written there.

mod cloud_telephony;
mod trudy;

use serde_json::Value;

/// The keys of an object, in alphabetical order.
fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object();
    let mut keys: Vec<_> = object.unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
