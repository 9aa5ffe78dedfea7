//! `GET /api/v1/mail/intake`

use actix_web::{HttpRequest, HttpResponse, web};

use super::asker;
use super::model::ReceivedBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List mail to fax
///
/// Messages of senders whom the tenant knows, newest first, with the faxes they became or why they were refused.
#[utoipa::path(
    get,
    path = "/api/v1/mail/intake",
    tag = "mail",
    operation_id = "list_mail_intake",
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of messages.", body = Envelope<Vec<ReceivedBody>>),
        (status = 400, description = "A parameter is wrong.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Mail, async |caller| {
        let range = Range::read(&Parameters::of(&request)?)?;
        let asker = asker(&caller);
        let page = api
            .app
            .mail_intake(&asker, &caller.tenant, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let messages: Vec<ReceivedBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(messages, Some(paging)))
    })
    .await
}
