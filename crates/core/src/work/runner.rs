//! The job runner: claims jobs in batches, runs them side by side, and lets failures come again later.

use std::time::Duration;

use faxgate_db::idempotency;
use faxgate_db::jobs::{self, Job, Kinds};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{
    BROADCAST, DELIVER, DROP_DOCUMENT, Done, ERASE, FOLLOW_ORDER, Lease, RELEASE_NUMBER, RENDER,
    RETAIN,
};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::supervise::reason as panic_reason;

/// A conversion takes at most 90 s; a job that has not finished by then has lost its runner.
const LEASE: Duration = Duration::from_secs(180);
const AT_ONCE: usize = 8;
/// Of those, so many may be ones that take long: a fax that is sent now does not wait for them.
const LONG_AT_ONCE: usize = 2;
const LONG: [&str; 3] = [BROADCAST, RETAIN, ERASE];
const POLL: Duration = Duration::from_secs(1);
const MOST_TRIES: i32 = 20;
/// So soon it is noticed when something was told of a broadcast that has no job any more.
const BROADCASTS_EVERY: Duration = Duration::from_secs(5);
const TIDY_EVERY: Duration = Duration::from_secs(3600);
const KEYS_LAST: Duration = Duration::from_secs(24 * 3600);

impl App {
    /// Runs jobs until `stop` says so, and the last one has ended.
    pub async fn run_jobs(&self, mut stop: watch::Receiver<bool>) {
        self.hand_back_jobs().await;
        let mut running: JoinSet<bool> = JoinSet::new();
        let mut long = 0;
        let mut tidy_at = tokio::time::Instant::now();
        let mut broadcasts_at = tidy_at;
        loop {
            if tokio::time::Instant::now() >= tidy_at {
                tidy_at += TIDY_EVERY;
                self.forget_old_keys().await;
                self.forget_counters().await;
                self.forget_old_events().await;
                self.keep_records().await;
                self.forget_old_deliveries().await;
            }
            if tokio::time::Instant::now() >= broadcasts_at {
                broadcasts_at = tokio::time::Instant::now() + BROADCASTS_EVERY;
                if let Err(error) = self.look_at_broadcasts().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "broadcasts that were told of cannot be looked at"
                    );
                }
            }
            while let Some(ended) = running.try_join_next() {
                long -= usize::from(matches!(ended, Ok(true)));
            }
            let room = AT_ONCE.saturating_sub(running.len());
            let room_for_long = LONG_AT_ONCE.saturating_sub(long);
            match self.claim_jobs(room, room_for_long).await {
                Ok(claimed) => {
                    for job in claimed {
                        let app = self.clone();
                        let is_long = LONG.contains(&job.kind.as_str());
                        long += usize::from(is_long);
                        running.spawn(async move {
                            app.run_guarded(job).await;
                            is_long
                        });
                    }
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "jobs cannot be claimed"
                ),
            }
            tokio::select! {
                () = self.work_added.notified() => {}
                Some(ended) = running.join_next() => {
                    long -= usize::from(matches!(ended, Ok(true)));
                }
                () = tokio::time::sleep(POLL) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Idempotency keys are kept for a day.
    async fn forget_old_keys(&self) {
        let forget = async {
            let mut tx = self.db.system("forget idempotency keys").await?;
            idempotency::forget(&mut tx, self.now() - KEYS_LAST).await?;
            tx.commit().await
        };
        if let Err(error) = forget.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old idempotency keys cannot be forgotten"
            );
        }
    }

    /// A counter whose quota is full again says nothing.
    async fn forget_counters(&self) {
        if let Err(error) = self.forget_old_counters().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old counters of requests cannot be forgotten"
            );
        }
    }

    /// What carriers told is kept for a month after it was used.
    async fn forget_old_events(&self) {
        if let Err(error) = self.drop_carrier_events().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old events of carriers cannot be dropped"
            );
        }
    }

    /// What was sent to webhooks is kept as long as the settings say.
    async fn forget_old_deliveries(&self) {
        if let Err(error) = self.forget_webhook_deliveries().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old deliveries of webhooks cannot be forgotten"
            );
        }
    }

    /// Notes once a day where audit chains end, and begins a round of removing what is no longer kept.
    async fn keep_records(&self) {
        for (what, done) in [
            (
                "the ends of audit chains cannot be noted",
                self.note_ends().await,
            ),
            ("tries to log in cannot be tidied", self.tidy_logins().await),
            (
                "keys that ended long ago cannot be forgotten",
                self.forget_keys().await,
            ),
            (
                "what is no longer kept cannot be removed",
                self.begin_to_retain().await,
            ),
        ] {
            if let Err(error) = done {
                tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
            }
        }
    }

    async fn claim_jobs(&self, room: usize, room_for_long: usize) -> Result<Vec<Job>> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let now = self.now();
        let until = now + LEASE;
        let mut tx = self.db.system("claim jobs").await?;
        let short = Kinds::Besides(&LONG);
        let mut claimed = jobs::claim(&mut tx, self.node(), (now, until), short, room).await?;
        let room = room_for_long.min(room - claimed.len());
        if room > 0 {
            let long = Kinds::Only(&LONG);
            claimed.extend(jobs::claim(&mut tx, self.node(), (now, until), long, room).await?);
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// What this node had before it was started again; if that cannot be written, the leases lapse.
    async fn hand_back_jobs(&self) {
        let hand_back = async {
            let mut tx = self.db.system("hand back jobs").await?;
            jobs::hand_back(&mut tx, self.node()).await?;
            tx.commit().await
        };
        if let Err(error) = hand_back.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "jobs from before the start cannot be handed back"
            );
        }
    }

    /// Runs a job; when its task breaks, that is a failure like others.
    async fn run_guarded(&self, job: Job) {
        let (app, task) = (self.clone(), job.clone());
        // Ends with this function, also when it is dropped half-way.
        let mut running = JoinSet::new();
        running.spawn(async move { app.run_job(task).await });
        if let Some(Err(broken)) = running.join_next().await {
            let lease = Lease {
                job: job.id,
                tries: job.tries,
            };
            let error = Error::internal(format!("its task broke: {}", panic_reason(broken)));
            self.job_failed(&job, &lease, &error).await;
        }
    }

    async fn run_job(&self, job: Job) {
        let lease = Lease {
            job: job.id,
            tries: job.tries,
        };
        let done = match job.kind.as_str() {
            RENDER => match job.subject.parse() {
                Ok(fax) => self.render(fax, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            DELIVER => match job.subject.parse() {
                Ok(reception) => self.deliver(reception, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            FOLLOW_ORDER => match job.subject.parse() {
                Ok(order) => self.follow_order(order, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            RELEASE_NUMBER => match job.subject.parse() {
                Ok(number) => self.give_back(number, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            BROADCAST => match job.subject.parse() {
                Ok(broadcast) => self.run_broadcast(broadcast, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            DROP_DOCUMENT => match job.subject.parse() {
                Ok(attempt) => self.drop_left_document(attempt, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            RETAIN => self.retain(&lease).await,
            ERASE => match job.subject.parse() {
                Ok(tenant) => self.erase(tenant, &lease).await,
                Err(error) => Err(Error::internal(error)),
            },
            other => Err(Error::internal(format!(
                "nobody knows how to do a job of kind {other}"
            ))),
        };
        match done {
            Ok(Done::Finished | Done::Later) => {}
            Ok(Done::Nothing) => tracing::debug!(job = %job.id, kind = job.kind, "nothing to do"),
            Err(error) => self.job_failed(&job, &lease, &error).await,
        }
    }

    async fn job_failed(&self, job: &Job, lease: &Lease, error: &Error) {
        let now = self.now();
        // Doubling from one second to ten minutes; some hours in all.
        let wait = Duration::from_secs(1 << job.tries.clamp(0, 9)).min(Duration::from_secs(600));
        // Only a database or a store that is away may be waited for without end; and a broadcast never ends half-way.
        let endless = error.kind == Kind::Unavailable && error.code != "CONVERSION_UNAVAILABLE"
            || job.kind == BROADCAST;
        let again = (job.tries < MOST_TRIES || endless).then(|| now + wait);
        tracing::warn!(
            error = error as &dyn std::error::Error, job = %job.id, kind = job.kind, subject = job.subject, tries = job.tries + 1,
            "a {} job failed; {}", job.kind, if again.is_some() { "it comes again" } else { "given up" }
        );
        // A fax whose pages can never be made has failed, and says so.
        if again.is_none()
            && job.kind == RENDER
            && let Ok(fax) = job.subject.parse()
            && matches!(self.give_up_rendering(fax, lease).await, Ok(Done::Finished))
        {
            return;
        }
        let write = async {
            let mut tx = self.db.system("a job failed").await?;
            jobs::fail(&mut tx, job.id, self.node(), &error.to_string(), again, now).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            // The lease runs out, and the job comes again by itself.
            tracing::error!(error = &error as &dyn std::error::Error, job = %job.id, "a job's failure cannot be written down");
        }
    }
}
