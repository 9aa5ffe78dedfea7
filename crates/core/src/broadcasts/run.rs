//! The job of a broadcast: it makes the faxes, takes in what became of them, and stops them.

use std::mem;
use std::time::Duration;

use faxgate_db::broadcasts::{self, Broadcast};
use faxgate_db::documents::{self, Document};
use faxgate_db::events::{self, Event};
use faxgate_db::renditions::{self, Rendition};
use faxgate_db::{System, Tx, Wake, jobs, retention};
use faxgate_types::{BroadcastState, JobId, RecipientState, Resolution};

use super::draw::{Drawn, ToDraw};
use super::make::CHUNK;
use super::schedule::start;
use super::{AHEAD, BroadcastRef, told};
use crate::app::App;
use crate::error::Result;
use crate::tell::facts::{Facts, end};
use crate::work::{self, Done, Lease};

/// Counts are behind by no more than this while anything of the broadcast is under way.
const TICK: Duration = Duration::from_secs(1);
/// While it is set aside and nothing is on the line.
const IDLE: Duration = Duration::from_secs(5);
/// After so many steps others have their turn.
const MOST_STEPS: u32 = 40;
/// Drawing covers takes as long as so many steps.
const DRAWING: u32 = 10;
/// So many recipients that wait are ended at once.
const ENDED_AT_ONCE: i64 = 2000;
/// So many faxes are stopped at once.
const STOPPED_AT_ONCE: i64 = 250;
/// How long the job is this node's after each step.
const LEASE: Duration = Duration::from_secs(180);

/// How a step went.
enum Step {
    /// There is more to do at once.
    Again,
    /// The pages have to be made first.
    Pages(Box<(Broadcast, Document)>),
    /// Covers have to be drawn first.
    Covers(Box<(Broadcast, Rendition, Vec<ToDraw>)>),
    /// It was the last one for now.
    Done(Done),
}

impl App {
    /// Works on a broadcast for a while.
    pub(crate) async fn run_broadcast(&self, of: BroadcastRef, lease: &Lease) -> Result<Done> {
        let mut drawn = Drawn::new();
        let mut steps = 0;
        while steps < MOST_STEPS {
            steps += 1;
            match self.step(of, lease, mem::take(&mut drawn)).await? {
                Step::Again => {}
                Step::Pages(needed) => self.make_pages_of(&needed.0, &needed.1).await?,
                Step::Covers(needed) => {
                    let (broadcast, pages, covers) = *needed;
                    steps += DRAWING;
                    drawn = self.draw(&broadcast, &pages, &covers).await?;
                }
                Step::Done(done) => return Ok(done),
            }
        }
        let mut tx = self.db.system("work on a broadcast").await?;
        jobs::put_off(&mut tx, lease.job, self.node(), self.now()).await?;
        tx.commit().await?;
        Ok(Done::Later)
    }

