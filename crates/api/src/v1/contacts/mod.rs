//! `/api/v1/contacts`: the address book; one file an endpoint.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod remove;

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use faxgate_core::{ContactQuery, Error};
use faxgate_types::{ContactId, ListId};
use serde_json::Value;

use crate::extract::fields::{Fields, kind};
use crate::extract::query::Parameters;

/// The contact that the path names.
pub(super) fn named(request: &HttpRequest) -> Result<ContactId, Error> {
    let id = request.match_info().query("contact").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_CONTACT", "there is no such contact"))
}

/// The list that a parameter names.
pub(super) fn list_of(parameters: &Parameters) -> Result<Option<ListId>, Error> {
    let named = parameters.text("list").filter(|text| !text.is_empty());
    let id = named.map(str::parse).transpose();
    id.map_err(|_| Error::not_found("NO_SUCH_LIST", "there is no such list"))
}

fn query(parameters: &Parameters) -> Result<ContactQuery, Error> {
    let text = |name| {
        parameters
            .text(name)
            .map(|text| text.chars().take(200).collect())
    };
    Ok(ContactQuery {
        search: text("q"),
        list: list_of(parameters)?,
        tag: text("tag"),
        limit: 0,
        offset: 0,
    })
}

/// An object of texts that may be absent.
pub(super) fn own_fields(fields: &mut Fields, name: &str) -> Option<BTreeMap<String, String>> {
    let object = match fields.take(name)? {
        Value::Object(object) => object,
        other => {
            fields.problem(
                name,
                format!("must be an object of strings, not {}", kind(&other)),
            );
            return None;
        }
    };
    let mut own = BTreeMap::new();
    for (key, value) in object {
        match value {
            Value::String(text) => own.insert(key, text),
            Value::Number(number) => own.insert(key, number.to_string()),
            Value::Bool(flag) => own.insert(key, flag.to_string()),
            _ => {
                fields.problem(name, "must be an object of strings");
                return None;
            }
        };
    }
    Some(own)
}
