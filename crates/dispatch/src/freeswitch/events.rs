//! From FreeSWITCH's events to evidence.

use std::borrow::Cow;

use std::sync::Arc;

use faxgate_core::{CallEvent, Notice as Reception, Variables};
use faxgate_esl::{Event, JobOutcome, Notice, Notices};
use faxgate_lifecycle::Evidence;
use faxgate_types::{CallUuid, HangupCause};
use tokio::sync::Mutex;

use super::{Office, Spool, tombs};

/// An event's variables.
struct Channel<'a>(&'a Event);

impl Variables for Channel<'_> {
    fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.variable(name)
    }
}

/// Follows one FreeSWITCH until its link ends.
pub(super) async fn follow(office: Arc<Office>, notices: Arc<Mutex<Notices>>) {
    let mut notices = notices.lock().await;
    let lane = office.config.name.as_str();
    while let Some(notice) = notices.next().await {
        match notice {
            Notice::Up {
                core_uuid,
                previous,
                ..
            } => {
                match previous {
                    Some(before) if before != core_uuid => {
                        tracing::warn!(lane, %core_uuid, "FreeSWITCH `{lane}` was restarted: calls it had are gone");
                    }
                    _ => tracing::info!(lane, %core_uuid, "connected to FreeSWITCH `{lane}`"),
                }
                office.came_up.notify_one();
                office.switchboard.doubt(lane);
            }
            Notice::Down { reason } => {
                tracing::warn!(lane, %reason, "lost FreeSWITCH `{lane}`: {reason}")
            }
            Notice::Resync { lost } => {
                tracing::warn!(
                    lane,
                    lost,
                    "events of `{lane}` were lost: asking for every open call"
                );
                office.switchboard.doubt(lane);
            }
            Notice::Event(event) => heard(&office, &event),
            _ => {}
        }
    }
}

fn heard(office: &Office, event: &Event) {
    if event.name() == "BACKGROUND_JOB" && office.fetches.done(event) {
        return;
    }
    // A fence has the UUID of the call that it keeps from being: what happens to it did not happen to the call.
    if tombs::is_of_tomb(event) {
        return;
    }
    if event.name() == "CHANNEL_HANGUP_COMPLETE" && Channel(event).is_reception() {
        receive(office, event);
    } else if let Some(seen) = evidence(event) {
        office.switchboard.deliver(seen);
    }
}

/// The fast path of an inbound fax. If the notice cannot be stored now, the CDR brings it again.
fn receive(office: &Office, event: &Event) {
    // The pages lie on a disk that we do not see: the inbound hook brings them along with its notice.
    if matches!(office.config.spool, Spool::Remote { .. }) {
        return;
    }
    let Some(uuid) = event.unique_id() else {
        return;
    };
    let mut notice = Channel(event).reception(
        &uuid.to_string(),
        event.get("Caller-Caller-ID-Number"),
        event.get("Caller-Destination-Number"),
    );
    notice.line = Some(office.config.name.clone());
    let app = office.app.clone();
    tokio::spawn(async move {
        if let Err(error) = app.receive(Reception::FreeSwitch(notice)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, call = %uuid, "an inbound fax's event cannot be stored; its CDR will be");
        }
    });
}

/// What an event tells of a call that we may have placed.
fn evidence(event: &Event) -> Option<CallEvent> {
    if event.name() == "BACKGROUND_JOB" {
        // The job has the call's uuid.
        let seen = match event.job_outcome()? {
            JobOutcome::Ok(_) => Evidence::Answered,
            JobOutcome::Err(cause) => Evidence::JobFailed(HangupCause::new(&cause)),
            _ => return None,
        };
        return Some(CallEvent {
            call: CallUuid::from_uuid(event.job_uuid()?),
            by: seen.usual_witness(),
            evidence: seen,
            seconds: None,
            remote_station_id: None,
        });
    }
    let seen = match event.name() {
        "CHANNEL_CREATE" => Evidence::Alive,
        "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA" => Evidence::Ringing,
        "CHANNEL_ANSWER" => Evidence::Answered,
        "CHANNEL_HANGUP_COMPLETE" => Evidence::HungUp(faxgate_core::hang_up(&Channel(event))),
        "CUSTOM" => match event.subclass()?.as_ref() {
            "spandsp::txfaxnegociateresult" => Evidence::Negotiated,
            "spandsp::txfaxpageresult" => Evidence::Page {
                transferred: header(event, "fax-document-transferred-pages")?,
            },
            "spandsp::txfaxresult" => Evidence::Result(faxgate_core::fax_result(&Headers(event))?),
            _ => return None,
        },
        _ => return None,
    };
    Some(CallEvent {
        call: CallUuid::from_uuid(event.unique_id()?),
        by: seen.usual_witness(),
        evidence: seen,
        seconds: seconds(event),
        remote_station_id: Headers(event)
            .station()
            .or_else(|| Channel(event).station()),
    })
}

/// The variables that an event of `spandsp` repeats as headers of its own: `fax_success` as `fax-success`.
struct Headers<'a>(&'a Event);

impl Variables for Headers<'_> {
    fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(&name.replace('_', "-"))
    }
}

fn header(event: &Event, name: &str) -> Option<u32> {
    event.get(name)?.trim().parse().ok()
}

/// Seconds since the answer, on FreeSWITCH's own clock.
fn seconds(event: &Event) -> Option<u32> {
    if let Some(billed) = Channel(event).number("billsec") {
        return Some(billed);
    }
    let answered: u64 = event.get("Caller-Channel-Answered-Time")?.parse().ok()?;
    let micros = event.timestamp_micros()?.checked_sub(answered)?;
    (answered > 0).then(|| u32::try_from(micros.div_ceil(1_000_000)).unwrap_or(u32::MAX))
}
