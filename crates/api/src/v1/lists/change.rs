//! `PATCH /api/v1/lists/{list}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::ListChange;

use super::model::{ListBody, ListChangeBody};
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a list
///
/// Its name or description; what is absent stays.
#[utoipa::path(
    patch,
    path = "/api/v1/lists/{list}",
    tag = "contacts",
    operation_id = "change_list",
    params(
        ("list" = Uuid, Path, description = "The list's id."),
    ),
    request_body = ListChangeBody,
    responses(
        (status = 200, description = "The list, changed.", body = Envelope<ListBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "There is another list of this name.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let id = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let change = ListChange {
            name: fields.optional_text("name", 400, "the list's name"),
            description: fields.optional_text("description", 2000, "what it is for"),
        };
        fields.finish()?;
        let list = api.app.change_list(&caller, id, change).await?;
        Ok(one(StatusCode::OK, ListBody::from(list)))
    })
    .await
}
