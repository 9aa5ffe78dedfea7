//! `POST /api/fax/webhook/cdr/`: FreeSWITCH's `mod_json_cdr` tells how a call ended.

mod credentials;
mod form;

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, RecordTaken};
use faxgate_types::{CallUuid, Witness};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::query::Parameters;
use crate::extract::{body, json};

/// What became of a record.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordBody {
    /// `accepted` (the call's node learns of it), `received` (an inbound fax) or `ignored` (not a call of ours, or settled before).
    #[schema(example = "accepted")]
    status: &'static str,
}

/// A record of `mod_json_cdr`. It has more keys.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read as a whole"
)]
#[schema(as = CallRecord)]
pub(crate) struct CallRecordBody {
    /// The channel's variables; percent-encoded with `encode-values`.
    #[schema(example = json!({"uuid": "24f6d820-268f-4c39-8aab-ba63dc5cd2e2", "hangup_cause": "NORMAL_CLEARING", "fax_success": "1"}))]
    variables: serde_json::Map<String, serde_json::Value>,
}

/// The same in a form.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read as a whole"
)]
#[schema(as = CallRecordForm)]
pub(crate) struct CallRecordForm {
    /// The record as JSON, percent-encoded or in base64.
    cdr: String,
}

/// Tell how a call ended
///
/// For FreeSWITCH's `mod_json_cdr`, in every form that it sends. What follows from the record is committed before this answers;
/// with any other answer than 2xx it has to come again. A second one of the same call changes nothing. Records of calls that
/// Faxgate did not place are ignored.
#[utoipa::path(
    post,
    path = "/api/fax/webhook/cdr/",
    tag = "webhooks",
    operation_id = "call_record",
    security(("basic" = [])),
    params(("uuid" = Option<Uuid>, Query, description = "The call, as `mod_json_cdr` appends it; otherwise the record's own `variables.uuid` counts.")),
    request_body(content((CallRecordBody = "application/json"), (CallRecordForm = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The record is stored, or of no use.", body = RecordBody),
        (status = 400, description = "The body is no record, or not of the call that `uuid` names.", body = ErrorBody),
        (status = 401, description = "User name or password are missing or wrong.", body = ErrorBody),
        (status = 403, description = "No user name is configured (FAXGATE_WEBHOOK__CDR_USERNAME).", body = ErrorBody),
        (status = 413, description = "The body is too large (3 MiB).", body = ErrorBody),
    )
)]
pub(crate) async fn cdr(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    // The credentials are in a header: whoever has them is not limited.
    let is_known = credentials::check(request.headers(), &api.options).is_ok();
    let work = async || {
        let taken = take(&request, payload, &api).await?;
        Ok(HttpResponse::Ok().json(RecordBody {
            status: match taken {
                RecordTaken::Kept | RecordTaken::Resolved => "accepted",
                RecordTaken::Received => "received",
                RecordTaken::Ignored => "ignored",
            },
        }))
    };
    api.enter_notice(&request, Scope::CdrWebhook, is_known, work)
        .await
}

async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<RecordTaken, Error> {
    credentials::check(request.headers(), &api.options)?;
    // A form is up to three times as long as what it holds.
    let body = body::read(request.headers(), payload, 3 * json::LIMIT, &api.room).await?;
    let no_record = || {
        Error::bad_input(
            "INVALID_RECORD",
            "the body is no record of mod_json_cdr: JSON with `variables`, or a form with `cdr`",
        )
    };
    let record = form::json(&body.bytes)
        .filter(|json| json.len() as u64 <= json::LIMIT)
        .ok_or_else(no_record)?;
    let call = call(request)?
        .or_else(|| faxgate_core::Record::parse(&record)?.call())
        .ok_or_else(no_record)?;
    api.app
        .take_record(call, &record, Witness::CdrWebhook)
        .await
}

/// The call that the address names.
fn call(request: &HttpRequest) -> Result<Option<CallUuid>, Error> {
    let Some(text) = Parameters::of(request)?.text("uuid").map(str::to_owned) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        Error::bad_input("INVALID_QUERY", "uuid must be a UUID").field("uuid", "must be a UUID")
    })
}
