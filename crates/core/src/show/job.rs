//! One fax to one recipient, with its calls: what the job API shows.

use faxgate_db::attempts::{self, Attempt};
use faxgate_db::{carrier_events, events, faxes, items};
use faxgate_types::{
    AttemptPhase, CallUuid, Direction, FaxId, FaxStatus, ItemState, Outcome, Timestamp,
};

use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

/// A fax to one recipient.
#[derive(Clone, Debug)]
pub struct Job {
    /// The fax.
    pub id: FaxId,
    /// Its status.
    pub status: FaxStatus,
    /// How its recipient stands.
    pub state: ItemState,
    /// Whether it is being stopped.
    pub cancel_requested: bool,
    /// The recipient.
    pub destination: String,
    /// Pages of the document.
    pub pages: u32,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When nothing more would happen.
    pub completed_at: Option<Timestamp>,
    /// Why the last call failed.
    pub error: Option<String>,
    /// Its calls, in order.
    pub calls: Vec<JobCall>,
    /// What happened, in order.
    pub events: Vec<JobEvent>,
}

/// A call of a job.
#[derive(Clone, Debug)]
pub struct JobCall {
    /// Counted from 1.
    pub number: u32,
    /// The line it goes over.
    pub lane: String,
    /// The call's own id.
    pub uuid: CallUuid,
    /// The carrier's id of the fax, once it is known; `None` for a call of FreeSWITCH's.
    pub carrier_id: Option<String>,
    /// How far it has come.
    pub phase: AttemptPhase,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The carrier's word, or the hang-up cause, for why it failed.
    pub cause: Option<String>,
    /// Pages through so far, those of earlier calls included.
    pub confirmed: u32,
    /// What the carrier told of it by webhook.
    pub told: Vec<CarrierStep>,
}

/// Something that a carrier told of a fax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierStep {
    /// The carrier's word: `fax.queued`.
    pub kind: String,
    /// When, by the carrier's clock; where it does not say, when it told.
    pub at: Timestamp,
}

/// Something that happened to a job.
#[derive(Clone, Debug)]
pub struct JobEvent {
    /// When.
    pub at: Timestamp,
    /// What, as a word.
    pub kind: String,
    /// Which call, if one; counted from 1.
    pub call: Option<u32>,
    /// What, as a sentence.
    pub text: String,
}

impl App {
    /// One fax to one recipient, with its calls.
    ///
    /// # Errors
    /// `NOT_FOUND`, alike for one that does not exist, another tenant's, one that came in, and one to several recipients.
    pub async fn job(&self, caller: &Caller, id: FaxId) -> Result<Job> {
        let tenant = caller.tenant.id;
        let none = || Error::not_found("NOT_FOUND", "Fax job not found");
        let mut tx = self.db.read(tenant).await?;
        let fax = faxes::find(&mut tx, tenant, id).await?.ok_or_else(none)?;
        let mut items = items::of_fax(&mut tx, tenant, id).await?;
        let item = items.pop().filter(|_| items.is_empty()).ok_or_else(none)?;
        if fax.direction == Direction::Inbound {
            return Err(none());
        }
        let attempts = attempts::of_item(&mut tx, tenant, item.id).await?;
        let events = events::of_fax(&mut tx, tenant, id).await?;
        tx.commit().await?;
        let mut calls: Vec<JobCall> = attempts.into_iter().map(call).collect();
        self.add_what_carriers_told(&mut calls).await?;
        let event = |event: events::Event| JobEvent {
            at: event.at,
            kind: event.kind,
            call: event.attempt,
            text: event.text,
        };
        let ended = item.state.is_final();
        Ok(Job {
            id,
            status: fax.status,
            state: item.state,
            cancel_requested: item.cancel_requested,
            destination: fax.recipient_number,
            pages: u32::try_from(fax.pages).unwrap_or(0),
            created_at: fax.created_at,
            completed_at: ended.then(|| item.processed_at.unwrap_or(fax.updated_at)),
            error: item.error.or(fax.error),
            calls,
            events: events.into_iter().map(event).collect(),
        })
    }

    async fn add_what_carriers_told(&self, calls: &mut [JobCall]) -> Result<()> {
        if calls.iter().all(|call| call.carrier_id.is_none()) {
            return Ok(());
        }
        let mut tx = self.db.system_read("what a carrier told of a fax").await?;
        for call in calls {
            let Some(id) = &call.carrier_id else { continue };
            for event in carrier_events::of_fax(&mut tx, id).await? {
                call.told.push(CarrierStep {
                    kind: event.kind,
                    at: event.occurred_at.unwrap_or(event.received_at),
                });
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

fn call(attempt: Attempt) -> JobCall {
    let whole = |number| u32::try_from(number).unwrap_or(0);
    JobCall {
        number: whole(attempt.number),
        lane: attempt.lane,
        uuid: attempt.call_uuid,
        carrier_id: attempt.carrier_id,
        phase: attempt.phase,
        outcome: attempt.outcome,
        cause: attempt.cause,
        confirmed: whole(attempt.start_page) + whole(attempt.transferred),
        told: Vec::new(),
    }
}
