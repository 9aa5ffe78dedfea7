//! `POST /api/v1/lists`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{ContactList, NewList};

use super::model::{ListBody, NewListBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/lists";

/// Add a list
#[utoipa::path(
    post,
    path = "/api/v1/lists",
    tag = "contacts",
    operation_id = "create_list",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewListBody,
    responses(
        (status = 201, description = "The list.", body = Envelope<ListBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 409, description = "There is a list of this name; or the Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let name = fields.text("name", 400, "the list's name");
        let description = fields.optional_text("description", 2000, "what it is for");
        fields.finish()?;
        let description = description.unwrap_or_default();
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |made: &ContactList| {
            ListBody::from(made.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let new = NewList {
                name,
                description,
                once,
            };
            api.app.add_list(&caller, new).await
        })
        .await
    })
    .await
}