    /// One transaction of work: all of it happens, or nothing.
    async fn step(
        &self,
        BroadcastRef(tenant, id): BroadcastRef,
        lease: &Lease,
        mut drawn: Drawn,
    ) -> Result<Step> {
        let now = self.now();
        let mut tx = self.db.system("work on a broadcast").await?;
        if !jobs::renew(&mut tx, lease.job, self.node(), now + LEASE).await? {
            return Ok(Step::Done(Done::Nothing));
        }
        let Some(mut broadcast) = broadcasts::lock(&mut tx, tenant, id).await? else {
            jobs::finish(&mut tx, lease.job, self.node()).await?;
            tx.commit().await?;
            return Ok(Step::Done(Done::Finished));
        };
        let before = broadcast.clone();
        let mut events: Vec<Event> = Vec::new();
        let mut more = broadcasts::take_in(&mut tx, tenant, id, &mut broadcast.counts).await?;
        if broadcast.state == BroadcastState::Scheduled
            && broadcast.send_at.is_none_or(|at| at <= now)
        {
            events.push(start(&mut broadcast, now));
            more = true;
        }
        let (mut needs_pages, mut needs_covers) = (None, None);
        match broadcast.state {
            BroadcastState::Running => {
                let room = AHEAD - broadcast.counts.on_their_way();
                // A few at a time would be many transactions.
                let enough = room >= CHUNK.min(broadcast.counts.of(RecipientState::Waiting));
                if broadcast.counts.of(RecipientState::Waiting) > 0 && enough {
                    match self.pages_of(&mut tx, &broadcast).await? {
                        Pages::Made(document, pages) => {
                            let what = (&document, &pages);
                            let made = self
                                .make_some(&mut tx, &mut broadcast, what, room, &mut drawn)
                                .await?;
                            more |= made.any;
                            events.extend(made.events);
                            needs_covers =
                                (!made.to_draw.is_empty()).then_some((pages, made.to_draw));
                        }
                        Pages::ToMake(document) => needs_pages = Some(document),
                        Pages::Never => {
                            let reason = "its document is not kept any more";
                            events.push(fail(&mut broadcast, reason, now));
                            more = true;
                        }
                    }
                }
            }
            BroadcastState::Canceled | BroadcastState::Failed => {
                let (state, reason) = match broadcast.state {
                    BroadcastState::Failed => (RecipientState::Failed, broadcast.error.clone()),
                    _ => (RecipientState::Canceled, None),
                };
                let reason = reason.unwrap_or_else(|| "the broadcast was canceled".to_owned());
                let ended =
                    broadcasts::end_waiting(&mut tx, id, state, &reason, ENDED_AT_ONCE, now)
                        .await?;
                let ended = i64::try_from(ended).unwrap_or(i64::MAX);
                broadcast.counts.add(RecipientState::Waiting, -ended);
                broadcast.counts.add(state, ended);
                let stopped = self.stop_faxes(&mut tx, &broadcast, &mut events).await?;
                more |= ended > 0 || stopped;
            }
            BroadcastState::Draft
            | BroadcastState::Scheduled
            | BroadcastState::Paused
            | BroadcastState::Completed => {}
        }
        // Of recipients that get no fax, or not now.
        let left = drawn
            .into_values()
            .filter_map(|drawn| Some(drawn.ok()?.0.storage_key));
        retention::doom(&mut tx, &left.collect::<Vec<_>>(), now).await?;
        let counts = broadcast.counts;
        let all_made = counts.of(RecipientState::Waiting) == 0;
        let is_over = all_made && counts.on_their_way() == 0 && !more;
        if is_over && broadcast.state == BroadcastState::Running {
            broadcast.state = BroadcastState::Completed;
            broadcast.finished_at = Some(now);
            events.push(told(&broadcast, "completed", now));
        }
        if broadcast != before {
            broadcasts::save(&mut tx, &broadcast, now).await?;
        }
        if !events.is_empty() {
            events::append_all(&mut tx, tenant, &events).await?;
        }
        let is_at_rest = matches!(broadcast.state, BroadcastState::Draft)
            || (is_over && broadcast.state.is_final());
        let step = if let Some(document) = needs_pages {
            Step::Pages(Box::new((broadcast, document)))
        } else if let Some((pages, covers)) = needs_covers {
            Step::Covers(Box::new((broadcast, pages, covers)))
        } else if is_at_rest {
            jobs::finish(&mut tx, lease.job, self.node()).await?;
            Step::Done(Done::Finished)
        } else if more {
            Step::Again
        } else {
            let due = match broadcast.state {
                BroadcastState::Scheduled => broadcast.send_at.unwrap_or(now),
                BroadcastState::Paused if counts.of(RecipientState::Sending) == 0 => now + IDLE,
                _ => now + TICK,
            };
            jobs::put_off(&mut tx, lease.job, self.node(), due).await?;
            Step::Done(Done::Later)
        };
        tx.commit().await?;
        self.queue_changed.notify_one();
        Ok(step)
    }

