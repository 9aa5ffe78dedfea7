//! Requests with an idempotency key: carried out once, answered alike.
//!
//! ```text
//! api.enter(&request, Scope::V1, Counted::Things, async |caller| {
//!     let body = json::read(request.headers(), payload, &api.room).await?;
//!     let wanted = read(&body.bytes)?;
//!     let key = once::key(&request, &body.bytes)?;
//!     let answer = envelope::answering(StatusCode::CREATED, ThingBody::from);
//!     api.once(&caller, "POST /api/v1/things", key, answer, async |once| {
//!         api.app.create_thing(&caller, wanted, once).await
//!     })
//!     .await
//! })
//! ```

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::{Answer, Caller, Error, Idempotency, Once, Reserved};
use serde::Serialize;

use crate::api::Api;
use crate::extract::headers;

/// On an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

impl Api {
    /// Carries a request out once under its key, if it has one.
    ///
    /// `endpoint` is part of the key, and stays the same for ever: `POST /api/v1/things`. `answer` says how what `work` gives is
    /// answered. A `work` that creates something calls [`Once::complete`] in the transaction of its effect; where doing it twice
    /// does no harm, it need not, and the answer is kept afterwards.
    pub(crate) async fn once<T, W>(
        &self,
        caller: &Caller,
        endpoint: &'static str,
        key: Option<Idempotency>,
        answer: impl Fn(&T) -> Answer + Clone + Send + Sync + 'static,
        work: W,
    ) -> Result<HttpResponse, Error>
    where
        W: AsyncFnOnce(Once<T>) -> Result<T, Error>,
    {
        let answered = self.carry_out(caller, endpoint, key, answer, work).await?;
        Ok(answered.respond())
    }

    /// As [`Api::once`], for endpoints that have something to add to the answer.
    pub(crate) async fn carry_out<T, W>(
        &self,
        caller: &Caller,
        endpoint: &'static str,
        key: Option<Idempotency>,
        answer: impl Fn(&T) -> Answer + Clone + Send + Sync + 'static,
        work: W,
    ) -> Result<Answered, Error>
    where
        W: AsyncFnOnce(Once<T>) -> Result<T, Error>,
    {
        let reservation = match self.app.reserve(caller, endpoint, key).await? {
            Reserved::New(reservation) => reservation,
            Reserved::Before(answer) => {
                return Ok(Answered {
                    answer,
                    replayed: true,
                });
            }
        };
        match work(reservation.answering(answer.clone())).await {
            Ok(done) => {
                let answer = answer(&done);
                if !reservation.is_settled() {
                    reservation.keep(&answer).await;
                }
                Ok(Answered {
                    answer,
                    replayed: false,
                })
            }
            Err(error) => {
                reservation.give_back().await;
                Err(error)
            }
        }
    }
}

/// How a request is answered.
pub(crate) struct Answered {
    /// The answer.
    pub(crate) answer: Answer,
    /// Whether it was given before.
    replayed: bool,
}

impl Answered {
    /// The answer, to be sent.
    pub(crate) fn respond(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.answer.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        response.insert_header(ContentType::json());
        if self.replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        response.body(self.answer.body)
    }
}

/// The request's idempotency key. Two requests are the same when path, query and body are.
///
/// # Errors
/// `BAD_HEADER`.
pub(crate) fn key(request: &HttpRequest, body: &[u8]) -> Result<Option<Idempotency>, Error> {
    let path = request.path().trim_end_matches('/');
    key_of(
        request,
        &[path.as_bytes(), request.query_string().as_bytes(), body],
    )
}

/// As [`key`], for a request that is answered with a secret: it is the same only when what is shown with it may do the same. A narrow key
/// of the same user's must not get the answer that a wide one got.
///
/// # Errors
/// `BAD_HEADER`.
pub(crate) fn key_to_secrets(
    caller: &Caller,
    request: &HttpRequest,
    body: &[u8],
) -> Result<Option<Idempotency>, Error> {
    let path = request.path().trim_end_matches('/');
    let user = &caller.user;
    let (tenant, ends_at) = (user.bound_to, user.ends_at);
    let may = format!("{} {} {tenant:?} {ends_at:?}", caller.role, user.rights);
    key_of(
        request,
        &[
            path.as_bytes(),
            request.query_string().as_bytes(),
            body,
            may.as_bytes(),
        ],
    )
}

/// The request's idempotency key. Two requests are the same when all of `parts` are.
///
/// # Errors
/// `BAD_HEADER`.
pub(crate) fn key_of(request: &HttpRequest, parts: &[&[u8]]) -> Result<Option<Idempotency>, Error> {
    let key = headers::idempotency_key(request.headers())?;
    Ok(key.map(|key| Idempotency::of(key, parts)))
}

/// Answers with a status and a body that is made of what was done.
pub(crate) fn answering<T, B: Serialize>(
    status: StatusCode,
    body: impl Fn(&T) -> B + Clone + Send + Sync + 'static,
) -> impl Fn(&T) -> Answer + Clone + Send + Sync + 'static {
    move |done| json(status, &body(done))
}

/// An answer with this body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    Answer {
        status: status.as_u16(),
        // Bodies are made of strings, numbers and maps of them: there is nothing in them that JSON cannot hold.
        body: serde_json::to_string(body).unwrap_or_default(),
    }
}
