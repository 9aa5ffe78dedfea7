//! `GET /api/v1/mail`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::asker;
use super::model::MailBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Mail settings
///
/// Who is told of what, how mail looks, and who may send faxes by mail. For the tenant's administrators.
#[utoipa::path(
    get,
    path = "/api/v1/mail",
    tag = "mail",
    operation_id = "get_mail",
    responses(
        (status = 200, description = "The settings.", body = Envelope<MailBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Mail, async |caller| {
        let view = api
            .app
            .mail_settings(&asker(&caller), &caller.tenant)
            .await?;
        Ok(one(StatusCode::OK, MailBody::from(view)))
    })
    .await
}
