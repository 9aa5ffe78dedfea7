//! From FreeSWITCH's events to evidence.

use std::borrow::Cow;

use faxgate_core::{App, CallEvent, Notice as Reception};
use faxgate_esl::{Event, JobOutcome, Notice, Notices};
use faxgate_lifecycle::Evidence;
use faxgate_types::{CallUuid, HangupCause};

use super::fields::{self, Fields};
use crate::switchboard::Switchboard;

impl Fields for Event {
    fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        Event::variable(self, name)
    }
}

/// Follows one FreeSWITCH until its link ends.
pub(super) async fn follow(lane: String, app: App, switchboard: Switchboard, mut notices: Notices) {
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
                switchboard.doubt(&lane);
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
                switchboard.doubt(&lane);
            }
            Notice::Event(event) => heard(&app, &switchboard, &event),
            _ => {}
        }
    }
}

fn heard(app: &App, switchboard: &Switchboard, event: &Event) {
    if event.name() == "CHANNEL_HANGUP_COMPLETE" && fields::is_reception(event) {
        receive(app, event);
    } else if let Some(seen) = evidence(event) {
        switchboard.deliver(seen);
    }
}

/// The fast path of an inbound fax. If the notice cannot be stored now, the CDR brings it again.
fn receive(app: &App, event: &Event) {
    let Some(uuid) = event.unique_id() else {
        return;
    };
    let notice = fields::reception(
        event,
        &uuid.to_string(),
        event.get("Caller-Caller-ID-Number"),
        event.get("Caller-Destination-Number"),
    );
    let app = app.clone();
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
        "CHANNEL_HANGUP_COMPLETE" => Evidence::HungUp(fields::hang_up(event)),
        "CUSTOM" => match event.subclass()?.as_ref() {
            "spandsp::txfaxnegociateresult" => Evidence::Negotiated,
            "spandsp::txfaxpageresult" => Evidence::Page {
                transferred: header(event, "fax-document-transferred-pages")?,
            },
            "spandsp::txfaxresult" => Evidence::Result(fields::fax_result(&Headers(event))?),
            _ => return None,
        },
        _ => return None,
    };
    Some(CallEvent {
        call: CallUuid::from_uuid(event.unique_id()?),
        by: seen.usual_witness(),
        evidence: seen,
        seconds: seconds(event),
        remote_station_id: fields::station(
            event
                .get("fax-remote-station-id")
                .or_else(|| event.variable("fax_remote_station_id")),
        ),
    })
}

/// The variables that an event of `spandsp` repeats as headers of its own: `fax_success` as `fax-success`.
struct Headers<'a>(&'a Event);

impl Fields for Headers<'_> {
    fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(&name.replace('_', "-"))
    }
}

fn header(event: &Event, name: &str) -> Option<u32> {
    event.get(name)?.trim().parse().ok()
}

/// Seconds since the answer, on FreeSWITCH's own clock.
fn seconds(event: &Event) -> Option<u32> {
    if let Some(billed) = fields::number(event, "billsec") {
        return Some(billed);
    }
    let answered: u64 = event.get("Caller-Channel-Answered-Time")?.parse().ok()?;
    let micros = event.timestamp_micros()?.checked_sub(answered)?;
    (answered > 0).then(|| u32::try_from(micros.div_ceil(1_000_000)).unwrap_or(u32::MAX))
}
