//! `/api/v1/broadcasts`: one document to many recipients; one file an endpoint. `/api/v1/campaigns` is the same room under the names of
//! the campaign API (`campaigns.rs`).

pub(crate) mod campaigns;
pub(crate) mod create;
pub(crate) mod link;
pub(crate) mod look;
pub(crate) mod model;
pub(crate) mod recipients;
pub(crate) mod remove;
pub(crate) mod results;
pub(crate) mod retry;
pub(crate) mod schedule;
pub(crate) mod steps;

use actix_web::HttpRequest;
use faxgate_core::{Error, SomeRecipient};
use faxgate_types::{BroadcastId, ListId, RecipientState};

use crate::extract::fields::Fields;
use crate::extract::query::Parameters;
use crate::v1::lists::members::ids;

/// The broadcast that the path names.
fn named(request: &HttpRequest) -> Result<BroadcastId, Error> {
    let id = request.match_info().query("broadcast").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_BROADCAST", "there is no such broadcast"))
}

/// Only recipients in this state.
fn state(parameters: &Parameters) -> Result<Option<RecipientState>, Error> {
    let words: Vec<_> = RecipientState::ALL
        .iter()
        .map(|state| (state.as_str(), *state))
        .collect();
    parameters.word("status", &words)
}

/// Who is to get it: `numbers`, `lists`, `contacts`.
fn some_recipients(fields: &mut Fields) -> Result<SomeRecipient, Error> {
    let numbers = fields.texts("numbers", "fax numbers").unwrap_or_default();
    let lists = fields.texts("lists", "ids of lists").unwrap_or_default();
    let contacts = fields
        .texts("contacts", "ids of contacts")
        .unwrap_or_default();
    let lists: Result<Vec<ListId>, _> = lists.iter().map(|list| list.parse()).collect();
    Ok(SomeRecipient {
        numbers,
        lists: lists.map_err(|_| Error::not_found("NO_SUCH_LIST", "there is no such list"))?,
        contacts: ids(&contacts)?,
        sheet: None,
    })
}
