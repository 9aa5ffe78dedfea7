//! `GET /api/fax/status/{uuid}/`

use actix_web::{HttpRequest, HttpResponse, web};

use super::fax_of;
use super::model::FaxStatusBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::limits::Counted;

/// Get a fax's status
///
/// One fax, with its recipients and all that happened to it.
#[utoipa::path(
    get,
    path = "/api/fax/status/{uuid}/",
    tag = "fax",
    operation_id = "fax_status",
    params(("uuid" = Uuid, Path, description = "The transaction's id, as `send` answered it.")),
    responses(
        (status = 200, description = "The fax.", body = FaxStatusBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The tenant is not the user's.", body = ErrorBody),
        (status = 404, description = "There is no such fax, or it is another tenant's.", body = ErrorBody),
    )
)]
pub(crate) async fn status(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::Api, Counted::Status, async |caller| {
        let fax = api.app.fax(&caller, fax_of(&request)?).await?;
        Ok(HttpResponse::Ok().json(FaxStatusBody::from(fax)))
    })
    .await
}
