//! `GET /api/v1/routes`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::RouteBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, listed};
use crate::v1::tenants::asker;

/// List rules about lines
///
/// In the order in which they count. Operators see all of them, or with `tenant` those that hold for its faxes; administrators those
/// of their tenant.
#[utoipa::path(
    get,
    path = "/api/v1/routes",
    tag = "tenants",
    operation_id = "list_routes",
    params(("tenant" = Option<String>, Query, description = "A tenant's slug.")),
    responses(
        (status = 200, description = "The rules.", body = Envelope<Vec<RouteBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is somebody else's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let parameters = Parameters::of(&request)?;
        let rules = api
            .app
            .routes_for(&asker(&caller), parameters.text("tenant"))
            .await?;
        let rules: Vec<RouteBody> = rules.into_iter().map(Into::into).collect();
        Ok(listed(rules, None))
    })
    .await
}
