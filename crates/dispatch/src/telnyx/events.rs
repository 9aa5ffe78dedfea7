//! What Telnyx tells by webhook, handed to whoever watches the fax.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{CallEvent, CarrierEvent, Kind, Result};
use faxgate_types::{Outcome, Witness};
use tokio::time::timeout;

use super::{LANE, Office};

/// How often to look, when nobody says that there is something.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Events that are read in one go.
const AT_ONCE: u32 = 1000;

/// Hands events on as they come. Never ends.
pub(super) async fn follow(office: Arc<Office>) {
    loop {
        let came = office.app.carrier_event_came();
        office.write_ids().await;
        if let Err(error) = round(&office).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "events of telnyx cannot be read"
            );
        }
        let _ = timeout(LOOK_EVERY, came).await;
    }
}

/// Hands on what waits. Order is no matter: a call only moves forward, and ends once. What is of no use now, or cannot be
/// handed on, keeps nothing behind it waiting.
async fn round(office: &Office) -> Result<()> {
    let mut after = None;
    loop {
        let page = office
            .app
            .waiting_carrier_events(LANE, after.as_ref(), AT_ONCE)
            .await?;
        for event in &page.events {
            match take(office, event).await {
                // Nothing can be done for the others either.
                Err(error) if error.kind == Kind::Unavailable => return Err(error),
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    event = event.id,
                    kind = event.kind,
                    "the event {} of telnyx cannot be made use of",
                    event.id
                ),
                Ok(()) => {}
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn take(office: &Office, event: &CarrierEvent) -> Result<()> {
    if hand_on(office, event).await? {
        office.app.use_carrier_event(event).await?;
    }
    Ok(())
}

/// Whether nothing more can come of the event here.
async fn hand_on(office: &Office, event: &CarrierEvent) -> Result<bool> {
    let Some(evidence) = event.evidence() else {
        return Ok(true);
    };
    let app = &office.app;
    let attempt = match app.call_of_carrier_event(event).await? {
        Some(call) => app.carrier_attempt(call).await?,
        None => None,
    };
    let Some(attempt) = attempt else {
        tracing::info!(
            event = event.id,
            telnyx_fax = event.fax,
            kind = event.kind,
            "telnyx tells of a fax that is not ours"
        );
        return Ok(true);
    };
    if let (Some(id), None) = (&event.fax, &attempt.carrier_id) {
        office.note(attempt.id, id).await;
    }
    let told = CallEvent {
        call: attempt.call,
        evidence,
        by: Witness::Carrier,
        seconds: event.call_duration_secs,
        remote_station_id: None,
    };
    if !attempt.settled {
        // Else it is another node's to watch, or somebody's who takes it over.
        return Ok(office.switchboard.deliver(told));
    }
    match attempt.outcome {
        Some(Outcome::NeverDialled) => {
            tracing::warn!(
                call = %attempt.call, telnyx_fax = event.fax, event = event.id, kind = event.kind,
                "telnyx tells by {} of a fax that counts as never taken", event.kind
            );
        }
        Some(Outcome::Unknown) if event.is_the_end() => {}
        _ => return Ok(true),
    }
    app.resolve_carrier_call(told).await?;
    if event.is_the_end() {
        office.drop_document(&attempt).await;
    }
    Ok(true)
}
