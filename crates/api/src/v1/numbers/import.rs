//! `POST /api/v1/numbers/import`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, ImportRequest, Imported, Once, WhichNumbers};

use super::asker;
use super::model::{ImportBody, ImportedBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/numbers/import";

/// Take numbers over
///
/// Numbers that the account at the carrier has already: given to a tenant, then attached to the gateway's fax application; for
/// operators. `all` passes over what other tenants have, and what is in an order. Taking over twice changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/numbers/import",
    tag = "numbers",
    operation_id = "import_numbers",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = ImportBody,
    responses(
        (status = 200, description = "What was taken over.", body = Envelope<ImportedBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "The account has not got the number, or there is no such tenant.", body = EnvelopeErrorBody),
        (status = 409, description = "Another tenant has the number, or it is in an order that has not ended; or the Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
        (status = 503, description = "No carrier is set up, or it cannot be reached; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn import(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let wanted = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::OK, |imported: &Imported| ImportedBody {
            numbers: imported.numbers.iter().cloned().map(Into::into).collect(),
            skipped: imported.skipped.iter().map(ToString::to_string).collect(),
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let wanted = ImportRequest { once, ..wanted };
            api.app.import_numbers(&asker(caller.clone()), wanted).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<ImportRequest, Error> {
    const WHAT: &str = "the numbers, such as [\"+13125550100\"]";
    let mut fields = json::object(body)?;
    let numbers = fields.texts("phone_numbers", WHAT);
    let all = fields.flag("all");
    let tenant = fields.optional_text("tenant", 63, "a tenant's slug");
    let numbers = match (numbers, all) {
        (Some(numbers), false) => WhichNumbers::These(numbers),
        (None, true) => WhichNumbers::All,
        _ => {
            fields.problem(
                "phone_numbers",
                format!("or \"all\": true is wanted, one of them: {WHAT}"),
            );
            WhichNumbers::All
        }
    };
    fields.finish()?;
    Ok(ImportRequest {
        numbers,
        tenant,
        once: Once::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_names_numbers_or_wants_all_and_never_guesses() {
        let read = |body: &str| read(body.as_bytes());
        let these = read(r#"{"phone_numbers": ["+13125550100"], "tenant": "acme"}"#).unwrap();
        let expected = WhichNumbers::These(vec!["+13125550100".to_owned()]);
        assert_eq!(these.numbers, expected);
        assert_eq!(these.tenant.as_deref(), Some("acme"));
        assert_eq!(read(r#"{"all": true}"#).unwrap().numbers, WhichNumbers::All);
        for wrong in [
            "{}",
            r#"{"all": false}"#,
            r#"{"all": true, "phone_numbers": ["+13125550100"]}"#,
            r#"{"phone_numbers": "+13125550100"}"#,
        ] {
            assert_eq!(read(wrong).unwrap_err().code, "INVALID_FIELDS", "{wrong}");
        }
    }
}
