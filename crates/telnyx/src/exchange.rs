//! One request and its answer, and repeating those that may be repeated.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::body::{Gate, Holder, Outgoing, Progress};
use crate::client::Client;
use crate::error::{ApiError, Delivery, Error, Kind, Refusal};
use crate::limit;
use crate::request::Request;

/// Asked before each piece of a body leaves.
pub(crate) type Ask = Arc<dyn Fn() -> bool + Send + Sync>;

/// Reasons beyond these are dropped.
const MOST_ERRORS: usize = 16;

/// The wrapper of every answer.
#[derive(Deserialize)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

/// An answer of success, read whole.
pub(crate) struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl Answer {
    /// The answer as a `T`. One that cannot be read leaves it unclear what was done.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::new(Kind::Unreadable(self.status, error), Delivery::Unclear))
    }

    /// What the answer's `data` holds.
    pub(crate) fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(self.read::<Data<T>>()?.data)
    }
}

impl Client {
    /// Asks; waits and asks again where that is safe.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Error> {
        if !request.repeatable {
            return self.ask_once(&request, None).await;
        }
        let retries = &self.inner.retries;
        let mut failures = 0;
        loop {
            let closed = self.inner.limiter.wait(Instant::now());
            if !closed.is_zero() {
                sleep(closed.min(retries.longest)).await;
            }
            let error = match self.ask_once(&request, None).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !may_pass(&error) {
                return Err(error);
            }
            let Some(delay) = retries.delay(failures, error.retry_after()) else {
                return Err(error);
            };
            failures += 1;
            sleep(delay).await;
        }
    }

    /// Asks for something that may not be there: 404 is `None`.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<Option<T>, Error> {
        match self.ask(request).await {
            Ok(answer) => answer.data().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Has something removed: `false` when it was not there (404).
    pub(crate) async fn remove(&self, request: Request) -> Result<bool, Error> {
        match self.ask(request).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Asks exactly once, at once.
    pub(crate) async fn ask_once(
        &self,
        request: &Request,
        ask: Option<Ask>,
    ) -> Result<Answer, Error> {
        let mut building = self
            .inner
            .http
            .request(request.method.clone(), request.url.clone())
            .timeout(self.inner.timeout + request.longer);
        let holder = request.content.as_ref().map(|_| Holder(Gate::new(ask)));
        if let (Some(content), Some(holder)) = (&request.content, &holder) {
            let body = Outgoing::new(content.pieces.iter().cloned(), holder.0.clone());
            building = building
                .header(CONTENT_TYPE, &content.media_type)
                .body(reqwest::Body::wrap(body));
        }
        let building = building
            .build()
            .map_err(without_url)
            .map_err(Kind::Request)?;

        match self.inner.http.execute(building).await {
            Ok(response) => self.receive(response, holder).await,
            Err(error) => Err(not_answered(without_url(error), holder)),
        }
    }

    async fn receive(&self, response: Response, holder: Option<Holder>) -> Result<Answer, Error> {
        let status = response.status();
        let headers = response.headers().clone();
        self.inner.limiter.observe(&headers, Instant::now());

        let body = read(response, self.inner.max_answer_bytes).await;
        if status.is_success() {
            return match body {
                Ok(body) => Ok(Answer { status, body }),
                Err(kind) => Err(Error::new(kind, Delivery::Unclear)),
            };
        }
        let refusal = Refusal {
            status,
            errors: body.map(|body| reasons(&body)).unwrap_or_default(),
            retry_after: asked_to_wait(status, &headers),
        };
        let delivery = if status.is_client_error() {
            Delivery::Refused
        } else {
            // An answer may come before the body has left: then the rest stays here.
            delivery(holder.map(|holder| holder.0.withdraw()))
        };
        Err(Error::new(Kind::Status(refusal), delivery))
    }
}

fn asked_to_wait(status: StatusCode, headers: &HeaderMap) -> Option<std::time::Duration> {
    let for_now = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    for_now.then(|| limit::retry_after(headers)).flatten()
}

/// Whether the same request may succeed in a moment.
fn may_pass(error: &Error) -> bool {
    match error.kind() {
        Kind::Connect(_) | Kind::Broken(_) => !error.is_timeout(),
        Kind::Status(refusal) => {
            refusal.status == StatusCode::TOO_MANY_REQUESTS || refusal.status.is_server_error()
        }
        _ => false,
    }
}

/// What is known of a request with a body that came this far; without a body, it may have arrived.
fn delivery(progress: Option<Progress>) -> Delivery {
    match progress {
        Some(Progress::Held | Progress::Barred | Progress::Withdrawn) => Delivery::NotSent,
        Some(Progress::Gone) | None => Delivery::Unclear,
    }
}

fn not_answered(error: reqwest::Error, holder: Option<Holder>) -> Error {
    let progress = holder.map(|holder| holder.0.withdraw());
    if progress == Some(Progress::Barred) {
        return Kind::Gate.into();
    }
    if error.is_connect() {
        return Kind::Connect(error).into();
    }
    if error.is_builder() {
        return Kind::Request(error).into();
    }
    let kind = if error.is_timeout() {
        Kind::Timeout(error)
    } else {
        Kind::Broken(error)
    };
    Error::new(kind, delivery(progress))
}

/// Addresses may hold numbers of people: the path and the query are left out of errors.
fn without_url(error: reqwest::Error) -> reqwest::Error {
    error.without_url()
}

/// Reads a body of `most` bytes at most.
async fn read(mut response: Response, most: usize) -> Result<Bytes, Kind> {
    let status = response.status();
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await.map_err(without_url) {
            Ok(Some(chunk)) if chunk.len() > most - body.len() => {
                return Err(Kind::TooLarge(status, most));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) if error.is_timeout() => return Err(Kind::Timeout(error)),
            Err(error) => return Err(Kind::Broken(error)),
        }
    }
}

/// Telnyx' reasons in a body that may hold anything.
fn reasons(body: &[u8]) -> Vec<ApiError> {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(body) else {
        return Vec::new();
    };
    let Some(Value::Array(errors)) = answer.remove("errors") else {
        return Vec::new();
    };
    errors
        .into_iter()
        .take(MOST_ERRORS)
        .filter_map(|error| serde_json::from_value(error).ok())
        .collect()
}
