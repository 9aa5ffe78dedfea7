//! `PATCH /api/v1/tenants/{tenant}`

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, TenantChange};
use faxgate_types::{Countries, Country, Quota, TimeZone};
use serde_json::Value;

use super::model::{TenantChangeBody, TenantSettingsBody};
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::fields::Fields;
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
    let country = fields.word::<Country>("country", "a country in two letters, such as \"US\"");
    let rate_limits = rate_limits(&mut fields);
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
        country,
        rate_limits,
        allowed_countries: countries.map(|_| Countries(allowed)),
        sending,
        ..TenantChange::default()
    })
}

/// Requests an hour and user, by quota; `null` leaves it to the gateway.
fn rate_limits(fields: &mut Fields) -> BTreeMap<Quota, Option<u32>> {
    let mut limits = BTreeMap::new();
    let said = match fields.take("rate_limits") {
        None | Some(Value::Null) => return limits,
        Some(Value::Object(said)) => said,
        Some(_) => {
            fields.problem("rate_limits", "must be an object, such as {\"send\": 500}");
            return limits;
        }
    };
    for (name, requests) in said {
        let quota = Quota::ALL.into_iter().find(|quota| quota.as_str() == name);
        let requests = match &requests {
            Value::Null => Some(None),
            number => number
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .map(Some),
        };
        match (quota, requests) {
            (Some(quota), Some(requests)) => {
                limits.insert(quota, requests);
            }
            (Some(_), None) => fields.problem(
                "rate_limits",
                format!("{name} must be a number of requests an hour, 0 for no limit, or null"),
            ),
            (None, _) => fields.problem(
                "rate_limits",
                "has one of send, upload, status, list, manage",
            ),
        }
    }
    limits
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
        let wrong = br#"{"name": 1, "time_zone": "Mars/Olympus", "allowed_countries": ["US", "XX"], "country": "Mars", "rate_limits": {"send": -1}, "sending": []}"#;
        let error = read(wrong).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(
            fields,
            [
                "allowed_countries",
                "country",
                "name",
                "rate_limits",
                "sending",
                "time_zone"
            ]
        );
    }
}
