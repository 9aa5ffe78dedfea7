//! `POST /api/v1/routes`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, LanesKnown, NewRoute, RouteRule};

use super::model::{NewRouteBody, RouteBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};
use crate::v1::tenants::asker;

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/routes";

/// Add a rule about lines
///
/// What waits goes by it at once. For operators.
#[utoipa::path(
    post,
    path = "/api/v1/routes",
    tag = "tenants",
    operation_id = "add_route",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewRouteBody,
    responses(
        (status = 201, description = "The rule.", body = Envelope<RouteBody>),
        (status = 400, description = "The body is no JSON object, a field is wrong, or there is no such line.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request, or is in use right now.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(
            StatusCode::CREATED,
            |(rule, _): &(RouteRule, LanesKnown)| RouteBody::from(rule.clone()),
        );
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.add_route(&asker(&caller), new, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<NewRoute, Error> {
    const WHAT: &str = "names of lines, best first, such as [\"on-net\", \"telnyx\"]";
    let mut fields = json::object(body)?;
    if !fields.has("lanes") {
        fields.problem("lanes", format!("is required: {WHAT}"));
    }
    let lanes = fields.texts("lanes", WHAT).unwrap_or_default();
    let tenant = fields.optional_text("tenant", 63, "a tenant's slug");
    let prefix = fields.optional_text("prefix", 16, "the digits that a number begins with");
    let position = fields.count("position");
    fields.finish()?;
    Ok(NewRoute {
        tenant,
        prefix: prefix.unwrap_or_default(),
        lanes: lanes.join(","),
        position,
        configured: Vec::new(),
    })
}
