//! The HTTP side: connections, bounds, faults, and what every answer carries.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::account::Account;
use super::answer::{self, Answer};
use super::api::{self, Asked};
use super::faults::Trouble;
use super::seen::Request;
use super::{control, links};

/// A request body: a document at its limit, and the form around it.
const MAX_BODY: usize = 64 << 20;

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
enum Silence {
    /// On purpose.
    #[error("closed without an answer, as asked")]
    AsAsked,
    #[error("the answer cannot be written")]
    Answer(#[from] hyper::http::Error),
    /// The double has ended meanwhile.
    #[error("the double has ended")]
    Ended,
}

/// A body, or the half of one.
type Body = http_body_util::Either<Full<Bytes>, Torn>;

/// Accepts connections until the task is stopped.
pub(super) async fn serve(account: Arc<Account>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                account.spawn(converse(Arc::clone(&account), stream));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn converse(account: Arc<Account>, stream: TcpStream) {
    let service = service_fn(|request| respond(Arc::clone(&account), request));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn respond(
    account: Arc<Account>,
    request: hyper::Request<Incoming>,
) -> Result<Response<Body>, Silence> {
    let asked = match read(request).await {
        Ok(asked) => asked,
        Err(answer) => return Ok(written(answer)?),
    };
    if let Some(token) = asked.path.strip_prefix("/_media/") {
        return Ok(written(linked(&account, token))?);
    }
    if asked.path.starts_with("/_double/") {
        return Ok(written(control::answer(&account, asked).await)?);
    }
    let seen = account.state().asked(Request {
        time: account.now(),
        method: asked.method.clone(),
        target: asked.target.clone(),
        status: None,
    });
    account.tell();
    let trouble = account.faults.take(&asked.method, &asked.path);
    let response = match trouble {
        Some(trouble) => troubled(&account, asked, trouble).await?,
        None => written(carried_out(&account, asked).await?)?,
    };
    let status = response.status().as_u16();
    account.state().answered(seen, status);
    account.tell();
    Ok(response)
}

async fn troubled(
    account: &Arc<Account>,
    asked: Asked,
    trouble: Trouble,
) -> Result<Response<Body>, Silence> {
    let answer = match trouble {
        Trouble::RateLimited { retry_after } => {
            let answer = answer::too_many();
            match retry_after {
                Some(seconds) => answer.with("retry-after", seconds.to_string()),
                None => answer,
            }
        }
        Trouble::Refused { status, code } => {
            let code = code.as_deref().unwrap_or("10007");
            Answer::error(
                status,
                code,
                "Unexpected error",
                "An unexpected error occurred.",
            )
        }
        Trouble::Closed => return Err(Silence::AsAsked),
        Trouble::AnswerLost => {
            carried_out(account, asked).await?;
            return Err(Silence::AsAsked);
        }
        Trouble::AnswerLate { millis } => {
            let answer = carried_out(account, asked).await?;
            tokio::time::sleep(Duration::from_millis(millis)).await;
            answer
        }
        Trouble::AnswerWrong { status } => {
            carried_out(account, asked).await?;
            Answer::error(
                status,
                "10007",
                "Unexpected error",
                "An unexpected error occurred.",
            )
        }
        Trouble::AnswerTorn => {
            let answer = carried_out(account, asked).await?;
            return Ok(torn(answer)?);
        }
        Trouble::Slow { millis } => {
            let (done, answer) = oneshot::channel();
            let on = Arc::clone(account);
            account.spawn(async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                // Whoever asked may have gone.
                let _ = done.send(api::answer(&on, asked).await);
            });
            answer.await.map_err(|_| Silence::Ended)?
        }
    };
    Ok(written(answer)?)
}

/// Carries a request out in a task of its own: a client that hangs up does not stop it half-way.
async fn carried_out(account: &Arc<Account>, asked: Asked) -> Result<Answer, Silence> {
    let (done, answer) = oneshot::channel();
    let on = Arc::clone(account);
    account.spawn(async move {
        // Whoever asked may have gone.
        let _ = done.send(api::answer(&on, asked).await);
    });
    answer.await.map_err(|_| Silence::Ended)
}

/// The document behind a link, without a key, as long as the link lives.
fn linked(account: &Account, token: &str) -> Answer {
    let state = account.state();
    let fax = state.links.follow(token, account.now());
    let document = fax
        .and_then(|id| state.faxes.get(id))
        .and_then(|fax| fax.document.clone());
    match document {
        Some(document) => links::handed_out(document),
        None => links::expired(),
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Asked, Answer> {
    let (head, body) = request.into_parts();
    let field = |name: header::HeaderName| {
        let value = head.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => {
            return Err(Answer::error(
                413,
                "10015",
                "Payload too large",
                "The request is larger than 64 MiB, or broke off.",
            ));
        }
    };
    let query = head.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes());
    Ok(Asked {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().trim_end_matches('/').to_owned(),
        target: head.uri.to_string(),
        query: query.into_owned().collect(),
        content_type: field(header::CONTENT_TYPE).unwrap_or_default(),
        authorization: field(header::AUTHORIZATION),
        body,
    })
}

fn written(answer: Answer) -> Result<Response<Body>, hyper::http::Error> {
    let body = http_body_util::Either::Left(Full::new(answer.body.clone()));
    head(&answer)?.body(body)
}

/// The length of the whole, and half of it.
fn torn(answer: Answer) -> Result<Response<Body>, hyper::http::Error> {
    let length = answer.body.len();
    let half = answer.body.slice(..length / 2);
    head(&answer)?
        .header(header::CONTENT_LENGTH, length)
        .body(http_body_util::Either::Right(Torn::Half(half)))
}

fn head(answer: &Answer) -> Result<hyper::http::response::Builder, hyper::http::Error> {
    let status = StatusCode::from_u16(answer.status)?;
    let mut response = Response::builder().status(status);
    if !answer.body.is_empty() {
        response = response.header(header::CONTENT_TYPE, answer.content_type);
    }
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    Ok(response)
}

/// A body that breaks off.
#[derive(Debug)]
enum Torn {
    Half(Bytes),
    /// Once: what is ready must leave before the connection is found broken.
    Leaving,
    Off,
}

impl hyper::body::Body for Torn {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match std::mem::replace(&mut *self, Self::Off) {
            Self::Half(half) => {
                *self = Self::Leaving;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            Self::Leaving => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Off => Poll::Ready(None),
        }
    }
}
