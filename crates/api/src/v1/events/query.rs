//! Which events are asked for.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use faxgate_core::{Error, EventType};

use crate::extract::headers::single;
use crate::extract::query::{Parameters, wrong};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The types that `types` names, separated by commas; none: all.
///
/// # Errors
/// `INVALID_QUERY`.
pub(super) fn types(parameters: &Parameters) -> Result<Vec<EventType>, Error> {
    let Some(named) = parameters.text("types") else {
        return Ok(Vec::new());
    };
    let words = named.split(',').map(str::trim);
    let mut types = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        let known: EventType = word
            .parse()
            .map_err(|error| wrong("types", &format!("names {error}")))?;
        if !types.contains(&known) {
            types.push(known);
        }
    }
    match types.is_empty() {
        true => Err(wrong("types", "names no type")),
        false => Ok(types),
    }
}

/// The event that a client saw last: what a browser sends when it connects again comes before what the first address said.
///
/// # Errors
/// `INVALID_QUERY`.
pub(super) fn last_event_id(
    request: &HttpRequest,
    parameters: &Parameters,
) -> Result<Option<String>, Error> {
    let header = single(request.headers(), LAST_EVENT_ID.as_str())
        .map_err(|_| wrong("Last-Event-ID", "send it once"))?;
    let sent = match header {
        Some(value) => Some(
            value
                .to_str()
                .map_err(|_| wrong("Last-Event-ID", "is no event's id"))?,
        ),
        None => None,
    };
    let named = sent.map(str::trim).filter(|id| !id.is_empty());
    Ok(named
        .or_else(|| parameters.text("last_event_id"))
        .map(str::to_owned))
}
