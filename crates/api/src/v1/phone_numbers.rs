//! `POST /phone_numbers`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Asker, Error, OwnNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once::{self, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /phone_numbers";

/// A number to claim.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ClaimBody {
    /// The number: `+` and 7 to 15 digits, or as the tenant's country writes it.
    #[schema(example = "+1234567890", max_length = 64)]
    phone_number: String,
}

/// A number that was claimed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClaimedBody {
    /// The number's small id.
    #[schema(example = 1)]
    id: i64,
    /// The number.
    #[schema(example = "+1234567890")]
    phone_number: String,
    /// The small id of the user who claimed it.
    #[schema(example = 1)]
    user_id: i64,
}

/// Claim a number
///
/// Makes a number one of the tenant's own, for operators: all tenants share the account at the carrier, and any of them could claim
/// what is meant for another. Where people may register, administrators of a tenant claim up to `auth.registered_may_claim` numbers
/// that the account does not have; by those only test faxes go until an operator confirms them. A number that the account has is attached to the fax application once it is the tenant's. Where that
/// fails, the error says so and the number stays the tenant's; the same request with the same Idempotency-Key tries again.
#[utoipa::path(
    post,
    path = "/phone_numbers",
    tag = "numbers",
    operation_id = "claim_number",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request is answered with the first answer."),
    ),
    request_body = ClaimBody,
    responses(
        (status = 200, description = "The number is the tenant's.", body = ClaimedBody),
        (status = 400, description = "The body is no JSON object, the number is none, or the carrier does not attach it.", body = ErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not claim this number.", body = ErrorBody),
        (status = 409, description = "The number belongs to a tenant already, the caller's own or another, or is in an order that has not ended; or the Idempotency-Key was used for another request.", body = ErrorBody),
    )
)]
pub(crate) async fn claim(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::Api, Counted::Numbers, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let key = once::key(&request, &body.bytes)?;
        let number = read(&body.bytes)?;
        let user_id = api.app.user_short_id(caller.user.id).await?;
        let answer = answering(StatusCode::OK, move |claimed: &OwnNumber| ClaimedBody {
            // There since the number is: none is added without.
            id: claimed.did.short_id.unwrap_or_default(),
            phone_number: claimed.did.number.to_string(),
            user_id,
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = Asker::Caller(Box::new(caller.clone()));
            api.app.claim_number(&asker, &number, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<String, Error> {
    let mut fields = json::object(body)?;
    let number = fields.text("phone_number", 64, "a number, such as \"+1234567890\"");
    fields.finish()?;
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_documented_one() {
        assert_eq!(
            read(br#"{"phone_number": "+1234567890"}"#).unwrap(),
            "+1234567890"
        );
        assert_eq!(read(b"{}").unwrap_err().code, "INVALID_FIELDS");
        let claimed = ClaimedBody {
            id: 1,
            phone_number: "+1234567890".to_owned(),
            user_id: 1,
        };
        let shown = serde_json::to_string(&claimed).unwrap();
        assert_eq!(
            shown,
            r#"{"id":1,"phone_number":"+1234567890","user_id":1}"#
        );
    }
}
