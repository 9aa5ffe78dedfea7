//! `DELETE /api/v1/users/{user}`

use actix_web::{HttpRequest, HttpResponse, web};

use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;

/// Take a user out of a tenant
///
/// At once. The user stays, with what they sent; so do their other tenants.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}",
    tag = "users",
    operation_id = "remove_user",
    params(
        ("user" = String, Path, description = "The user's id."),
        ("tenant" = Option<String>, Query, description = "The tenant, by slug or id; the caller's if not given."),
    ),
    responses(
        (status = 204, description = "They are out."),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such user, or they belong to other tenants only.", body = EnvelopeErrorBody),
        (status = 409, description = "It is the last operator, or the last administrator of the tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let user = named(&request)?;
        let parameters = Parameters::of(&request)?;
        let tenant = parameters.text("tenant");
        api.app.remove_person(&asker(&caller), user, tenant).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
