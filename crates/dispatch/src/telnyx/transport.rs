//! The port, kept for Telnyx.

use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{CallOrder, CarrierAttempt, Fence, Pace, Placed, Probe, Transport};
use faxgate_lifecycle::Core;
use faxgate_telnyx::{Delivery, FaxId};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{CallUuid, Witness};
use tokio::time::sleep;

use super::search::Found;
use super::{LANE, Office, Telnyx, decline, departure};

/// How often a fax is asked for of which nothing is heard.
const ASK_EVERY: Duration = Duration::from_secs(20);

/// So many times as long, once a webhook has come for it.
const AFTER_NEWS: u32 = 3;
/// How long a cancel that was taken may need before the next.
const CANCEL_AGAIN: Duration = Duration::from_secs(10);
/// How seldom it is asked in the end while it cannot be.
const AWAY: Duration = Duration::from_secs(30);

#[async_trait]
impl Transport for Telnyx {
    fn name(&self) -> &str {
        LANE
    }

    /// The account does not restart; it only cannot be reached for a while, or wants to be left alone.
    fn core(&self) -> Option<String> {
        self.office.rest.is_over().then(|| LANE.to_owned())
    }

    fn witness(&self) -> Option<Witness> {
        Some(Witness::Carrier)
    }

    /// Asking is all there is where webhooks stay away.
    fn pace(&self) -> Pace {
        let ask_every = self.office.config.settle.min(ASK_EVERY);
        Pace {
            ask_every,
            after_news: ask_every * AFTER_NEWS,
            kill_again: CANCEL_AGAIN,
            away: AWAY,
        }
    }

    async fn place(&self, order: &CallOrder) -> Placed {
        let office = &self.office;
        let fax = match office.order(order).await {
            Ok(fax) => fax,
            Err(placed) => return placed,
        };
        let pages = order.total_pages.saturating_sub(order.start_page);
        let ambient = office.app.ambient().clone();
        let gate = departure::gate(ambient, order.send_by, &fax.media, pages);
        let asked = office.rest.ask();
        let sent = office.client.faxes().send_if(&fax, gate).await;
        office.rest.learn(asked, &sent);
        let error = match sent {
            Ok(fax) => {
                failpoint::reach(Failpoint::AfterReply);
                office.note(order.attempt, fax.id.as_str()).await;
                return Placed::Accepted;
            }
            Err(error) => error,
        };
        match error.delivery() {
            Delivery::NotSent => Placed::NotSent(error.to_string()),
            Delivery::Refused => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error, call = %order.call,
                    "telnyx refused the fax: {error}"
                );
                Placed::Declined {
                    reason: decline::reason(&error),
                    wait: error.retry_after().unwrap_or_default(),
                }
            }
            Delivery::Unclear => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error, call = %order.call,
                    "telnyx may have taken the fax: {error}"
                );
                Placed::Unclear
            }
        }
    }

    async fn kill(&self, call: CallUuid) -> bool {
        let office = &self.office;
        if !office.rest.is_over() {
            return false;
        }
        let Some(attempt) = office.attempt(call).await else {
            return false;
        };
        let id = match &attempt.carrier_id {
            Some(id) => FaxId::new(id.as_str()),
            None => match office.search(&attempt).await {
                Found::Fax(fax) => fax.id,
                Found::Nothing | Found::Doubtful | Found::Unclear => return false,
            },
        };
        let asked = office.rest.ask();
        let canceled = office.client.faxes().cancel(&id).await;
        office.rest.learn(asked, &canceled);
        match canceled {
            Ok(()) => true,
            // It is at its end, or gone: asking for it tells how it ended.
            Err(error) if matches!(error.status(), Some(404 | 409 | 422)) => true,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "telnyx was asked to cancel a fax: {error}");
                false
            }
        }
    }

    async fn probe(&self, call: CallUuid, _core: &str) -> Probe {
        if !self.office.rest.is_over() {
            return Probe::Unreachable;
        }
        match self.office.attempt(call).await {
            Some(attempt) => self.office.look_up(&attempt).await,
            None => Probe::Unreachable,
        }
    }

    /// Nothing can take the fax's place at Telnyx. But no order leaves after its deadline; so what is not listed long after it,
    /// twice, was never taken.
    async fn fence(&self, call: CallUuid, _core: &str) -> Fence {
        let office = &self.office;
        let Some(attempt) = office.attempt(call).await else {
            return Fence::Unreachable;
        };
        let settle = office.config.settle;
        let may_leave_until = attempt.send_by + office.may_take(attempt.pages);
        let may_arrive_until = may_leave_until + settle;
        loop {
            let left = may_arrive_until.since(office.app.now());
            if left.is_zero() {
                break;
            }
            if left > settle {
                // A document may still be on its way. Meanwhile the call hears what comes.
                return Fence::Unreachable;
            }
            sleep(left).await;
        }
        for wait in [settle, Duration::ZERO] {
            if !office.rest.is_over() {
                return Fence::Unreachable;
            }
            match office.search(&attempt).await {
                Found::Fax(_) => return Fence::Refused,
                Found::Doubtful | Found::Unclear => return Fence::Unreachable,
                Found::Nothing => sleep(wait).await,
            }
        }
        // An event may have come where the list was silent.
        match office.app.told_of_attempt(attempt.id).await {
            Ok(None) => {}
            Ok(Some(told)) => {
                if let Some(fax) = told.fax {
                    office.note(attempt.id, &fax).await;
                }
                return Fence::Refused;
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error, %call,
                    "what telnyx told of call {call} cannot be looked up"
                );
                return Fence::Unreachable;
            }
        }
        match office.attempt(call).await {
            Some(attempt) if attempt.carrier_id.is_none() => Fence::Taken(Core::Same),
            Some(_) => Fence::Refused,
            None => Fence::Unreachable,
        }
    }

    async fn forget(&self, call: CallUuid) {
        if let Some(attempt) = self.office.attempt(call).await {
            self.office.drop_document(&attempt).await;
        }
    }
}

impl Office {
    /// The attempt behind a call; `None` when it cannot be looked up now.
    pub(super) async fn attempt(&self, call: CallUuid) -> Option<CarrierAttempt> {
        match self.app.carrier_attempt(call).await {
            Ok(attempt) => attempt.map(|attempt| CarrierAttempt {
                carrier_id: attempt.carrier_id.or_else(|| self.ids.of(attempt.id)),
                ..attempt
            }),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "the call {call} cannot be looked up");
                None
            }
        }
    }

    /// Nobody fetches it any more.
    pub(super) async fn drop_document(&self, attempt: &CarrierAttempt) {
        let dropped = self.app.forget_carrier_document(attempt.tenant, attempt.id);
        if let Err(error) = dropped.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error, call = %attempt.call,
                "the document that telnyx fetched cannot be removed"
            );
        }
    }
}
