//! What Telnyx tells by webhook, handed to whoever watches the fax.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{CallEvent, CarrierEvent, Result};
use faxgate_types::Witness;
use tokio::time::timeout;

use super::{LANE, Office};

/// How often to look, when nobody says that there is something.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Events that are looked at in one go.
const AT_ONCE: u32 = 1000;

/// Hands events on as they come. Never ends.
pub(super) async fn follow(office: Arc<Office>) {
    loop {
        let came = office.app.carrier_event_came();
        if let Err(error) = round(&office).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "events of telnyx cannot be read"
            );
        }
        let _ = timeout(LOOK_EVERY, came).await;
    }
}

/// Hands on what waits. Order is no matter: a call only moves forward, and ends once.
pub(super) async fn round(office: &Office) -> Result<()> {
    for event in office.app.waiting_carrier_events(AT_ONCE).await? {
        if event.carrier == LANE && hand_on(office, &event).await? {
            office.app.use_carrier_event(&event).await?;
        }
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
    if let Some(id) = &event.fax {
        office.note(&attempt, id).await;
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
    if attempt.unknown && event.is_the_end() {
        app.resolve_carrier_call(told).await?;
        office.drop_document(&attempt).await;
    }
    Ok(true)
}
