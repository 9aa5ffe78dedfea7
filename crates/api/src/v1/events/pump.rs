//! From the log to a client, until one of them ends.

use std::pin::pin;
use std::time::Duration;

use actix_web::web;
use faxgate_core::{Caller, EventStream, Kind};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::hangup::Hangup;
use super::seats::Seat;
use super::wire::{End, Gone, Wire};
use crate::api::Api;

/// A stream that was let in.
pub(super) struct Opened {
    pub(super) api: web::Data<Api>,
    pub(super) caller: Caller,
    pub(super) events: EventStream,
    pub(super) seat: Seat,
    pub(super) hangup: Hangup,
}

/// Writes events as they happen, and a heartbeat now and then, at which it is asked whether the client is still let in. A client that
/// does not read for a while is cut off.
pub(super) async fn run(mut opened: Opened, mut wire: impl Wire) {
    let options = &opened.api.options;
    let (beat, patience) = (options.stream_heartbeat, options.stream_patience);
    let ended = serve(&mut opened, &mut wire, beat, patience).await;
    let Opened { hangup, seat, .. } = opened;
    match ended {
        Ok(end) => hangup.unless_ended(patience, wire.end(end)).await,
        Err(Stalled::Gone) => {}
        Err(Stalled::NotReading) => {
            tracing::info!("a stream of events is ended: its client does not read");
            hangup.now();
        }
    }
    drop(seat);
}

enum Stalled {
    Gone,
    NotReading,
}

impl From<Gone> for Stalled {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

async fn serve(
    opened: &mut Opened,
    wire: &mut impl Wire,
    beat: Duration,
    patience: Duration,
) -> Result<End, Stalled> {
    let mut beats = interval_at(Instant::now() + beat, beat);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let Opened {
        api,
        caller,
        events,
        ..
    } = opened;
    loop {
        let mut next = pin!(events.next());
        let event = loop {
            tokio::select! {
                event = &mut next => break event,
                end = wire.over() => return Ok(end?),
                _ = beats.tick() => {
                    if let Err(error) = api.app.still_let_in(caller).await
                        && matches!(error.kind, Kind::Unauthenticated | Kind::Forbidden)
                    {
                        return Ok(End::Forbidden);
                    }
                    in_time(patience, wire.heartbeat()).await?;
                }
            }
        };
        match event {
            Ok(Some(event)) => in_time(patience, wire.event(&event)).await?,
            Ok(None) => return Ok(End::Stopping),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a stream of events is ended: the log cannot be read"
                );
                return Ok(End::Trouble);
            }
        }
    }
}

async fn in_time(
    patience: Duration,
    write: impl Future<Output = Result<(), Gone>>,
) -> Result<(), Stalled> {
    match timeout(patience, write).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(Stalled::NotReading),
    }
}
