//! `GET /api/v1/contacts/{contact}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::ContactBody;
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A contact
#[utoipa::path(
    get,
    path = "/api/v1/contacts/{contact}",
    tag = "contacts",
    operation_id = "get_contact",
    params(
        ("contact" = Uuid, Path, description = "The contact's id."),
    ),
    responses(
        (status = 200, description = "The contact.", body = Envelope<ContactBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such contact, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let contact = api.app.contact(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, ContactBody::from(contact)))
    })
    .await
}
