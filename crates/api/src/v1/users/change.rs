//! `PATCH /api/v1/users/{user}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, PersonChange};
use faxgate_types::Role;

use super::model::{ChangeUserBody, UserBody};
use super::{ROLES, asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a user
///
/// Their role in a tenant, their default tenant, or whether they may sign in at all. Nobody gives, takes or changes a role above their
/// own. Disabling and the default tenant are for operators, and for administrators of whoever belongs to their tenant only; everybody
/// chooses their own default tenant, whatever their role.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{user}",
    tag = "users",
    operation_id = "change_user",
    params(("user" = String, Path, description = "The user's id."),),
    request_body = ChangeUserBody,
    responses(
        (status = 200, description = "The user, changed.", body = Envelope<UserBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such user, or they belong to other tenants only.", body = EnvelopeErrorBody),
        (status = 409, description = "It is the last operator, or the last administrator of the tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let user = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let change = read(&body.bytes)?;
        let shown = api.app.change_person(&asker(&caller), user, change).await?;
        Ok(one(StatusCode::OK, UserBody::from(&shown)))
    })
    .await
}

fn read(body: &[u8]) -> Result<PersonChange, Error> {
    let mut fields = json::object(body)?;
    let role = fields.word::<Role>("role", ROLES);
    let is_default = fields.flag("is_default");
    let tenant = fields.optional_text("tenant", 63, "a tenant's slug or id");
    let disabled = fields.has("disabled").then(|| fields.flag("disabled"));
    fields.finish()?;
    Ok(PersonChange {
        tenant,
        role,
        is_default,
        disabled,
    })
}
