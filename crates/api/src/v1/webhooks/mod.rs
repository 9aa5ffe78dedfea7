//! `/api/v1/webhooks`: where a tenant's own programs are told of events; one file an endpoint.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod deliveries;
pub(crate) mod delivery;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod remove;
pub(crate) mod replay;
pub(crate) mod rotate;
pub(crate) mod secret;
pub(crate) mod test;

use actix_web::HttpRequest;
use faxgate_core::{Asker, Caller, Error};
use faxgate_types::{DeliveryId, Timestamp, WebhookId};

use crate::extract::query::{Parameters, wrong};

fn asker(caller: Caller) -> Asker {
    Asker::Caller(Box::new(caller))
}

/// The endpoint that the path names.
fn named(request: &HttpRequest) -> Result<WebhookId, Error> {
    let id = request.match_info().query("webhook").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_WEBHOOK", "there is no such webhook endpoint"))
}

/// The delivery that the path names.
fn named_delivery(request: &HttpRequest) -> Result<DeliveryId, Error> {
    let id = request.match_info().query("delivery").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_DELIVERY", "there is no such delivery"))
}

/// A parameter that is a time; absent: none.
fn time(parameters: &Parameters, name: &str) -> Result<Option<Timestamp>, Error> {
    let Some(text) = parameters.text(name) else {
        return Ok(None);
    };
    let read = Timestamp::parse(text);
    let problem = "must be a time such as 2025-08-24T18:00:00Z (RFC 3339)";
    read.map(Some).ok_or_else(|| wrong(name, problem))
}
