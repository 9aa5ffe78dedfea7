//! `/api/v1/auth/api-keys`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Caller, Error, MadeKey, NewKey};
use faxgate_types::{Right, Rights, TokenId};

use super::model::{KeyBody, MadeKeyBody, NewKeyBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, Paging, Range, answering, listed, one};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/auth/api-keys";

/// Make an API key
///
/// The answer has the key itself, this once. A key with scopes does nothing else; one of this tenant only is good nowhere else, and
/// makes nobody an operator. A key that is held to scopes, to a tenant or to a time makes none that may do more.
#[utoipa::path(
    post,
    path = "/api/v1/auth/api-keys",
    tag = "auth",
    operation_id = "create_api_key",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),),
    request_body = NewKeyBody,
    responses(
        (status = 201, description = "The key.", body = Envelope<MadeKeyBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 409, description = "The user has 200 keys that work, beside those that logins made; or the Idempotency-Key was used for another request, or is in use right now.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Keys, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&caller, &body.bytes)?;
        let key = once::key_to_secrets(&caller, &request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |made: &MadeKey| {
            MadeKeyBody::from(made)
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.create_key(&caller, new, once).await
        })
        .await
    })
    .await
}

/// List my API keys
///
/// Those that are not revoked, oldest first; without the keys themselves, which are not kept.
#[utoipa::path(
    get,
    path = "/api/v1/auth/api-keys",
    tag = "auth",
    operation_id = "list_api_keys",
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of them.", body = Envelope<Vec<KeyBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Keys, async |caller| {
        let range = Range::read(&Parameters::of(&request)?)?;
        let page = api.app.keys(&caller, range.limit, range.offset).await?;
        let paging = Paging::of(range, page.total, page.keys.len());
        let keys: Vec<KeyBody> = page.keys.into_iter().map(Into::into).collect();
        Ok(listed(keys, Some(paging)))
    })
    .await
}

/// Get an API key
///
/// Without the key itself.
#[utoipa::path(
    get,
    path = "/api/v1/auth/api-keys/{key}",
    tag = "auth",
    operation_id = "get_api_key",
    params(("key" = String, Path, description = "The key's id.")),
    responses(
        (status = 200, description = "The key.", body = Envelope<KeyBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "The user has no key with this id.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Keys, async |caller| {
        let key = api.app.key_of(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, KeyBody::from(key)))
    })
    .await
}

/// Revoke an API key
///
/// It stops working at once.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/api-keys/{key}",
    tag = "auth",
    operation_id = "revoke_api_key",
    params(("key" = String, Path, description = "The key's id.")),
    responses(
        (status = 204, description = "It is revoked."),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "The user has no key with this id.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn revoke(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Keys, async |caller| {
        api.app.revoke_key(&caller, named(&request)?).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}

/// The key that the path names.
pub(super) fn named(request: &HttpRequest) -> Result<TokenId, Error> {
    let id = request.match_info().query("key").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_KEY", "you have no key with this id"))
}

fn read(caller: &Caller, body: &[u8]) -> Result<NewKey, Error> {
    const SCOPES: &str = "the scopes, such as [\"fax:read\"]";
    let mut fields = json::object(body)?;
    let label = fields.text("label", 200, "what the key is for");
    let mut rights = caller.user.rights;
    if let Some(words) = fields.texts("scopes", SCOPES) {
        let read: Result<Vec<Right>, _> = words.iter().map(|word| word.parse()).collect();
        match read {
            Ok(read) if read.is_empty() => {
                fields.problem("scopes", "must name one at least, or be left out");
            }
            Ok(read) => rights = read.into_iter().collect::<Rights>(),
            Err(error) => {
                let known: Vec<_> = Right::ALL.iter().map(|right| right.as_str()).collect();
                fields.problem("scopes", format!("{error}: {}", known.join(", ")));
            }
        }
    }
    let tenant = fields.flag("this_tenant_only").then_some(caller.tenant.id);
    let expires_at = fields.time("expires_at");
    fields.finish()?;
    Ok(NewKey {
        label,
        rights,
        tenant,
        expires_at,
        from_login: false,
    })
}
