//! `PATCH /api/v1/tenants/{tenant}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, TenantChange};
use faxgate_types::{Countries, Country, TimeZone};
use serde_json::Value;

use super::model::{TenantChangeBody, TenantSettingsBody};
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a tenant
///
/// Its name, where it may call, its share of the lines, its limits, hours and retries; for operators. Faxes that wait are held against
/// the new rules at once.
#[utoipa::path(
    patch,
    path = "/api/v1/tenants/{tenant}",
    tag = "tenants",
    operation_id = "change_tenant",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    request_body = TenantChangeBody,
    responses(
        (status = 200, description = "The tenant, changed.", body = Envelope<TenantSettingsBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is somebody else's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let change = read(&body.bytes)?;
        let (asker, named) = (asker(&caller), named(&request));
        api.app.change_tenant(&asker, named, change).await?;
        let changed = api.app.tenant_settings(&asker, named).await?;
        Ok(one(StatusCode::OK, TenantSettingsBody::from(changed)))
    })
    .await
}

fn read(body: &[u8]) -> Result<TenantChange, Error> {
    let mut fields = json::object(body)?;
    let name = fields.optional_text("name", 800, "the tenant's name on paper");
    let time_zone =
        fields.word::<TimeZone>("time_zone", "the IANA names, such as \"America/New_York\"");
    let countries = fields.texts("allowed_countries", "countries, such as [\"US\", \"CA\"]");
    let mut allowed = Vec::new();
    for code in countries.iter().flatten() {
        match code.trim().parse::<Country>() {
            Ok(country) => allowed.push(country),
            Err(error) => fields.problem("allowed_countries", format!("is wrong: {error}")),
        }
    }
    let sending = match fields.take("sending") {
        None | Some(Value::Null) => serde_json::Map::new(),
        Some(Value::Object(choices)) => choices,
        Some(_) => {
            fields.problem("sending", "must be an object, such as {\"max_calls\": 4}");
            serde_json::Map::new()
        }
    };
    fields.finish()?;
    Ok(TenantChange {
        name,
        time_zone,
        allowed_countries: countries.map(|_| Countries(allowed)),
        sending,
        ..TenantChange::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_stays() {
        let change = read(b"{}").unwrap();
        assert_eq!(change.name, None);
        assert_eq!(change.allowed_countries, None);
        assert!(change.sending.is_empty());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = br#"{"name": 1, "time_zone": "Mars/Olympus", "allowed_countries": ["US", "XX"], "sending": []}"#;
        let error = read(wrong).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(
            fields,
            ["allowed_countries", "name", "sending", "time_zone"]
        );
    }
}
