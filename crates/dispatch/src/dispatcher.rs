//! Brings waiting items and free lines together, from the start of a node to its end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{App, Open};
use faxgate_types::Timestamp;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::call::{self, Desk, Start};
use crate::floor::Floor;
use crate::lane::Lane;
use crate::scribe::Scribe;
use crate::settings::Settings;
use crate::switchboard::Switchboard;

/// Claims what is due, one task a call, and keeps the claims alive.
pub struct Dispatcher {
    pub(crate) desk: Arc<Desk>,
    pub(crate) lanes: Arc<[Arc<Lane>]>,
    pub(crate) started_at: Timestamp,
    /// Held while claimed items are on their way to the floor, and while calls are taken over.
    pub(crate) counter: Mutex<()>,
    /// Held while leases are renewed.
    pub(crate) pen: Mutex<()>,
}

impl Dispatcher {
    /// A dispatcher for these lines. `switchboard` is the one that their transports report to. Once `stopping` is true no
    /// call begins any more.
    #[must_use]
    pub fn new(
        app: App,
        switchboard: Switchboard,
        lanes: Vec<Lane>,
        settings: Settings,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            started_at: app.now(),
            counter: Mutex::new(()),
            pen: Mutex::new(()),
            desk: Arc::new(Desk {
                app,
                switchboard,
                settings,
                scribe: Scribe::new(),
                floor: Floor::default(),
                freed: Notify::new(),
                stopping,
            }),
            lanes: lanes.into_iter().map(Arc::new).collect(),
        }
    }

    /// Works until it is told to stop; then claims nothing more, lets calls in flight end for at most `drain` (cancels are
    /// still passed on), and hands back the rest for others to take over at once. When `lost` resolves, another process has
    /// this node's name and with it everything that was ours: it all ends where it stands.
    pub async fn run(self, drain: Duration, lost: impl Future<Output = ()>) {
        tokio::pin!(lost);
        let this = Arc::new(self);
        let (desk, app) = (&this.desk, &this.desk.app);
        let mut stopping = desk.stopping.clone();
        // Ends with this function: until then leases are renewed, cancels passed on, and steps written.
        let mut tasks = JoinSet::new();
        let scribe = {
            let (app, switchboard, scribe) =
                (app.clone(), desk.switchboard.clone(), desk.scribe.clone());
            move || scribe.clone().write(app.clone(), switchboard.clone())
        };
        tasks.spawn(keep(app, "progress of calls", scribe));
        tokio::select! {
            () = this.resume() => {}
            () = told(&mut stopping) => {}
            () = &mut lost => return,
        }
        let task = Arc::clone(&this);
        tasks.spawn(keep(app, "heartbeat", move || Arc::clone(&task).beat()));
        let task = Arc::clone(&this);
        tasks.spawn(keep(app, "take-overs", move || {
            Arc::clone(&task).look_for_orphans()
        }));
        let task = Arc::clone(&this);
        tasks.spawn(keep(app, "cancels", move || {
            Arc::clone(&task).pass_on_cancels()
        }));
        let task = Arc::clone(&this);
        tasks.spawn(keep(app, "claims", move || Arc::clone(&task).claims()));
        let stopped = async {
            told(&mut stopping).await;
            this.stop(drain).await;
        };
        tokio::select! {
            biased;
            () = &mut lost => {
                let calls = desk.floor.close().await;
                tracing::error!(calls = calls.len(), "this node's name is another process's now: it has our calls too");
            }
            () = stopped => {}
        }
    }

    /// Picks up where this node stopped.
    async fn resume(&self) {
        loop {
            match self.desk.app.hand_back_claims().await {
                Ok(0) => break,
                Ok(items) => {
                    tracing::info!(
                        items,
                        "put {items} items back that were claimed but not dialled before the restart"
                    );
                    break;
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the queue cannot be read; trying again"
                    );
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
        while !self.adopt().await {
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Takes over calls on our lines that nobody watches: this node's own from before a restart, and those of nodes that have
    /// stopped beating. `false`: the database could not be asked.
    pub(crate) async fn adopt(&self) -> bool {
        let desk = &self.desk;
        let lanes: Vec<_> = self.lanes.iter().map(|lane| lane.name()).collect();
        let _counter = self.counter.lock().await;
        if *desk.stopping.borrow() {
            return true;
        }
        let held = desk.floor.items();
        match desk.app.adopt(&lanes, &held, desk.settings.lease).await {
            Ok(opens) => {
                opens.into_iter().for_each(|open| self.take_over(open));
                true
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open calls cannot be taken over"
                );
                false
            }
        }
    }

    /// Ends calls on lines that no node has any more: nobody can ever be asked about them.
    pub(crate) async fn give_up_abandoned(&self) {
        let desk = &self.desk;
        let opens = match desk.app.adopt_abandoned(desk.settings.lease).await {
            Ok(opens) => opens,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "calls on lines that are gone cannot be looked for"
                );
                return;
            }
        };
        for open in opens {
            let call = open.attempt.call_uuid;
            tracing::error!(
                %call, lane = open.attempt.lane, fax = %open.attempt.fax_id,
                "call {call} was on line `{}`, which no node has any more: nobody can tell how it ended", open.attempt.lane
            );
            if let Err(error) = call::give_up(desk, &open).await {
                // Its lease lapses, and it comes again.
                tracing::error!(error = &error as &dyn std::error::Error, %call, "that cannot be written down");
            }
        }
    }

    /// Lets calls end, and hands back what has not ended.
    async fn stop(&self, drain: Duration) {
        let desk = &self.desk;
        let calls = desk.floor.len();
        tracing::info!(calls, "stopping: {calls} calls in flight may end");
        let ended = tokio::time::timeout(drain, desk.floor.emptied()).await;
        // A claim, a take-over or a heartbeat under way ends first, and none begins: what is handed over stays so.
        let _counter = self.counter.lock().await;
        let _pen = self.pen.lock().await;
        let left = desk.floor.close().await;
        if ended.is_err() {
            tracing::warn!(calls = left.len(), "{} calls go on without us", left.len());
        }
        // What was told is in the timeline before another node goes on with it.
        desk.scribe.flush().await;
        if let Err(error) = desk.app.hand_over(&left).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "what is left cannot be handed back; its leases will lapse"
            );
        }
    }

    fn take_over(&self, open: Open) {
        let lane = self
            .lanes
            .iter()
            .find(|lane| lane.name() == open.attempt.lane);
        match lane {
            Some(lane) => call::begin(&self.desk, lane, Start::Adopt(Box::new(open))),
            None => tracing::error!(
                call = %open.attempt.call_uuid, lane = open.attempt.lane,
                "call {} is on line `{}`, which is not configured here", open.attempt.call_uuid, open.attempt.lane
            ),
        }
    }
}

/// As `App::supervise`, owning what it needs.
fn keep<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    name: &'static str,
    start: impl FnMut() -> F + Send + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let app = app.clone();
    async move { app.supervise(name, start).await }
}

/// Resolves when it is told to stop, or nobody can say so any more.
pub(crate) async fn told(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
