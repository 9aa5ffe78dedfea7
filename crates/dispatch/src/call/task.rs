//! The task behind a call: when it breaks, a fresh one takes the call over.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{Granted, Open, panic_reason};
use faxgate_db::items::Item;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{ASK_AGAIN, Desk, dial};
use crate::lane::Lane;

const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where a task begins.
pub(crate) enum Start {
    /// With an item that was claimed.
    Dial(Box<Granted>),
    /// With a call that was written down before.
    Adopt(Box<Open>),
}

impl Start {
    fn item(&self) -> &Item {
        match self {
            Self::Dial(granted) => &granted.item,
            Self::Adopt(open) => &open.item,
        }
    }
}

/// Starts the task of a call. From now on the floor holds its item, until the call is over.
pub(crate) fn begin(desk: &Arc<Desk>, lane: &Arc<Lane>, start: Start) {
    // Nobody may begin: the item goes back when its lease lapses, or with those that are handed back.
    let Some(seat) = desk.floor.take(start.item().id) else {
        return;
    };
    let (number, cancel) = (seat.number(), seat.cancel());
    let channel = lane.begin();
    let (task_desk, lane) = (Arc::clone(desk), Arc::clone(lane));
    let task = tokio::spawn(async move {
        keep(&task_desk, &lane, start, cancel).await;
        drop(channel);
        drop(seat);
        task_desk.freed.notify_one();
    });
    desk.floor.staffed(number, task.abort_handle());
}

/// Sees to it that somebody watches the call until it is over.
async fn keep(desk: &Arc<Desk>, lane: &Arc<Lane>, start: Start, cancel: watch::Receiver<bool>) {
    let item = start.item().clone();
    let mut start = start;
    let mut wait = ASK_AGAIN;
    loop {
        // Ends with this function, also when it is dropped half-way.
        let mut task = JoinSet::new();
        let (task_desk, task_lane) = (Arc::clone(desk), Arc::clone(lane));
        match start {
            Start::Dial(granted) => {
                task.spawn(dial::dial(task_desk, task_lane, *granted, cancel.clone()))
            }
            Start::Adopt(open) => {
                task.spawn(dial::adopt(task_desk, task_lane, *open, cancel.clone()))
            }
        };
        let Some(Err(broken)) = task.join_next().await else {
            return;
        };
        tracing::error!(
            item = %item.id, fax = %item.fax_id, reason = panic_reason(broken),
            "a call's task broke; another takes its call over in {} s", wait.as_secs()
        );
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        start = match found(desk, &item).await {
            Some(open) => Start::Adopt(Box::new(open)),
            None => return,
        };
    }
}

/// What a task that broke has left behind; if it had not come to an intent, its claim goes back.
async fn found(desk: &Desk, item: &Item) -> Option<Open> {
    loop {
        let found = match desk.app.open_attempt(item).await {
            Ok(None) => desk.app.unclaim(item, ASK_AGAIN).await.map(|()| None),
            found => found,
        };
        match found {
            Ok(found) => return found,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, item = %item.id, "what a broken task left cannot be looked up");
                sleep(ASK_AGAIN).await;
            }
        }
    }
}
