//! From an error of the use cases to an answer, in the shape of its scope.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, HttpResponseBuilder};
use faxgate_core::{Error, Kind};

use super::body::{DetailBody, EnvelopeError, EnvelopeErrorBody, ErrorBody, SendErrorBody};
use super::scope::Scope;
use crate::limits::whole_seconds;
use crate::observe::Seen;

/// The answer for an error. Whatever has a cause is logged here, once.
pub(crate) fn render(scope: Scope, error: Error) -> HttpResponse {
    log(&error);
    let status =
        StatusCode::from_u16(error.kind.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if error.kind == Kind::Unauthenticated {
        scope.challenge(&mut response);
    }
    if let Some(after) = error.retry_after {
        response.insert_header((RETRY_AFTER, whole_seconds(after)));
    }
    json(
        status,
        &mut response,
        scope,
        error.code,
        error.message,
        error.details,
    )
}

/// Writes the body in the shape of the scope.
pub(crate) fn json(
    status: StatusCode,
    response: &mut HttpResponseBuilder,
    scope: Scope,
    code: &'static str,
    message: String,
    details: BTreeMap<String, Vec<String>>,
) -> HttpResponse {
    match scope {
        Scope::Send => response.json(SendErrorBody {
            status: "Error",
            code: status.as_u16(),
            error: message.clone(),
            message,
            error_code: code,
            details,
        }),
        Scope::V1 => {
            let Seen { id, at } = Seen::now();
            response.json(EnvelopeErrorBody {
                error: EnvelopeError {
                    code,
                    message,
                    details,
                    request_id: id,
                    ts: at,
                },
            })
        }
        Scope::Job => response.json(DetailBody { detail: message }),
        Scope::Api | Scope::Webhook | Scope::TelnyxWebhook | Scope::CdrWebhook => {
            response.json(ErrorBody {
                error: message,
                code,
                details,
            })
        }
    }
}

/// Causes go into the log and never into an answer.
fn log(error: &Error) {
    let Some(cause) = chain(error) else { return };
    if error.kind == Kind::Internal {
        tracing::error!(error.code, "request failed: {cause}");
    } else {
        tracing::warn!(error.code, "request refused: {cause}");
    }
}

fn chain(error: &Error) -> Option<String> {
    let mut next = error.source()?;
    let mut text = next.to_string();
    while let Some(source) = next.source() {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {source}");
        next = source;
    }
    Some(text)
}
