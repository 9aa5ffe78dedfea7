//! `GET /v1/fax/jobs/{id}`

use actix_web::{HttpRequest, HttpResponse, web};

use super::body::JobBody;
use super::job_of;
use crate::api::Api;
use crate::error::body::DetailBody;
use crate::limits::Counted;

/// Get a fax job
///
/// The fax as it stands, how far it has come, and what happened.
#[utoipa::path(
    get,
    path = "/v1/fax/jobs/{id}",
    tag = "jobs",
    operation_id = "fax_job",
    params(("id" = Uuid, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "The job.", body = JobBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = DetailBody),
        (status = 403, description = "The tenant is not the user's.", body = DetailBody),
        (status = 404, description = "There is no such job: another tenant's, a fax that came in, or one to several recipients.", body = DetailBody),
    )
)]
pub(crate) async fn status(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_job(&request, Counted::Status, async |caller| {
        let job = api.app.job(&caller, job_of(&request)?).await?;
        Ok(HttpResponse::Ok().json(JobBody::from(&job)))
    })
    .await
}
