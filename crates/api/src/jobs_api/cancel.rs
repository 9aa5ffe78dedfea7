//! `POST /v1/fax/jobs/{id}/cancel`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, Job};

use super::body::JobBody;
use super::{job_of, words};
use crate::api::Api;
use crate::error::body::DetailBody;
use crate::limits::Counted;
use crate::once::{self, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /v1/fax/jobs/cancel";

/// Cancel a fax job
///
/// Stops what is not finished. A job that waits is `canceled` at once; a call on the line is ended, for which this waits up to three
/// seconds. A fax whose last page got through stays `delivered`.
#[utoipa::path(
    post,
    path = "/v1/fax/jobs/{id}/cancel",
    tag = "jobs",
    operation_id = "cancel_fax_job",
    params(
        ("id" = Uuid, Path, description = "The job's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request gets the same answer."),
    ),
    responses(
        (status = 200, description = "The job, as it stands now.", body = JobBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = DetailBody),
        (status = 403, description = "The tenant is not the user's, or the role may not cancel.", body = DetailBody),
        (status = 404, description = "There is no such job, or it is another tenant's.", body = DetailBody),
        (status = 409, description = "It is finished.", body = DetailBody),
    )
)]
pub(crate) async fn cancel(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_job(&request, Counted::Cancel, async |caller| {
        let id = job_of(&request)?;
        let key = once::key(&request, b"")?;
        let answer = answering(StatusCode::OK, |job: &Job| JobBody::from(job));
        let canceled = api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.cancel_job(&caller, id, once).await
        });
        match canceled.await {
            Ok(response) => Ok(response),
            Err(error) if error.code == "ALREADY_FINISHED" => {
                let status = words::status(&api.app.job(&caller, id).await?);
                let message = format!("Cannot cancel in status '{status}'");
                Err(Error::conflict(error.code, message))
            }
            Err(error) => Err(error),
        }
    })
    .await
}
