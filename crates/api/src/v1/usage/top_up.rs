//! `POST /api/v1/balance/top-up`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, TopUp, ToppedUp};

use super::model::{TopUpBody, ToppedUpBody};
use super::{amount, asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/balance/top-up";

/// Top up a balance
///
/// Adds money, once for each reference, or, without one, once for each Idempotency-Key. Whoever waits for money is called. For operators.
#[utoipa::path(
    post,
    path = "/api/v1/balance/top-up",
    tag = "usage",
    operation_id = "top_up_balance",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    request_body = TopUpBody,
    responses(
        (status = 200, description = "The balance and the entry.", body = Envelope<ToppedUpBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
        (status = 409, description = "The reference stands for another amount; more is to be taken away than is available; or the Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn top_up(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let key = once::key(&request, &body.bytes)?;
        let wanted = read(&body.bytes, key.is_some())?;
        let answer = answering(StatusCode::OK, |done: &ToppedUp| ToppedUpBody::from(done));
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = asker(&caller);
            api.app
                .top_up(&asker, tenant(&parameters), wanted, once)
                .await
        })
        .await
    })
    .await
}

fn read(body: &[u8], has_key: bool) -> Result<TopUp, Error> {
    let mut fields = json::object(body)?;
    if !fields.has("amount") {
        fields.problem("amount", "is required, such as \"25.00\"");
    }
    let amount = amount(&mut fields, "amount").unwrap_or_default();
    let reference = fields.optional_text(
        "reference",
        800,
        "what the money is called, such as the number of an invoice",
    );
    let note = fields.optional_text("note", 800, "a text for people");
    if reference.is_none() && !has_key {
        fields.problem(
            "reference",
            "is required: what the money is called, such as the number of an invoice; or send an Idempotency-Key",
        );
    }
    fields.finish()?;
    Ok(TopUp {
        amount,
        reference,
        note,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_a_name_or_a_key() {
        let named = read(br#"{"amount": "25.00", "reference": "invoice 7"}"#, false).unwrap();
        assert_eq!(named.amount.millionths(), 25_000_000);
        assert_eq!(named.reference.as_deref(), Some("invoice 7"));
        let keyed = read(br#"{"amount": -1}"#, true).unwrap();
        assert_eq!(
            (keyed.amount.millionths(), keyed.reference),
            (-1_000_000, None)
        );
        let error = read(br#"{"amount": [], "note": 5}"#, false).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(fields, ["amount", "note", "reference"]);
    }
}
