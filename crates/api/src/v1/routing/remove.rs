//! `DELETE /api/v1/routes/{route}`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::tenants::asker;

/// Take a rule about lines away
///
/// What waits goes by those that are left at once. For operators.
#[utoipa::path(
    delete,
    path = "/api/v1/routes/{route}",
    tag = "tenants",
    operation_id = "remove_route",
    params(("route" = Uuid, Path, description = "The rule's id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such rule.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let named = request.match_info().query("route");
        let id = named
            .parse()
            .map_err(|_| Error::not_found("NO_SUCH_ROUTE", "there is no such rule"))?;
        api.app.remove_route(&asker(&caller), id).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
