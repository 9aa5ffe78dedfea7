//! `GET /health` and `GET /health/ready`, for whatever watches over the process. No token, no limit.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::body::ErrorBody;
use crate::error::{Scope, render};

/// How the gateway is.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthBody {
    /// `ok` (it runs) or `ready` (it can take faxes).
    #[schema(example = "ok")]
    status: &'static str,
}

/// Is it alive?
///
/// The process runs and answers. Says nothing about the database: restart what does not answer here.
#[utoipa::path(
    get,
    path = "/health",
    tag = "health",
    operation_id = "health",
    security(()),
    responses((status = 200, description = "It runs.", body = HealthBody))
)]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(HealthBody { status: "ok" })
}

/// Is it ready?
///
/// The database answers and is migrated: faxes can be taken in.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    operation_id = "readiness",
    security(()),
    responses(
        (status = 200, description = "It is ready.", body = HealthBody),
        (status = 503, description = "The database cannot be reached; send no requests here for now.", body = ErrorBody),
    )
)]
pub(crate) async fn ready(api: web::Data<Api>) -> HttpResponse {
    match api.app.is_ready().await {
        Ok(()) => HttpResponse::Ok().json(HealthBody { status: "ready" }),
        Err(error) => render(Scope::Api, error),
    }
}
