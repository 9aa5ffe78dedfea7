//! `POST /api/v1/mail/outbox/{message}/retry`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::asker;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A message that is tried again.
#[derive(Serialize, ToSchema)]
#[schema(as = MailRetried)]
pub(crate) struct RetriedBody {
    /// Its id.
    id: String,
    /// Always `waiting`.
    status: &'static str,
}

/// Try a message again
///
/// Now, with all its tries before it. For messages that wait or were given up.
#[utoipa::path(
    post,
    path = "/api/v1/mail/outbox/{message}/retry",
    tag = "mail",
    operation_id = "retry_mail",
    params(("message" = String, Path, description = "The message's id.")),
    responses(
        (status = 202, description = "It is on its way.", body = Envelope<RetriedBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such message, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "It is sent, or being sent.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn retry(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Mail, async |caller| {
        let id = request.match_info().query("message").parse();
        let id = id.map_err(|_| Error::not_found("NOT_FOUND", "there is no such message"))?;
        api.app
            .retry_mail(&asker(&caller), &caller.tenant, id)
            .await?;
        let body = RetriedBody {
            id: id.to_string(),
            status: "waiting",
        };
        Ok(one(StatusCode::ACCEPTED, body))
    })
    .await
}
