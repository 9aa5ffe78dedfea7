//! `POST /api/fax/cancel/{uuid}/`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::FaxDetail;

use super::fax_of;
use super::model::FaxStatusBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::limits::Counted;
use crate::once::{self, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/fax/cancel";

/// Cancel a fax
///
/// Stops what is not finished: recipients that wait are canceled at once, calls in progress are ended. What was
/// delivered stays delivered. The request needs no body.
#[utoipa::path(
    post,
    path = "/api/fax/cancel/{uuid}/",
    tag = "fax",
    operation_id = "cancel_fax",
    params(
        ("uuid" = Uuid, Path, description = "The transaction's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request gets the same answer."),
    ),
    responses(
        (status = 200, description = "The fax, as it stands now.", body = FaxStatusBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not cancel.", body = ErrorBody),
        (status = 404, description = "There is no such fax, or it is another tenant's.", body = ErrorBody),
        (status = 409, description = "There is nothing left to cancel.", body = ErrorBody),
    )
)]
pub(crate) async fn cancel(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::Api, Counted::Cancel, async |caller| {
        let fax = fax_of(&request)?;
        let key = once::key(&request, b"")?;
        let answer = answering(StatusCode::OK, |fax: &FaxDetail| {
            FaxStatusBody::from(fax.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.cancel(&caller, fax, once).await
        })
        .await
    })
    .await
}