    /// Stops some of a broadcast's faxes; says whether there were any.
    async fn stop_faxes(
        &self,
        tx: &mut System,
        broadcast: &Broadcast,
        events: &mut Vec<Event>,
    ) -> Result<bool> {
        let (tenant, now) = (broadcast.tenant_id, self.now());
        let stopped = broadcasts::stop_some(tx, tenant, broadcast.id, STOPPED_AT_ONCE, now).await?;
        for stopped in &stopped {
            // Whatever it waits for: what nobody learned of an earlier call, nobody will.
            if stopped.was_called {
                self.let_go_of_fax(tx, tenant, stopped.fax, now).await?;
            }
            let canceled = stopped.canceled;
            let facts = Facts::of(serde_json::json!({
                "uuid": stopped.fax.to_string(),
                "direction": "outbound",
                "status": "canceled",
                "broadcast_id": broadcast.id.to_string(),
            }));
            events.push(Event {
                fax: Some(stopped.fax),
                item: None,
                attempt: None,
                kind: match canceled {
                    true => end(faxgate_types::FaxStatus::Canceled).unwrap_or("fax.canceled"),
                    false => "fax.cancel_requested",
                }
                .to_owned(),
                text: match canceled {
                    true => format!(
                        "broadcast {} was canceled, and this fax with it",
                        broadcast.name
                    ),
                    false => format!(
                        "broadcast {} was canceled: the call is being ended",
                        broadcast.name
                    ),
                },
                data: canceled.then(|| facts.data()).flatten(),
                at: now,
            });
        }
        if !stopped.is_empty() {
            tx.wake(Wake::Cancel);
            self.cancel_requested.notify_one();
        }
        Ok(!stopped.is_empty())
    }

    /// The pages that all its faxes share.
    async fn pages_of(&self, tx: &mut Tx, broadcast: &Broadcast) -> Result<Pages> {
        let Some(document) = broadcast.document_id else {
            return Ok(Pages::Never);
        };
        let Some(document) = documents::hold(tx, broadcast.tenant_id, document).await? else {
            return Ok(Pages::Never);
        };
        let key = self.pages_key(&document, broadcast.resolution);
        match renditions::hold(tx, broadcast.tenant_id, &key).await? {
            Some(pages) => Ok(Pages::Made(document, pages)),
            None => Ok(Pages::ToMake(document)),
        }
    }

    /// Makes the pages, once for all; a document that cannot be faxed ends the broadcast.
    async fn make_pages_of(&self, broadcast: &Broadcast, document: &Document) -> Result<()> {
        let (tenant, resolution): (_, Resolution) = (broadcast.tenant_id, broadcast.resolution);
        let made = self.make_pages(tenant, document, resolution).await?;
        let now = self.now();
        let mut tx = self.db.system("keep the pages of a broadcast").await?;
        match made {
            Ok(pages) => renditions::insert(&mut tx, tenant, &pages, now).await?,
            Err(refusal) => {
                if let Some(mut broadcast) = broadcasts::lock(&mut tx, tenant, broadcast.id).await?
                    && broadcast.state == BroadcastState::Running
                {
                    let reason = format!("the document cannot be faxed: {refusal}");
                    let event = fail(&mut broadcast, &reason, now);
                    broadcasts::save(&mut tx, &broadcast, now).await?;
                    events::append(&mut tx, tenant, &event).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives those broadcasts a job of which somebody has told something, and that have none: a person decided about a fax of one that
    /// had ended.
    pub(crate) async fn look_at_broadcasts(&self) -> Result<()> {
        let mut tx = self.db.system_read("broadcasts that were told of").await?;
        let told_of = broadcasts::told_of(&mut tx, 100).await?;
        tx.commit().await?;
        if told_of.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.db.system("work on broadcasts").await?;
        for (tenant, broadcast) in told_of {
            let job = JobId::generate(&self.ambient);
            jobs::add(
                &mut tx,
                job,
                work::BROADCAST,
                BroadcastRef(tenant, broadcast),
                now,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The pages of a broadcast's document.
enum Pages {
    Made(Document, Rendition),
    ToMake(Document),
    Never,
}

/// It cannot be sent at all.
fn fail(broadcast: &mut Broadcast, reason: &str, now: faxgate_types::Timestamp) -> Event {
    broadcast.state = BroadcastState::Failed;
    broadcast.error = Some(reason.to_owned());
    broadcast.finished_at = Some(now);
    tracing::warn!(broadcast = %broadcast.id, reason, "broadcast {} cannot be sent", broadcast.id);
    told(broadcast, "failed", now)
}
