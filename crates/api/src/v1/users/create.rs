//! `POST /api/v1/users`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, NewPerson, PersonShown};
use faxgate_types::Role;

use super::model::{NewUserBody, UserBody};
use super::{ROLES, asker};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/users";

/// Add a user
///
/// To the caller's tenant; by operators, to any. Whoever is a user already is made a member of another tenant by
/// PATCH /api/v1/users/{user}.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "users",
    operation_id = "create_user",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),),
    request_body = NewUserBody,
    responses(
        (status = 201, description = "The user.", body = Envelope<UserBody>),
        (status = 400, description = "A field is wrong, the name has spaces, or the password is too short.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is not the caller's.", body = EnvelopeErrorBody),
        (status = 409, description = "There is a user of this name; or the Idempotency-Key was used for another request, or is in use right now.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |added: &PersonShown| {
            UserBody::from(added)
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.add_person(&asker(&caller), new, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<NewPerson, Error> {
    let mut fields = json::object(body)?;
    let username = fields.text("username", 150, "the name to sign in with");
    let password = fields.text("password", 1024, "the first password");
    let role = fields.word::<Role>("role", ROLES).unwrap_or(Role::Member);
    let tenant = fields.optional_text("tenant", 63, "a tenant's slug or id");
    fields.finish()?;
    Ok(NewPerson {
        username,
        password,
        tenant,
        role,
    })
}
