//! `POST /api/v1/broadcasts/{broadcast}/recipients/presign` and `PUT /api/v1/uploads/recipients/{tenant}/{broadcast}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{
    AddRecipients, Caller, Error, Once, RecipientSheet, RecipientsLink, SomeRecipient,
};
use faxgate_types::Timestamp;

use super::model::{AddedRecipientsBody, RecipientsLinkBody};
use super::named;
use crate::api::Api;
use crate::error::body::EnvelopeErrorBody;
use crate::error::{Scope, render};
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};
use crate::v1::sheet::{self, CsvBody};

/// Ask for a link for recipients
///
/// A signed link, good for an hour, to which a table of recipients is put without a token, by whoever it is handed to.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/recipients/presign",
    tag = "broadcasts",
    operation_id = "presign_recipients",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The link, good for an hour.", body = Envelope<RecipientsLinkBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it: it has started.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn presign(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        make(&request, &api, &caller).await
    })
    .await
}

pub(super) async fn make(
    request: &HttpRequest,
    api: &Api,
    caller: &Caller,
) -> Result<HttpResponse, Error> {
    let link = api.app.recipients_link(caller, named(request)?).await?;
    let RecipientsLink {
        broadcast,
        tenant,
        user,
        expires,
        signature,
    } = link;
    let path = format!(
        "/api/v1/uploads/recipients/{tenant}/{broadcast}?user={user}&exp={expires}&sig={signature}"
    );
    let known = request.connection_info();
    let expires_at = Timestamp::from_unix_micros(expires.saturating_mul(1_000_000));
    let body = RecipientsLinkBody {
        method: "PUT",
        url: format!("{}://{}{path}", known.scheme(), known.host()),
        path,
        content_type: "text/csv",
        expires_at: expires_at.map(|at| at.to_seconds()).unwrap_or_default(),
    };
    Ok(one(StatusCode::OK, body))
}

/// Put recipients to a link
///
/// The table goes to the broadcast that the link was made for, as if whoever asked for the link had added it. No token.
#[utoipa::path(
    put,
    path = "/api/v1/uploads/recipients/{tenant}/{broadcast}",
    tag = "broadcasts",
    operation_id = "put_recipients",
    security(()),
    params(
        ("tenant" = Uuid, Path, description = "As the link has it."),
        ("broadcast" = Uuid, Path, description = "As the link has it."),
        ("user" = Option<Uuid>, Query, description = "As the link has it."),
        ("exp" = Option<i64>, Query, description = "When the link stops to work, in seconds since 1970."),
        ("sig" = Option<String>, Query, description = "HMAC-SHA256 of all that, in hex."),
        ("on_error" = Option<String>, Query, description = "`skip`: wrong lines are left out and told of; `refuse`: one of them is enough to take in nothing. `skip` unless said otherwise."),
        ("dry_run" = Option<bool>, Query, description = "`true`: only say what would happen."),
    ),
    request_body(content((CsvBody = "text/csv"))),
    responses(
        (status = 200, description = "What came of it, with every wrong line.", body = Envelope<AddedRecipientsBody>),
        (status = 400, description = "It is no table of fax numbers, or there are too many; with `on_error=refuse` also when a line is wrong.", body = EnvelopeErrorBody),
        (status = 403, description = "The link is forged or too old, or whoever asked for it may not send any more.", body = EnvelopeErrorBody),
        (status = 404, description = "The broadcast is gone.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast has started.", body = EnvelopeErrorBody),
        (status = 413, description = "The table is too large.", body = EnvelopeErrorBody),
        (status = 503, description = "Too much is coming in at once; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    match take(&request, payload, &api).await {
        Ok(response) => response,
        Err(error) => render(Scope::V1, error),
    }
}

async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<HttpResponse, Error> {
    let parameters = Parameters::of(request)?;
    let text = |name| parameters.text(name).unwrap_or_default().to_owned();
    let link = RecipientsLink {
        broadcast: named(request)?,
        tenant: request.match_info().query("tenant").to_owned(),
        user: text("user"),
        expires: text("exp").parse().unwrap_or(0),
        signature: text("sig"),
    };
    // Nothing of the body is read before that.
    let caller = api.app.who_linked(&link).await?;
    let manner = sheet::manner(&parameters)?;
    let sheet = sheet::read(request, payload, api).await?;
    let add = AddRecipients {
        some: SomeRecipient {
            sheet: Some(RecipientSheet {
                file: sheet.bytes.clone(),
                all_or_nothing: manner.all_or_nothing,
                dry_run: manner.dry_run,
            }),
            ..SomeRecipient::default()
        },
        once: Once::default(),
    };
    let added = api.app.add_recipients(&caller, link.broadcast, add).await?;
    Ok(one(StatusCode::OK, AddedRecipientsBody::from(added)))
}
