//! `GET /api/v1/mail/outbox`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_types::MailState;

use super::asker;
use super::model::MessageBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

const STATES: &[(&str, MailState)] = &[
    ("waiting", MailState::Waiting),
    ("sending", MailState::Sending),
    ("sent", MailState::Sent),
    ("failed", MailState::Failed),
];

/// List messages
///
/// What was sent, waits, or was given up, with what the mail server said; newest first. Kept for a month after its end.
#[utoipa::path(
    get,
    path = "/api/v1/mail/outbox",
    tag = "mail",
    operation_id = "list_mail",
    params(
        ("status" = Option<String>, Query, description = "Only these: waiting, sending, sent, failed."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of messages.", body = Envelope<Vec<MessageBody>>),
        (status = 400, description = "A parameter is wrong.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Mail, async |caller| {
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let state = parameters.word("status", STATES)?;
        let asker = asker(&caller);
        let page = api
            .app
            .mail_outbox(&asker, &caller.tenant, state, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let messages: Vec<MessageBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(messages, Some(paging)))
    })
    .await
}
