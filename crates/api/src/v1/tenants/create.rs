//! `POST /api/v1/tenants`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, NewTenant, Tenant};
use faxgate_types::{Country, TimeZone};

use super::asker;
use super::model::{NewTenantBody, TenantBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/tenants";

/// Add a tenant
///
/// For operators.
#[utoipa::path(
    post,
    path = "/api/v1/tenants",
    tag = "tenants",
    operation_id = "create_tenant",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewTenantBody,
    responses(
        (status = 201, description = "The tenant.", body = Envelope<TenantBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 409, description = "The slug is taken; or the Idempotency-Key was used for another request, or is in use right now.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |tenant: &Tenant| {
            TenantBody::from(tenant.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.create_tenant(&asker(&caller), new, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<NewTenant, Error> {
    let mut fields = json::object(body)?;
    let slug = fields.text("slug", 63, "the tenant's short name, such as \"clinic\"");
    let name = fields.optional_text("name", 200, "the tenant's name on paper");
    let country = fields.word::<Country>("country", "the countries in two letters, such as \"US\"");
    let time_zone =
        fields.word::<TimeZone>("time_zone", "the IANA names, such as \"America/New_York\"");
    fields.finish()?;
    Ok(NewTenant {
        slug,
        name,
        country: match country {
            Some(country) => country,
            None => "US".parse().map_err(Error::internal)?,
        },
        time_zone: time_zone.unwrap_or(TimeZone::UTC),
    })
}
