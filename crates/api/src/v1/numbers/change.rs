//! `PATCH /api/v1/numbers/{number}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, NumberChange};

use super::model::{ChangeBody, NumberBody};
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a number
///
/// How faxes from the number present themselves, which lines they take, and, for operators, whose it is and whether it is confirmed.
/// From a number that was only claimed, where people may register, go test faxes alone.
#[utoipa::path(
    patch,
    path = "/api/v1/numbers/{number}",
    tag = "numbers",
    operation_id = "change_number",
    params(
        ("number" = String, Path, description = "The number's id, or the number itself: +E.164, or as the tenant's country writes it."),
    ),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The number, changed.", body = Envelope<NumberBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such number, it is another tenant's, or there is no such tenant.", body = EnvelopeErrorBody),
        (status = 409, description = "It is to go to another tenant while faxes wait from it, or it is being given back.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let change = read(&body.bytes)?;
        let number = api
            .app
            .change_number(&asker(caller), &named(&request), change)
            .await?;
        Ok(one(StatusCode::OK, NumberBody::from(number)))
    })
    .await
}

fn read(body: &[u8]) -> Result<NumberChange, Error> {
    const LANES: &str = "names of lines, best first, or null";
    let mut fields = json::object(body)?;
    let caller_name = fields.choice("caller_name", 128, "the name that a call shows, or null");
    let header_text = fields.choice("header_text", 200, "the text of the header line, or null");
    let zone = fields.choice(
        "time_zone",
        64,
        "an IANA name such as America/New_York, or null",
    );
    let time_zone = match zone {
        Some(Some(name)) => match name.trim().parse() {
            Ok(zone) => Some(Some(zone)),
            Err(error) => {
                fields.problem("time_zone", format!("is wrong: {error}"));
                None
            }
        },
        Some(None) => Some(None),
        None => None,
    };
    let route = match fields.is_null("route") {
        true => Some(None),
        false => fields.texts("route", LANES).map(Some),
    };
    let is_default = fields.has("is_default").then(|| fields.flag("is_default"));
    let confirmed = fields.has("confirmed").then(|| fields.flag("confirmed"));
    let tenant = fields.optional_text("tenant", 63, "a tenant's slug");
    fields.finish()?;
    Ok(NumberChange {
        caller_name,
        header_text,
        time_zone,
        route,
        is_default,
        confirmed,
        tenant,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_stays_and_null_takes_away() {
        assert_eq!(read(b"{}").unwrap(), NumberChange::default());
        let change = read(br#"{"caller_name": null, "header_text": "Acme", "time_zone": "America/Chicago", "route": null, "is_default": false}"#).unwrap();
        assert_eq!(change.caller_name, Some(None));
        assert_eq!(change.header_text, Some(Some("Acme".to_owned())));
        assert_eq!(change.time_zone, Some("America/Chicago".parse().ok()));
        assert_eq!(change.route, Some(None));
        assert_eq!(change.is_default, Some(false));
        let change =
            read(br#"{"route": ["on-net", "telnyx"], "confirmed": true, "tenant": "other"}"#)
                .unwrap();
        assert_eq!(change.confirmed, Some(true));
        assert_eq!(change.route.unwrap().unwrap(), ["on-net", "telnyx"]);
        assert_eq!(change.tenant.as_deref(), Some("other"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = br#"{"caller_name": 5, "time_zone": "Mars/Olympus", "route": ["a", 1], "is_default": "yes", "tenant": []}"#;
        let error = read(wrong).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(
            fields,
            ["caller_name", "is_default", "route", "tenant", "time_zone"]
        );
    }
}
