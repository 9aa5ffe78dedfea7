//! `GET /api/v1/auth/clients`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::ClientBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, listed};

/// List my tenants
///
/// The tenants that the user belongs to, the default one first. Send the slug or the id of one as X-Tenant-ID (or x-client-id).
#[utoipa::path(
    get,
    path = "/api/v1/auth/clients",
    tag = "auth",
    operation_id = "list_clients",
    responses(
        (status = 200, description = "All of them.", body = Envelope<Vec<ClientBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn clients(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Own, async |user| {
        let places = api.app.places_of(&user).await?;
        let clients: Vec<ClientBody> = places.into_iter().map(Into::into).collect();
        Ok(listed(clients, None))
    })
    .await
}
