//! `PATCH /api/v1/contacts/{contact}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{ContactChange, Error};

use super::model::{ContactBody, ContactChangeBody};
use super::{named, own_fields};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a contact
///
/// What is absent stays. What broadcasts have taken of it stays with them.
#[utoipa::path(
    patch,
    path = "/api/v1/contacts/{contact}",
    tag = "contacts",
    operation_id = "change_contact",
    params(
        ("contact" = Uuid, Path, description = "The contact's id."),
    ),
    request_body = ContactChangeBody,
    responses(
        (status = 200, description = "The contact, changed.", body = Envelope<ContactBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such contact, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "Another contact has the number; details name it.", body = EnvelopeErrorBody),
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
        let change = read(&body.bytes)?;
        let contact = api.app.change_contact(&caller, id, change).await?;
        Ok(one(StatusCode::OK, ContactBody::from(contact)))
    })
    .await
}

fn read(body: &[u8]) -> Result<ContactChange, Error> {
    let mut fields = json::object(body)?;
    let change = ContactChange {
        number: fields.optional_text("fax_number", 100, "a fax number"),
        name: fields.optional_text("name", 2000, "who"),
        company: fields.optional_text("company", 2000, "of which company"),
        email: fields.optional_text("email", 2000, "their e-mail address"),
        language: fields.optional_text("language", 100, "their language"),
        fields: own_fields(&mut fields, "fields"),
        tags: fields.texts("tags", "words to find them by"),
    };
    fields.finish()?;
    Ok(change)
}
