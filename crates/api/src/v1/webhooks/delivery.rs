//! `GET /api/v1/webhooks/{webhook}/deliveries/{delivery}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::DeliveryDetailBody;
use super::{asker, named, named_delivery};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A delivery
///
/// With what is sent, and each try: status, the beginning of the answer, how long it took, what went wrong.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook}/deliveries/{delivery}",
    tag = "webhooks out",
    operation_id = "get_webhook_delivery",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
    ),
    responses(
        (status = 200, description = "The delivery.", body = Envelope<DeliveryDetailBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such delivery, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn delivery(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let (id, delivery) = (named(&request)?, named_delivery(&request)?);
        let asker = asker(caller);
        let found = api.app.webhook_delivery(&asker, id, delivery).await?;
        Ok(one(StatusCode::OK, DeliveryDetailBody::from(found)))
    })
    .await
}
