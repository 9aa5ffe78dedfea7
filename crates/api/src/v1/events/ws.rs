//! `GET /api/v1/events/ws`

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session};
use faxgate_core::{Error, PublicEvent};
use serde::Deserialize;
use tokio::time::timeout;

use super::pump::{self, Opened};
use super::stream::{enter, open};
use super::wire::{End, Gone, Wire};
use crate::api::Api;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;

/// The one message that a client may send is short.
const LARGEST_MESSAGE: usize = 4096;
/// How long the message may take that a stream is to begin with.
const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// Heartbeats in a row that a client may leave unanswered.
const MOST_UNANSWERED: u32 = 2;
/// Close codes of our own (RFC 6455, 7.4.2).
const UNAUTHENTICATED: u16 = 4401;
const NO_SUCH_EVENT: u16 = 4404;
const BEGIN: &[(&str, bool)] = &[("message", true), ("now", false)];

/// Stream events over a WebSocket
///
/// The same stream as `/api/v1/events/stream`, one event a text message, as JSON. Browsers show a ticket: `?ticket=…`. Begins behind
/// the event that `last_event_id` names, or now; with `begin=message` it waits for a first message that says so:
/// `{"last_event_id": "evt_…"}`, or `{}`. A ping comes every 15 seconds and wants its pong. The gateway closes with 1001 when it
/// stops, 1008 for a message that it does not expect, 1011 when it cannot read the events, 4401 when the token is revoked or
/// expires, 4404 when the tenant has no event with the id of the first message.
#[utoipa::path(
    get,
    path = "/api/v1/events/ws",
    tag = "events",
    operation_id = "stream_events_by_websocket",
    params(
        ("last_event_id" = Option<String>, Query, description = "The id of the last event that was seen."),
        ("begin" = Option<String>, Query, description = "`message`: the first message says where to begin; else `now`."),
        ("types" = Option<String>, Query, description = "Types, separated by commas: only those."),
        ("ticket" = Option<String>, Query, description = "A ticket, in place of a token."),
    ),
    responses(
        (status = 101, description = "From here on a WebSocket (RFC 6455)."),
        (status = 400, description = "The request opens no WebSocket, or a parameter is wrong.", body = EnvelopeErrorBody),
        (status = 401, description = "The token or the ticket is missing, wrong, expired or used.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the key has not the scope `events`.", body = EnvelopeErrorBody),
        (status = 404, description = "The tenant has no event with this id.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn ws(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    enter(&request, &api, async |caller| {
        let waits = Parameters::of(&request)?.word("begin", BEGIN)?;
        let opened = open(&request, &api, caller).await?;
        let (response, session, messages) =
            actix_ws::handle(&request, payload).map_err(|error| {
                Error::bad_input(
                    "NOT_A_WEBSOCKET",
                    format!("this is for WebSockets: {error}"),
                )
            })?;
        let messages = messages
            .max_frame_size(LARGEST_MESSAGE)
            .aggregate_continuations()
            .max_continuation_size(LARGEST_MESSAGE);
        let socket = Socket {
            session,
            messages,
            unanswered: 0,
        };
        actix_web::rt::spawn(run(opened, socket, waits.unwrap_or(false)));
        Ok(response)
    })
    .await
}

async fn run(mut opened: Opened, mut socket: Socket, waits: bool) {
    if waits {
        // The client's seat is held until this returns: it must, whatever the client does.
        let (hangup, patience) = (opened.hangup.clone(), opened.api.options.stream_patience);
        let begin = match timeout(FIRST_MESSAGE, socket.first()).await {
            Ok(Ok(begin)) => begin,
            Ok(Err(Some(end))) => return hangup.unless_ended(patience, socket.end(end)).await,
            Ok(Err(None)) => return,
            Err(_) => {
                let late = End::Protocol("the first message did not come");
                return hangup.unless_ended(patience, socket.end(late)).await;
            }
        };
        if let Some(id) = begin.last_event_id
            && let Err(error) = opened.events.begin_behind(&id).await
        {
            let unknown = socket.close(CloseCode::Other(NO_SUCH_EVENT), &error.message);
            return hangup.unless_ended(patience, unknown).await;
        }
    }
    pump::run(opened, socket).await;
}

/// The message that a stream may begin with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    #[serde(default)]
    last_event_id: Option<String>,
}

/// Both directions of a WebSocket.
struct Socket {
    session: Session,
    messages: AggregatedMessageStream,
    /// Heartbeats since the client was heard.
    unanswered: u32,
}

impl Socket {
    /// The first message; or why there is none, `None`: the client is gone.
    async fn first(&mut self) -> Result<Begin, Option<End>> {
        const FORM: &str = "the first message is {\"last_event_id\": \"evt_…\"}, or {}";
        loop {
            match self.messages.recv().await {
                Some(Ok(AggregatedMessage::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|_| Some(End::Protocol(FORM)));
                }
                Some(Ok(AggregatedMessage::Ping(bytes))) => {
                    self.session.pong(&bytes).await.map_err(|_| None)?;
                }
                Some(Ok(AggregatedMessage::Pong(_))) => {}
                Some(Ok(AggregatedMessage::Binary(_))) => return Err(Some(End::Protocol(FORM))),
                Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => return Err(None),
            }
        }
    }

    async fn close(self, code: CloseCode, reason: &str) {
        // A reason has at most 123 bytes (RFC 6455, 5.5).
        let short: String = reason.chars().take(100).filter(char::is_ascii).collect();
        let reason = CloseReason {
            code,
            description: Some(short),
        };
        let _ = self.session.close(Some(reason)).await;
    }
}

impl Wire for Socket {
    async fn event(&mut self, event: &PublicEvent) -> Result<(), Gone> {
        // The event is made of strings and maps: there is nothing in it that JSON cannot hold.
        let text = serde_json::to_string(event).unwrap_or_default();
        self.session.text(text).await.map_err(|_| Gone)
    }

    async fn heartbeat(&mut self) -> Result<(), Gone> {
        if self.unanswered >= MOST_UNANSWERED {
            return Err(Gone);
        }
        self.unanswered += 1;
        self.session.ping(b"").await.map_err(|_| Gone)
    }

    async fn over(&mut self) -> Result<End, Gone> {
        loop {
            let message = self.messages.recv().await;
            self.unanswered = 0;
            match message {
                Some(Ok(AggregatedMessage::Ping(bytes))) => {
                    self.session.pong(&bytes).await.map_err(|_| Gone)?;
                }
                Some(Ok(AggregatedMessage::Pong(_))) => {}
                Some(Ok(AggregatedMessage::Text(_) | AggregatedMessage::Binary(_))) => {
                    return Ok(End::Protocol("this stream takes no messages"));
                }
                Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => return Err(Gone),
            }
        }
    }

    async fn end(self, end: End) {
        let code = match end {
            End::Stopping => CloseCode::Away,
            End::Forbidden => CloseCode::Other(UNAUTHENTICATED),
            End::Trouble => CloseCode::Error,
            End::Protocol(_) => CloseCode::Policy,
        };
        self.close(code, end.reason()).await;
    }
}
