//! `GET /api/v1/tenants/{tenant}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::TenantSettingsBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A tenant
///
/// A tenant and what was chosen for it: for its administrators, and for operators.
#[utoipa::path(
    get,
    path = "/api/v1/tenants/{tenant}",
    tag = "tenants",
    operation_id = "get_tenant",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    responses(
        (status = 200, description = "The tenant.", body = Envelope<TenantSettingsBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is somebody else's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let found = api
            .app
            .tenant_settings(&asker(&caller), named(&request))
            .await?;
        Ok(one(StatusCode::OK, TenantSettingsBody::from(found)))
    })
    .await
}
