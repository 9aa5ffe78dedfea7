//! `GET /v1/health`

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::body::DetailBody;
use crate::error::{Scope, render};

/// How the gateway is.
#[derive(Serialize, ToSchema)]
#[schema(as = JobApiHealth)]
pub(crate) struct HealthBody {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Always `ok`.
    #[schema(example = "ok")]
    database: &'static str,
}

/// Does it answer, and does its database?
///
/// No token, no limit. `/health/ready` tells more.
#[utoipa::path(
    get,
    path = "/v1/health",
    tag = "jobs",
    operation_id = "job_api_health",
    security(()),
    responses(
        (status = 200, description = "Both do.", body = HealthBody),
        (status = 503, description = "The database does not.", body = DetailBody),
    )
)]
pub(crate) async fn health(api: web::Data<Api>) -> HttpResponse {
    match api.app.reach_database().await {
        Ok(()) => HttpResponse::Ok().json(HealthBody {
            status: "ok",
            database: "ok",
        }),
        Err(error) => render(Scope::Job, error),
    }
}
