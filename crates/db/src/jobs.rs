//! Work that is not a call. A job is added in the transaction of the change it follows, and deleted in that of its effect.

use std::fmt;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{JobId, Timestamp};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::jobs;
use crate::tx::{System, Tx};

/// A piece of work, leased.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(Pg, Sqlite))]
pub struct Job {
    /// Its id.
    #[diesel(deserialize_as = Word<JobId>)]
    pub id: JobId,
    /// What to do.
    pub kind: String,
    /// What to do it with: an id.
    pub subject: String,
    /// Failures so far.
    pub tries: i32,
}

const WAITING: &str = "waiting";
const RUNNING: &str = "running";
const GIVEN_UP: &str = "given_up";

/// Adds a job; when the same one waits already, nothing changes.
///
/// # Errors
/// When the query fails.
pub async fn add(
    tx: &mut Tx,
    id: JobId,
    kind: &str,
    subject: impl fmt::Display,
    now: Timestamp,
) -> DbResult<()> {
    let subject = subject.to_string();
    on_either!(tx, conn => {
        diesel::insert_into(jobs::table)
            .values((
                jobs::id.eq(Word(id)),
                jobs::kind.eq(kind),
                jobs::subject.eq(&subject),
                jobs::state.eq(WAITING),
                jobs::due_at.eq(At(now)),
                jobs::created_at.eq(At(now)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Adds a job, due now and with all its tries before it; the same one, when it waits or was given up, begins anew. One that
/// runs is left alone: whoever has changed its subject meanwhile is seen when it ends.
///
/// # Errors
/// When the query fails.
pub async fn begin_anew(
    tx: &mut Tx,
    id: JobId,
    kind: &str,
    subject: impl fmt::Display,
    now: Timestamp,
) -> DbResult<()> {
    let subject = subject.to_string();
    add(tx, id, kind, &subject, now).await?;
    on_either!(tx, conn => {
        diesel::update(
            jobs::table
                .filter(jobs::kind.eq(kind))
                .filter(jobs::subject.eq(&subject))
                .filter(jobs::state.ne(RUNNING)),
        )
        .set((
            jobs::state.eq(WAITING),
            jobs::tries.eq(0),
            jobs::due_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// Which jobs.
#[derive(Clone, Copy, Debug)]
pub enum Kinds<'a> {
    /// Those of all kinds.
    All,
    /// Those of these kinds.
    Only(&'a [&'a str]),
    /// Those of all others.
    Besides(&'a [&'a str]),
}

/// Leases up to `limit` jobs that are due at the first moment, or whose lease has lapsed, until the second.
///
/// # Errors
/// When the query fails.
pub async fn claim(
    tx: &mut System,
    node: &str,
    (now, until): (Timestamp, Timestamp),
    kinds: Kinds<'_>,
    limit: usize,
) -> DbResult<Vec<Job>> {
    let (only, besides): (&[&str], &[&str]) = match kinds {
        Kinds::All => (&[], &[]),
        Kinds::Only(kinds) => (kinds, &[]),
        Kinds::Besides(kinds) => (&[], kinds),
    };
    let due = jobs::table
        .filter(
            jobs::state
                .eq(WAITING)
                .and(jobs::due_at.le(At(now)))
                .or(jobs::state.eq(RUNNING).and(jobs::lease_until.lt(At(now)))),
        )
        .filter(jobs::kind.ne_all(besides))
        .filter(
            jobs::kind
                .eq_any(only)
                .or(only.is_empty().into_sql::<Bool>()),
        )
        .order((jobs::due_at, jobs::id))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(jobs::id);
    let ids: Vec<Word<JobId>> = match tx.conn() {
        Conn::Postgres(conn) => due.for_update().skip_locked().load(conn).await?,
        Conn::Sqlite(conn) => due.load(conn).await?,
    };
    tx.succeeded();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_either!(tx, conn => {
        diesel::update(jobs::table.filter(jobs::id.eq_any(ids)))
            .set((
                jobs::state.eq(RUNNING),
                jobs::leased_by.eq(node),
                jobs::lease_until.eq(At(until)),
            ))
            .returning(Job::as_returning())
            .get_results(conn)
            .await
    })?)
}

/// Puts the jobs that this node had before a restart back into the queue.
///
/// # Errors
/// When the query fails.
pub async fn hand_back(tx: &mut System, node: &str) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::update(jobs::table.filter(jobs::state.eq(RUNNING)).filter(jobs::leased_by.eq(node)))
            .set(jobs::state.eq(WAITING))
            .execute(conn)
            .await
    })?)
}

/// The job is done. `false`: somebody else has done it, or has it now; then its effect must not be written either.
///
/// # Errors
/// When the query fails.
pub async fn finish(tx: &mut System, job: JobId, node: &str) -> DbResult<bool> {
    let gone = on_either!(tx, conn => {
        diesel::delete(jobs::table.filter(jobs::id.eq(Word(job))).filter(jobs::leased_by.eq(node)))
            .execute(conn)
            .await
    })?;
    Ok(gone == 1)
}

/// The job goes on, with its lease until `until`. `false`: somebody else has it now, and nothing may be done any more.
///
/// # Errors
/// When the query fails.
pub async fn renew(tx: &mut System, job: JobId, node: &str, until: Timestamp) -> DbResult<bool> {
    let renewed = on_either!(tx, conn => {
        diesel::update(
            jobs::table
                .filter(jobs::id.eq(Word(job)))
                .filter(jobs::leased_by.eq(node))
                .filter(jobs::state.eq(RUNNING)),
        )
        .set(jobs::lease_until.eq(At(until)))
        .execute(conn)
        .await
    })?;
    Ok(renewed == 1)
}

/// The job has done what could be done now, and goes on at `due_at`; nothing failed. `false`: somebody else has it now.
///
/// # Errors
/// When the query fails.
pub async fn put_off(tx: &mut System, job: JobId, node: &str, due_at: Timestamp) -> DbResult<bool> {
    let put_off = on_either!(tx, conn => {
        diesel::update(jobs::table.filter(jobs::id.eq(Word(job))).filter(jobs::leased_by.eq(node)))
            .set((
                jobs::state.eq(WAITING),
                jobs::tries.eq(0),
                jobs::last_error.eq(None::<String>),
                jobs::due_at.eq(At(due_at)),
                jobs::leased_by.eq(None::<String>),
                jobs::lease_until.eq(None::<At>),
            ))
            .execute(conn)
            .await
    })?;
    Ok(put_off == 1)
}

/// The job failed: again at `due_at`, or never when there is none. It stays in the table either way.
///
/// # Errors
/// When the query fails.
pub async fn fail(
    tx: &mut System,
    job: JobId,
    node: &str,
    error: &str,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(jobs::table.filter(jobs::id.eq(Word(job))).filter(jobs::leased_by.eq(node)))
            .set((
                jobs::state.eq(if due_at.is_some() { WAITING } else { GIVEN_UP }),
                jobs::tries.eq(jobs::tries + 1),
                jobs::last_error.eq(error),
                jobs::due_at.eq(At(due_at.unwrap_or(now))),
                jobs::leased_by.eq(None::<String>),
                jobs::lease_until.eq(None::<At>),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}
