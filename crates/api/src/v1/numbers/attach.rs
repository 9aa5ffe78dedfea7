//! `POST /api/v1/numbers/{number}/attach`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::OwnNumber;

use super::model::NumberBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/numbers/attach";

/// Attach a number
///
/// Attaches the number to the gateway's fax application at the carrier once more, when somebody has changed it there.
#[utoipa::path(
    post,
    path = "/api/v1/numbers/{number}/attach",
    tag = "numbers",
    operation_id = "attach_number",
    params(
        ("number" = String, Path, description = "The number's id, or the number itself: +E.164, or as the tenant's country writes it."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request gets the same answer."),
    ),
    responses(
        (status = 200, description = "The number, attached.", body = Envelope<NumberBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such number, it is another tenant's, or the account has not got it.", body = EnvelopeErrorBody),
        (status = 503, description = "No carrier is set up, or it cannot be reached; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn attach(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let key = once::key(&request, b"")?;
        let answer = answering(StatusCode::OK, |number: &OwnNumber| {
            NumberBody::from(number.clone())
        });
        // Attaching twice changes nothing.
        api.once(&caller, ENDPOINT, key, answer, async |_| {
            let asker = asker(caller.clone());
            api.app.attach_number(&asker, &named(&request)).await
        })
        .await
    })
    .await
}
