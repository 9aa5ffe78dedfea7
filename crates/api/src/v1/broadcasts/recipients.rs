//! `GET` and `POST /api/v1/broadcasts/{broadcast}/recipients`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{AddRecipients, AddedRecipients, Caller, Error, RecipientSheet, SomeRecipient};

use super::model::{AddRecipientsBody, AddedRecipientsBody, RecipientBody};
use super::{named, some_recipients, state};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, Paging, Range, answering, listed};
use crate::v1::sheet::{self, CsvBody, CsvForm};

const ENDPOINT: &str = "POST /api/v1/broadcasts/{broadcast}/recipients";

/// List recipients
///
/// A broadcast's recipients, in their order, with what became of each.
#[utoipa::path(
    get,
    path = "/api/v1/broadcasts/{broadcast}/recipients",
    tag = "broadcasts",
    operation_id = "list_recipients",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("status" = Option<String>, Query, description = "Only those in this state."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
                ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of recipients.", body = Envelope<Vec<RecipientBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let state = state(&parameters)?;
        let id = named(&request)?;
        let page = api
            .app
            .recipients(&caller, id, state, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let recipients: Vec<RecipientBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(recipients, Some(paging)))
    })
    .await
}

/// Add recipients
///
/// To a broadcast that has not started: numbers, contacts and lists as JSON, or a table as the import of contacts reads it. Numbers that are
/// there already are passed over, so doing it twice does no harm.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/recipients",
    tag = "broadcasts",
    operation_id = "add_recipients",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("on_error" = Option<String>, Query, description = "`skip`: wrong lines are left out and told of; `refuse`: one of them is enough to take in nothing. `skip` unless said otherwise."),
        ("dry_run" = Option<bool>, Query, description = "`true`: only say what would happen."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body(content((AddRecipientsBody = "application/json"), (CsvBody = "text/csv"), (CsvForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "What came of it, with every wrong line.", body = Envelope<AddedRecipientsBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is neither JSON nor a table of fax numbers, a number is wrong, or there are too many; with `on_error=refuse` also when a line is wrong: details name the first hundred.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, list or contact, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it: it has started.", body = EnvelopeErrorBody),
        (status = 413, description = "The table is too large.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        take(&request, payload, &api, caller).await
    })
    .await
}

pub(super) async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
    caller: Caller,
) -> Result<HttpResponse, Error> {
    let id = named(request)?;
    let manner = sheet::manner(&Parameters::of(request)?)?;
    let (some, key) = match sheet::is_one(request)? {
        true => {
            let sheet = sheet::read(request, payload, api).await?;
            let key = once::key(request, &sheet.bytes)?;
            let some = SomeRecipient {
                sheet: Some(RecipientSheet {
                    file: sheet.bytes.clone(),
                    all_or_nothing: manner.all_or_nothing,
                    dry_run: manner.dry_run,
                }),
                ..SomeRecipient::default()
            };
            (some, key)
        }
        false => {
            let body = json::read(request.headers(), payload, &api.room).await?;
            let mut fields = json::object(&body.bytes)?;
            let some = some_recipients(&mut fields);
            fields.finish()?;
            (some?, once::key(request, &body.bytes)?)
        }
    };
    let answer = answering(StatusCode::OK, |added: &AddedRecipients| {
        AddedRecipientsBody::from(added.clone())
    });
    api.once(&caller, ENDPOINT, key, answer, async |once| {
        let add = AddRecipients { some, once };
        api.app.add_recipients(&caller, id, add).await
    })
    .await
}
