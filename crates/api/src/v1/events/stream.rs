//! `GET /api/v1/events/stream`

use actix_web::http::header::{CACHE_CONTROL, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use faxgate_core::{Caller, Error, PublicEvent};
use futures_util::stream;
use tokio::sync::mpsc;

use super::hangup::Hangup;
use super::pump::{self, Opened};
use super::query;
use super::wire::{End, Gone, Wire};
use crate::api::Api;
use crate::error::body::EnvelopeErrorBody;
use crate::error::{Scope, render};
use crate::extract::query::Parameters;
use crate::limits::Counted;

/// Frames that wait for the socket.
const AHEAD: usize = 16;
/// Browsers connect again after so many milliseconds.
const RETRY: &str = "retry: 3000\n\n";
const NO_BUFFER: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Stream events
///
/// What happens in the tenant, as server-sent events (HTML, 9.2): `id` is the event's id, `event` its type, `data` the event as
/// `GET /api/v1/events` has it, in one line. Begins behind the event that `Last-Event-ID` or `last_event_id` names, or now; none is
/// left out and none comes twice. A comment comes every 15 seconds. The stream ends when the token is revoked or expires, when the
/// gateway stops, and when the client does not read for 30 seconds: connect again with the last id.
#[utoipa::path(
    get,
    path = "/api/v1/events/stream",
    tag = "events",
    operation_id = "stream_events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen."),
        ("last_event_id" = Option<String>, Query, description = "The same, where no header can be sent."),
        ("types" = Option<String>, Query, description = "Types, separated by commas: only those."),
        ("ticket" = Option<String>, Query, description = "A ticket, in place of a token."),
    ),
    responses(
        (status = 200, description = "Events, as they happen.", body = String, content_type = "text/event-stream"),
        (status = 401, description = "The token or the ticket is missing, wrong, expired or used.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the key has not the scope `events`.", body = EnvelopeErrorBody),
        (status = 404, description = "The tenant has no event with this id.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn stream(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    enter(&request, &api, async |caller| {
        let opened = open(&request, &api, caller).await?;
        let (to, from) = mpsc::channel(AHEAD);
        // There is room in a new channel.
        let _ = to.try_send(Bytes::from_static(RETRY.as_bytes()));
        let hangup = opened.hangup.clone();
        actix_web::rt::spawn(pump::run(opened, Frames { to, hangup }));
        let body = stream::unfold(from, async |mut from: mpsc::Receiver<Bytes>| {
            let frame = from.recv().await?;
            Some((Ok::<_, Error>(frame), from))
        });
        Ok(HttpResponse::Ok()
            .content_type("text/event-stream")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((NO_BUFFER, "no"))
            .streaming(Box::pin(body)))
    })
    .await
}

/// Lets a stream in by its ticket, or by a token as any other request.
pub(super) async fn enter<F>(request: &HttpRequest, api: &Api, endpoint: F) -> HttpResponse
where
    F: AsyncFnOnce(Caller) -> Result<HttpResponse, Error>,
{
    let ticket = match Parameters::of(request) {
        Ok(parameters) => parameters.text("ticket").map(str::to_owned),
        Err(error) => return render(Scope::V1, error),
    };
    let Some(ticket) = ticket else {
        return api
            .enter(request, Scope::V1, Counted::Events, endpoint)
            .await;
    };
    match api.app.take_event_ticket(&ticket).await {
        Ok(caller) => {
            let user = caller.user.id;
            api.serve(
                request,
                Scope::V1,
                Counted::Events,
                user,
                Ok(caller),
                endpoint,
            )
            .await
        }
        Err(error) => render(Scope::V1, error),
    }
}

/// Takes a seat, and finds where to begin.
pub(super) async fn open(
    request: &HttpRequest,
    api: &web::Data<Api>,
    caller: Caller,
) -> Result<Opened, Error> {
    let parameters = Parameters::of(request)?;
    let types = query::types(&parameters)?;
    let after = query::last_event_id(request, &parameters)?;
    let seat = api.seats.take(caller.user.id)?;
    let events = api
        .app
        .stream_events(&caller, after.as_deref(), types)
        .await?;
    Ok(Opened {
        api: api.clone(),
        caller,
        events,
        seat,
        hangup: Hangup::of(request),
    })
}

/// Frames of server-sent events, on their way into the answer's body.
struct Frames {
    to: mpsc::Sender<Bytes>,
    hangup: Hangup,
}

impl Frames {
    async fn put(&self, frame: String) -> Result<(), Gone> {
        self.to.send(frame.into()).await.map_err(|_| Gone)
    }
}

impl Wire for Frames {
    async fn event(&mut self, event: &PublicEvent) -> Result<(), Gone> {
        self.put(frame(event)).await
    }

    async fn heartbeat(&mut self) -> Result<(), Gone> {
        self.put(": \n\n".to_owned()).await
    }

    async fn over(&mut self) -> Result<End, Gone> {
        tokio::select! {
            () = self.to.closed() => {}
            () = self.hangup.gone() => {}
        }
        Err(Gone)
    }

    async fn end(self, end: End) {
        let _ = self.put(format!(": {}\n\n", end.reason())).await;
    }
}

/// An event as a frame. JSON has no line breaks, and neither has an id or a type.
fn frame(event: &PublicEvent) -> String {
    // The event is made of strings and maps: there is nothing in it that JSON cannot hold.
    let data = serde_json::to_string(event).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.kind)
}
