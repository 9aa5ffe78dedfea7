//! Requests counted for all nodes together, in PostgreSQL.
//!
//! The generic cell rate algorithm (GCRA), as `governor` has it in memory: a key has one number, the moment at which its quota is
//! full again. One statement looks at it, decides and moves it; it goes over a connection of its own, on which requests are
//! pipelined, without BEGIN and COMMIT, and the commit does not wait for the disk. The clock is the database's, one for all nodes.

mod link;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::connection::{Db, Pools};
use crate::error::{DbError, DbResult};
use crate::schema::rate_counters;
use crate::tx::System;
use link::Link;

/// A database that takes longer is of no use: whoever asks counts for himself meanwhile.
const PATIENCE: Duration = Duration::from_millis(300);

/// How often something may happen: a burst of so many, and one more after each interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Until one more may happen.
    pub interval: Duration,
}

/// What became of a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// When the quota is full again.
    pub full_in: Duration,
    /// It is refused, and was not counted; when the next one is let through.
    pub wait: Option<Duration>,
}

/// Counters that all nodes share. Dropping the last clone closes the connection.
#[derive(Clone)]
pub struct Counters(Arc<Open>);

struct Open {
    link: Arc<Link>,
    task: AbortHandle,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Db {
    /// Counters that all nodes share; `None` on SQLite, which one process has for itself.
    #[must_use]
    pub fn counters(&self) -> Option<Counters> {
        let Pools::Postgres { server, .. } = &self.pools else {
            return None;
        };
        let link = Arc::<Link>::default();
        let task = self.main.spawn(link::keep(server.clone(), link.clone()));
        Some(Counters(Arc::new(Open {
            link,
            task: task.abort_handle(),
        })))
    }
}

impl Counters {
    /// Counts a request for `subject` at `endpoint`, unless its quota is used up.
    ///
    /// # Errors
    /// When there is no connection, or no answer in time; the next ones then fail at once for a second.
    pub async fn count(&self, endpoint: &str, subject: &str, rate: Rate) -> DbResult<Counted> {
        self.ask(endpoint, subject, rate, None).await
    }

    /// As [`Counters::count`], at a moment of the caller's: nanoseconds since 1970.
    ///
    /// # Errors
    /// As [`Counters::count`].
    pub async fn count_at(
        &self,
        endpoint: &str,
        subject: &str,
        rate: Rate,
        at: i64,
    ) -> DbResult<Counted> {
        self.ask(endpoint, subject, rate, Some(at)).await
    }

    async fn ask(
        &self,
        endpoint: &str,
        subject: &str,
        rate: Rate,
        at: Option<i64>,
    ) -> DbResult<Counted> {
        let ready = self.0.link.ready().ok_or_else(away)?;
        let one = nanos(rate.interval).max(1);
        let all_but_one = one.saturating_mul(i64::from(rate.burst.max(1)) - 1);
        let asking = ready.count(endpoint, subject, one, all_but_one, at);
        let Ok(answer) = timeout(PATIENCE, asking).await else {
            self.0.link.is_slow();
            return Err(away());
        };
        let (full_at, refused, now) = answer.map_err(DbError::unavailable)?;
        let full_in = full_at.saturating_sub(now).max(0);
        let wait = full_in.saturating_sub(all_but_one).max(0);
        Ok(Counted {
            full_in: Duration::from_nanos(full_in.unsigned_abs()),
            wait: refused.then(|| Duration::from_nanos(wait.unsigned_abs())),
        })
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn away() -> DbError {
    DbError::unavailable("the counters that nodes share do not answer")
}

/// Forgets counters of quotas that are full again at `now` (nanoseconds since 1970): they say nothing that nobody knows. Says how many.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, now: i64) -> DbResult<usize> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    Ok(crate::connection::on_either!(tx, conn => {
        diesel::delete(rate_counters::table.filter(rate_counters::full_at.lt(now)))
            .execute(conn)
            .await
    })?)
}
