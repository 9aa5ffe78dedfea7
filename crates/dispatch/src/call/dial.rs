//! Placing a call: the intent first, then the command.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{CallBounds, CallOrder, Granted, Intended, Open, Placed, Prepared};
use faxgate_db::items::Item;
use faxgate_lifecycle::{Action, CarrierEnd, Evidence};
use faxgate_types::{Timestamp, Witness};
use tokio::sync::watch;
use tokio::time::sleep;

use super::{ASK_AGAIN, Call, Desk};
use crate::lane::Lane;

/// How long an item steps back while its line is tried with another.
const SIT_OUT: Duration = Duration::from_secs(30);

/// Dials a claimed item and sees the call through.
pub(super) async fn dial(
    desk: Arc<Desk>,
    lane: Arc<Lane>,
    granted: Granted,
    mut cancel: watch::Receiver<bool>,
) {
    let Granted { item, call_at } = granted;
    if !wait_for_turn(&desk, call_at, &mut cancel).await {
        return give_back(&desk, &item, ASK_AGAIN).await;
    }
    if lane.is_no_trial(&item.destination, desk.app.now()) {
        return give_back(&desk, &item, SIT_OUT).await;
    }
    let (open, order) = match intend(&desk, &lane, &item).await {
        Intent::Written(intended) => (intended.open, intended.order),
        Intent::None => return,
        Intent::InDoubt(open) => return adopt(desk, lane, *open, cancel).await,
    };
    let watch = desk.switchboard.watch(order.call, lane.transport.name());
    let mut call = Call::new(desk, lane, open, watch, cancel, false);
    let first = call.place(&order).await;
    call.see_through(first).await;
}

/// Sees a call through that was placed before this process, by another node, or by a task that broke.
pub(super) async fn adopt(
    desk: Arc<Desk>,
    lane: Arc<Lane>,
    open: Open,
    cancel: watch::Receiver<bool>,
) {
    let watch = desk
        .switchboard
        .watch(open.attempt.call_uuid, lane.transport.name());
    tracing::info!(
        call = %open.attempt.call_uuid, fax = %open.attempt.fax_id, phase = %open.attempt.phase,
        "took over call {} of fax {}", open.attempt.call_uuid, open.attempt.fax_id
    );
    let mut call = Call::new(desk, lane, open, watch, cancel, true);
    let first = call.ask().await;
    call.see_through(first).await;
}

/// Waits until the line's calls a second allow one more. `false`: no call may begin any more. A cancel ends the waiting, since
/// the intent will find it.
async fn wait_for_turn(
    desk: &Desk,
    call_at: Timestamp,
    cancel: &mut watch::Receiver<bool>,
) -> bool {
    let mut stopping = desk.stopping.clone();
    let wait = call_at.since(desk.app.now());
    tokio::select! {
        biased;
        _ = stopping.wait_for(|stopping| *stopping) => false,
        _ = cancel.wait_for(|cancel| *cancel) => true,
        () = sleep(wait) => true,
    }
}

/// Puts an item back that was claimed and is not dialled after all; if that cannot be written, its lease lapses.
async fn give_back(desk: &Desk, item: &Item, wait: Duration) {
    if let Err(error) = desk.app.unclaim(item, wait).await {
        tracing::warn!(error = &error as &dyn std::error::Error, item = %item.id, "a claim cannot be handed back; its lease will lapse");
    }
}

/// What became of an intent.
enum Intent {
    /// It is on disk: place the call.
    Written(Box<Intended>),
    /// There is none: the item is not ours to dial (any more).
    None,
    /// It is on disk, but nothing will be sent for it: only its witnesses can end it.
    InDoubt(Box<Open>),
}

/// Writes the intent; comes back only when it is certain whether it stands.
async fn intend(desk: &Desk, lane: &Lane, item: &Item) -> Intent {
    let bounds = CallBounds {
        ringing: lane.ringing,
        page: desk.settings.worst_page,
        send_within: lane.send_within(&desk.settings),
    };
    let mut in_doubt = false;
    loop {
        let written = match lane.transport.core() {
            Some(core) if !*desk.stopping.borrow() => {
                desk.app
                    .intend(item, lane.transport.name(), &core, bounds)
                    .await
            }
            // The line went down meanwhile, or we are to stop: somebody else may have one.
            _ => desk
                .app
                .unclaim(item, ASK_AGAIN)
                .await
                .map(|()| Prepared::Dropped),
        };
        match written {
            Ok(Prepared::Intended(intended)) => return Intent::Written(intended),
            Ok(Prepared::Dropped) if !in_doubt => return Intent::None,
            // An earlier try may have been committed although its answer was lost. No command has left for it.
            Ok(Prepared::Dropped) => match desk.app.open_attempt(item).await {
                Ok(Some(open)) => return Intent::InDoubt(Box::new(open)),
                Ok(None) => return Intent::None,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, item = %item.id, "an intent cannot be looked up")
                }
            },
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, item = %item.id, "an intent cannot be written");
                in_doubt = true;
            }
        }
        sleep(ASK_AGAIN).await;
    }
}

impl Call {
    /// Sends the command, unless somebody has asked to cancel between the intent and now.
    async fn place(&mut self, order: &CallOrder) -> Vec<Action> {
        if *self.cancel.borrow_and_update() {
            // Nothing has left, so there is nothing to kill.
            self.feed(Evidence::CancelRequested);
            return self.feed(Evidence::NotSent);
        }
        let placed = self.lane.transport.place(order).await;
        tracing::debug!(call = %order.call, ?placed, "placed");
        match placed {
            Placed::Accepted => self.feed_answer(Evidence::Accepted),
            Placed::Refused(reason) => {
                tracing::warn!(call = %order.call, reason, "the line refused the command");
                self.refused = true;
                self.feed(Evidence::Refused)
            }
            Placed::Declined { reason, wait } => {
                self.leave_alone = wait;
                tracing::warn!(call = %order.call, %reason, "the carrier declined the fax: {}", reason.sentence());
                self.feed_from(
                    Evidence::Carrier(CarrierEnd::Failed(reason)),
                    Witness::Reply,
                )
            }
            Placed::NotSent(reason) => {
                tracing::warn!(call = %order.call, reason, "the command was not sent");
                self.feed(Evidence::NotSent)
            }
            Placed::Impossible(reason) => {
                tracing::error!(call = %order.call, reason, "the call cannot be made: {reason}");
                self.feed(Evidence::CannotSend)
            }
            Placed::Unclear => vec![Action::Probe],
        }
    }
}
