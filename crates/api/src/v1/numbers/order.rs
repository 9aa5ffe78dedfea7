//! `POST /api/v1/numbers/orders`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, Once, OrderRequest, PlacedOrder};

use super::asker;
use super::model::{NewOrderBody, OrderBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/numbers/orders";

/// Order numbers
///
/// Orders numbers from the carrier, for operators; also for administrators, as many as `numbers.tenants_may_order` lets a tenant have,
/// none by default. Once this answers, the order is stored durably; the gateway places it, never twice, and follows
/// it to its end. When the carrier has delivered, the numbers are attached to the gateway's fax application and belong to the tenant.
#[utoipa::path(
    post,
    path = "/api/v1/numbers/orders",
    tag = "numbers",
    operation_id = "order_numbers",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewOrderBody,
    responses(
        (status = 202, description = "The order.", body = Envelope<OrderBody>),
        (status = 400, description = "The body is no JSON object, or a number is wrong.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the tenant would have more numbers than it may order.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
        (status = 409, description = "A number belongs to a tenant already, or is in an order that has not ended; or the Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
        (status = 503, description = "No carrier is set up, or it cannot be reached; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn order(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let wanted = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::ACCEPTED, |placed: &PlacedOrder| {
            OrderBody::from(placed.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let wanted = OrderRequest { once, ..wanted };
            api.app.order_numbers(&asker(caller.clone()), wanted).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<OrderRequest, Error> {
    const WHAT: &str = "the numbers, such as [\"+13125550100\"]";
    let mut fields = json::object(body)?;
    if !fields.has("phone_numbers") {
        fields.problem("phone_numbers", format!("is required: {WHAT}"));
    }
    let numbers = fields.texts("phone_numbers", WHAT).unwrap_or_default();
    let tenant = fields.optional_text("tenant", 63, "a tenant's slug");
    fields.finish()?;
    Ok(OrderRequest {
        numbers,
        tenant,
        once: Once::default(),
    })
}
