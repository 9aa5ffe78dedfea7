//! `DELETE /api/v1/lists/{list}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::contacts::model::GoneBody;
use crate::v1::envelope::{Envelope, one};

/// Remove a list
///
/// Its contacts stay.
#[utoipa::path(
    delete,
    path = "/api/v1/lists/{list}",
    tag = "contacts",
    operation_id = "delete_list",
    params(
        ("list" = Uuid, Path, description = "The list's id."),
    ),
    responses(
        (status = 200, description = "It is gone.", body = Envelope<GoneBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let id = named(&request)?;
        api.app.remove_list(&caller, id).await?;
        let (id, deleted) = (id.uuid(), true);
        Ok(one(StatusCode::OK, GoneBody { id, deleted }))
    })
    .await
}
