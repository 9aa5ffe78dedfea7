//! `DELETE /api/v1/broadcasts/{broadcast}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::contacts::model::GoneBody;
use crate::v1::envelope::{Envelope, one};

/// Remove a broadcast
///
/// A draft, or one that has come to its end, with its list of recipients. Its faxes stay.
#[utoipa::path(
    delete,
    path = "/api/v1/broadcasts/{broadcast}",
    tag = "broadcasts",
    operation_id = "delete_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "It is gone.", body = Envelope<GoneBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "It is under way: cancel it first.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let id = named(&request)?;
        api.app.remove_broadcast(&caller, id).await?;
        let (id, deleted) = (id.uuid(), true);
        Ok(one(StatusCode::OK, GoneBody { id, deleted }))
    })
    .await
}
