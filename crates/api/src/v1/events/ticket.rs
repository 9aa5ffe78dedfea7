//! `POST /api/v1/events/tickets`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::TicketBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Get a ticket
///
/// Opens one stream of the tenant's events within 30 seconds, on any node, where no `Authorization` can be sent: a browser's
/// `EventSource` and `WebSocket`. The stream ends when the token that asked for the ticket does.
#[utoipa::path(
    post,
    path = "/api/v1/events/tickets",
    tag = "events",
    operation_id = "get_event_ticket",
    responses(
        (status = 201, description = "The ticket.", body = Envelope<TicketBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the key has not the scope `events`.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Events, async |caller| {
        let ticket = api.app.event_ticket(&caller).await?;
        Ok(one(StatusCode::CREATED, TicketBody::from(ticket)))
    })
    .await
}
