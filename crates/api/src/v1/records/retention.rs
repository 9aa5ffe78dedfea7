//! `GET` and `PUT /api/v1/tenants/{tenant}/retention`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;
use faxgate_types::KeepChoice;
use serde_json::Value;

use super::model::{KeptDaysBody, RetentionBody};
use super::{asker, of_path};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::{json, strict};
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// How long a tenant keeps documents
///
/// What it has of its own, and what holds; for its administrators.
#[utoipa::path(
    get,
    path = "/api/v1/tenants/{tenant}/retention",
    tag = "records",
    operation_id = "get_retention",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    responses(
        (status = 200, description = "Days.", body = Envelope<RetentionBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is none of the caller's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let (own, holds) = api.app.retention(&asker(caller), of_path(&request)).await?;
        Ok(one(StatusCode::OK, RetentionBody::new(own, holds)))
    })
    .await
}

/// Change how long a tenant keeps documents
///
/// All of it: what is absent is as the gateway has it. For operators.
#[utoipa::path(
    put,
    path = "/api/v1/tenants/{tenant}/retention",
    tag = "records",
    operation_id = "put_retention",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    request_body = KeptDaysBody,
    responses(
        (status = 200, description = "Days.", body = Envelope<RetentionBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let own = read(&body.bytes)?;
        let asker = asker(caller);
        let holds = api
            .app
            .change_retention(&asker, of_path(&request), own)
            .await?;
        Ok(one(StatusCode::OK, RetentionBody::new(own, holds)))
    })
    .await
}

fn read(body: &[u8]) -> Result<KeepChoice, Error> {
    let days = Value::Object(json::object(body)?.into_rest());
    strict::from_value(days).map_err(|error| {
        let what = "sent_days, failed_days, received_days and unsent_days are whole numbers of days, or null";
        Error::bad_input("INVALID_FIELDS", format!("{what}: {error}")).field("retention", what)
    })
}
