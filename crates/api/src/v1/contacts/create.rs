//! `POST /api/v1/contacts`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Contact, Error, NewContact, Once};

use super::model::{ContactBody, NewContactBody};
use super::own_fields;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/contacts";

/// Add a contact
///
/// A number is in the address book once: the second time the answer is a 409 that names the contact that has it.
#[utoipa::path(
    post,
    path = "/api/v1/contacts",
    tag = "contacts",
    operation_id = "create_contact",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewContactBody,
    responses(
        (status = 201, description = "The contact.", body = Envelope<ContactBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 409, description = "Another contact has the number (details name it), the tenant has as many as it may have, or the Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |made: &Contact| {
            ContactBody::from(made.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app
                .add_contact(&caller, NewContact { once, ..new })
                .await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<NewContact, Error> {
    let mut fields = json::object(body)?;
    let number = fields.text("fax_number", 100, "a fax number");
    let name = fields.optional_text("name", 2000, "who");
    let company = fields.optional_text("company", 2000, "of which company");
    let email = fields.optional_text("email", 2000, "their e-mail address");
    let language = fields.optional_text("language", 100, "their language");
    let own = own_fields(&mut fields, "fields");
    let tags = fields.texts("tags", "words to find them by");
    fields.finish()?;
    Ok(NewContact {
        number,
        name: name.unwrap_or_default(),
        company: company.unwrap_or_default(),
        email: email.unwrap_or_default(),
        language: language.unwrap_or_default(),
        fields: own.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        once: Once::default(),
    })
}
