//! `GET /api/v1/covers`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::TemplateBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, listed};

/// List cover templates
///
/// The tenant's, by name.
#[utoipa::path(
    get,
    path = "/api/v1/covers",
    tag = "covers",
    operation_id = "list_covers",
    responses(
        (status = 200, description = "The templates.", body = Envelope<Vec<TemplateBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let all = api.app.cover_templates(&caller).await?;
        let all: Vec<TemplateBody> = all.into_iter().map(Into::into).collect();
        Ok(listed(all, None))
    })
    .await
}
