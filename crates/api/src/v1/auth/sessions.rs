//! `/api/v1/auth/sessions`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use super::model::{EndedBody, OpenSessionBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, listed, one};

/// List my sessions
///
/// Those that are open, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/auth/sessions",
    tag = "auth",
    operation_id = "list_sessions",
    responses(
        (status = 200, description = "All of them.", body = Envelope<Vec<OpenSessionBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The key has not the scope `people`.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let sessions = api.app.sessions(&user).await?;
        let sessions: Vec<_> = sessions
            .into_iter()
            .map(|session| OpenSessionBody::new(session, &user))
            .collect();
        Ok(listed(sessions, None))
    })
    .await
}

/// End all my sessions
///
/// At once, and that of this request as well. API keys go on working.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions",
    tag = "auth",
    operation_id = "revoke_sessions",
    responses(
        (status = 200, description = "How many there were.", body = Envelope<EndedBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The key has not the scope `people`.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn revoke_all(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let sessions = api.app.end_sessions(&user).await?;
        let ended = EndedBody {
            sessions,
            api_keys: 0,
        };
        Ok(one(StatusCode::OK, ended))
    })
    .await
}

/// End one of my sessions
///
/// At once.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{session}",
    tag = "auth",
    operation_id = "revoke_session",
    params(("session" = String, Path, description = "The session's id.")),
    responses(
        (status = 204, description = "It has ended."),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "The user has no open session with this id.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn revoke(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let session = request.match_info().query("session").parse();
        let session = session.map_err(|_| {
            Error::not_found("NO_SUCH_SESSION", "you have no open session with this id")
        })?;
        api.app.end_session(&user, session).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
