//! `POST /api/v1/legal-holds`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, LegalHold, NewHold};
use faxgate_types::Timestamp;

use super::asker;
use super::model::{HoldBody, NewHoldBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/legal-holds";

/// Place a legal hold
///
/// What it covers is not removed, however old it is, and the tenant is not erased, until it is lifted. For administrators; one that an
/// operator places is lifted by operators alone.
#[utoipa::path(
    post,
    path = "/api/v1/legal-holds",
    tag = "records",
    operation_id = "place_legal_hold",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewHoldBody,
    responses(
        (status = 201, description = "The hold.", body = Envelope<HoldBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such fax or tenant, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The fax's documents are removed already; or the Idempotency-Key was used for another request, or its request is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn place(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let (tenant, new) = read(&body.bytes)?;
        let tenant = tenant.unwrap_or_else(|| caller.tenant.id.to_string());
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |placed: &LegalHold| {
            HoldBody::from(placed.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = asker(caller.clone());
            api.app.place_hold(&asker, &tenant, new, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<(Option<String>, NewHold), Error> {
    let mut fields = json::object(body)?;
    let reason = fields.text("reason", 2000, "why, in one line");
    let fax = fields.optional_text("fax_id", 64, "a fax's id");
    let number = fields.optional_text("phone_number", 64, "a number, such as \"+15551234567\"");
    let times = ["from", "until"].map(|name| {
        let text = fields.optional_text(name, 64, "a time such as 2026-01-31T00:00:00Z")?;
        let read = Timestamp::parse(&text);
        if read.is_none() {
            fields.problem(
                name,
                "must be a time such as 2026-01-31T00:00:00Z".to_owned(),
            );
        }
        read
    });
    let tenant = fields.optional_text("tenant", 64, "a tenant's slug or id");
    let fax = fax.and_then(|text| {
        let read = text.parse().ok();
        if read.is_none() {
            fields.problem("fax_id", "must be a fax's id, a UUID".to_owned());
        }
        read
    });
    fields.finish()?;
    let [from, until] = times;
    let new = NewHold {
        fax,
        number,
        from,
        until,
        reason,
    };
    Ok((tenant, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_read_and_every_wrong_field_is_named() {
        let (tenant, new) =
            read(br#"{"reason": "a lawsuit", "phone_number": "5551234567", "from": "2026-01-01T00:00:00Z"}"#)
                .unwrap();
        assert_eq!((tenant, new.number.as_deref()), (None, Some("5551234567")));
        assert!(new.from.is_some() && new.until.is_none() && new.fax.is_none());
        let error = read(br#"{"fax_id": "7", "from": "yesterday", "until": 5}"#).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(fields, ["fax_id", "from", "reason", "until"]);
    }
}
