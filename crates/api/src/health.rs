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
    /// What is missing all the same, in sentences: faxes are taken in, but wait. Not there when nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["no process dispatches: what is sent waits"]))]
    missing: Vec<String>,
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
    HttpResponse::Ok().json(HealthBody {
        status: "ok",
        missing: Vec::new(),
    })
}

/// Is it ready?
///
/// The database answers and has every migration, and this process's own tasks run: faxes can be taken in. Whether they go
/// out at once is told by `missing`.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    operation_id = "readiness",
    security(()),
    responses(
        (status = 200, description = "It is ready.", body = HealthBody),
        (status = 503, description = "The database cannot be reached or is not migrated, or a part of the process is down; send no requests here for now.", body = ErrorBody),
    )
)]
pub(crate) async fn ready(api: web::Data<Api>) -> HttpResponse {
    match api.app.is_ready().await {
        Ok(missing) => HttpResponse::Ok().json(HealthBody {
            status: "ready",
            missing,
        }),
        Err(error) => render(Scope::Api, error),
    }
}
