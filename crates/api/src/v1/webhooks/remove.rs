//! `DELETE /api/v1/webhooks/{webhook}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::RemovedBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Delete a webhook endpoint
///
/// With all that waits for it, and its log.
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{webhook}",
    tag = "webhooks out",
    operation_id = "delete_webhook",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
    ),
    responses(
        (status = 200, description = "It is gone.", body = Envelope<RemovedBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        api.app.remove_webhook(&asker(caller), id).await?;
        let removed = RemovedBody {
            id: id.uuid(),
            deleted: true,
        };
        Ok(one(StatusCode::OK, removed))
    })
    .await
}
