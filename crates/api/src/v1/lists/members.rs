//! `POST /api/v1/lists/{list}/members` and `DELETE /api/v1/lists/{list}/members/{contact}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{ContactList, Error};
use faxgate_types::ContactId;

use super::model::{ListBody, MembersBody};
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::contacts::model::GoneBody;
use crate::v1::envelope::{Envelope, answering, one};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/lists/{list}/members";

/// Put contacts on a list
///
/// All of them or none; those that are on it stay on it, so doing it twice does no harm.
#[utoipa::path(
    post,
    path = "/api/v1/lists/{list}/members",
    tag = "contacts",
    operation_id = "add_list_members",
    params(
        ("list" = Uuid, Path, description = "The list's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = MembersBody,
    responses(
        (status = 200, description = "The list.", body = Envelope<ListBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or it names too many.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or one of the contacts is not there.", body = EnvelopeErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request, or the same one is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let id = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        const WHAT: &str = "ids of contacts";
        if !fields.has("contacts") {
            fields.problem("contacts", format!("is required: {WHAT}"));
        }
        let contacts = fields.texts("contacts", WHAT).unwrap_or_default();
        fields.finish()?;
        let contacts = ids(&contacts)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::OK, |list: &ContactList| {
            ListBody::from(list.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.add_to_list(&caller, id, contacts, once).await
        })
        .await
    })
    .await
}

/// Take a contact off a list
///
/// The contact stays.
#[utoipa::path(
    delete,
    path = "/api/v1/lists/{list}/members/{contact}",
    tag = "contacts",
    operation_id = "remove_list_member",
    params(
        ("list" = Uuid, Path, description = "The list's id."),
        ("contact" = Uuid, Path, description = "The contact's id."),
    ),
    responses(
        (status = 200, description = "It is off the list.", body = Envelope<GoneBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or the contact is not on it.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let list = named(&request)?;
        let contact = crate::v1::contacts::named(&request)?;
        api.app.take_off_list(&caller, list, contact).await?;
        let (id, deleted) = (contact.uuid(), true);
        Ok(one(StatusCode::OK, GoneBody { id, deleted }))
    })
    .await
}

/// Ids of contacts; one that is none is nobody's.
pub(crate) fn ids(texts: &[String]) -> Result<Vec<ContactId>, Error> {
    let ids: Result<Vec<ContactId>, _> = texts.iter().map(|text| text.parse()).collect();
    ids.map_err(|_| Error::not_found("NO_SUCH_CONTACT", "there is no such contact"))
}
