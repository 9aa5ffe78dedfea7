//! Messages of ours: written in the transaction of what they tell of, leased to whoever sends them.

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{EmailAddress, FaxId, MailId, MailState, TenantId, Timestamp};

use crate::column::{At, OptAt, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::mail_outbox;
use crate::tx::{System, Tx};

/// A message to send.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// Its id; the Message-ID is made of it, so that a repeat can be told.
    pub id: MailId,
    /// What it tells of and whom.
    pub subject_key: String,
    /// What kind of notice: `fax.sent`, …
    pub kind: String,
    /// To whom.
    pub recipient: EmailAddress,
    /// The fax that it tells of, if one.
    pub fax: Option<FaxId>,
    /// The facts, as JSON.
    pub notice: String,
}

/// A message that somebody here is sending.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mail_outbox, check_for_backend(Pg, Sqlite))]
pub struct Letter {
    /// Its id.
    #[diesel(deserialize_as = Word<MailId>)]
    pub id: MailId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// To whom.
    #[diesel(deserialize_as = Word<EmailAddress>)]
    pub recipient: EmailAddress,
    /// The fax that it tells of, if that is there still.
    #[diesel(deserialize_as = OptWord<FaxId>)]
    pub fax_id: Option<FaxId>,
    /// The facts, as JSON.
    pub notice: String,
    /// Tries before this one.
    pub tries: i32,
    /// Since when it is.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
}

/// A message, as its tenant sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mail_outbox, check_for_backend(Pg, Sqlite))]
pub struct Listed {
    /// Its id.
    #[diesel(deserialize_as = Word<MailId>)]
    pub id: MailId,
    /// What kind of notice.
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// The fax that it tells of, if that is there still.
    #[diesel(deserialize_as = OptWord<FaxId>)]
    pub fax_id: Option<FaxId>,
    /// How it stands.
    #[diesel(deserialize_as = Word<MailState>)]
    pub state: MailState,
    /// When it is tried next.
    #[diesel(deserialize_as = At)]
    pub due_at: Timestamp,
    /// Tries so far.
    pub tries: i32,
    /// What the mail server answered last, or what kept us from asking it.
    pub answer: Option<String>,
    /// Since when it is.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When it was sent or given up.
    #[diesel(deserialize_as = OptAt)]
    pub ended_at: Option<Timestamp>,
}

/// Adds a message, due now. `false`: it is there already.
///
/// # Errors
/// When the query fails.
pub async fn add(tx: &mut Tx, tenant: TenantId, new: &NewLetter, now: Timestamp) -> DbResult<bool> {
    let added = on_either!(tx, conn => {
        diesel::insert_into(mail_outbox::table)
            .values((
                mail_outbox::id.eq(Word(new.id)),
                mail_outbox::tenant_id.eq(Word(tenant)),
                mail_outbox::subject_key.eq(&new.subject_key),
                mail_outbox::kind.eq(&new.kind),
                mail_outbox::recipient.eq(new.recipient.as_str()),
                mail_outbox::fax_id.eq(Word::opt(new.fax)),
                mail_outbox::notice.eq(&new.notice),
                mail_outbox::state.eq(Word(MailState::Waiting)),
                mail_outbox::due_at.eq(At(now)),
                mail_outbox::created_at.eq(At(now)),
            ))
            .on_conflict((mail_outbox::tenant_id, mail_outbox::subject_key))
            .do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(added == 1)
}

/// As `mail_outbox_due` has it.
const OPEN: &str = "mail_outbox.state IN ('waiting', 'sending')";

/// Messages that are due, or whose lease has lapsed.
macro_rules! due {
    ($now:expr) => {
        sql::<Bool>(OPEN).and(
            mail_outbox::state
                .eq(MailState::Waiting.as_str())
                .and(mail_outbox::due_at.le(At($now)))
                .or(mail_outbox::state
                    .eq(MailState::Sending.as_str())
                    .and(mail_outbox::lease_until.lt(At($now)))),
        )
    };
}

/// The tenants that have messages to send now, in the order of their ids.
///
/// # Errors
/// When the query fails.
pub async fn ready(tx: &mut System, now: Timestamp) -> DbResult<Vec<TenantId>> {
    let found: Vec<Word<TenantId>> = on_either!(tx, conn => {
        mail_outbox::table
            .filter(due!(now))
            .select(mail_outbox::tenant_id)
            .distinct()
            .order(mail_outbox::tenant_id)
            .load(conn)
            .await
    })?;
    Ok(found.into_iter().map(|word| word.0).collect())
}

/// Leases up to `limit` of a tenant's messages that are due, or whose lease has lapsed.
///
/// # Errors
/// When the query fails.
pub async fn claim(
    tx: &mut System,
    tenant: TenantId,
    node: &str,
    (now, until): (Timestamp, Timestamp),
    limit: i64,
) -> DbResult<Vec<Letter>> {
    let due = mail_outbox::table
        .filter(mail_outbox::tenant_id.eq(Word(tenant)))
        .filter(due!(now))
        .order((mail_outbox::due_at, mail_outbox::id))
        .limit(limit)
        .select(mail_outbox::id);
    let ids: Vec<Word<MailId>> = match tx.conn() {
        Conn::Postgres(conn) => due.for_update().skip_locked().load(conn).await?,
        Conn::Sqlite(conn) => due.load(conn).await?,
    };
    tx.succeeded();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_either!(tx, conn => {
        diesel::update(mail_outbox::table.filter(mail_outbox::id.eq_any(ids)))
            .set((
                mail_outbox::state.eq(Word(MailState::Sending)),
                mail_outbox::leased_by.eq(node),
                mail_outbox::lease_until.eq(At(until)),
            ))
            .returning(Letter::as_returning())
            .get_results(conn)
            .await
    })?)
}

/// When the next message is due that nobody has in his hands.
///
/// # Errors
/// When the query fails.
pub async fn next_due(tx: &mut System) -> DbResult<Option<Timestamp>> {
    let found: Option<At> = on_either!(tx, conn => {
        mail_outbox::table
            .filter(mail_outbox::state.eq(MailState::Waiting.as_str()))
            .select(mail_outbox::due_at)
            .order(mail_outbox::due_at)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.map(|at| at.0))
}

/// Puts what this node had before a restart back into the queue.
///
/// # Errors
/// When the query fails.
pub async fn hand_back(tx: &mut System, node: &str) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::update(
            mail_outbox::table
                .filter(mail_outbox::state.eq(MailState::Sending.as_str()))
                .filter(mail_outbox::leased_by.eq(node)),
        )
        .set(mail_outbox::state.eq(Word(MailState::Waiting)))
        .execute(conn)
        .await
    })?)
}

/// How a try ended.
struct Ended<'a> {
    state: MailState,
    /// One more than before, or as many.
    tries: i32,
    due_at: Option<Timestamp>,
    answer: &'a str,
    ended_at: Option<Timestamp>,
}

/// `false`: somebody else has it by now.
async fn end(tx: &mut System, letter: &Letter, node: &str, ended: Ended<'_>) -> DbResult<bool> {
    let due_at = ended.due_at.unwrap_or(letter.created_at);
    let changed = on_either!(tx, conn => {
        diesel::update(
            mail_outbox::table
                .find(Word(letter.id))
                .filter(mail_outbox::leased_by.eq(node))
                .filter(mail_outbox::state.eq(MailState::Sending.as_str())),
        )
        .set((
            mail_outbox::state.eq(Word(ended.state)),
            mail_outbox::tries.eq(ended.tries),
            mail_outbox::due_at.eq(At(due_at)),
            mail_outbox::answer.eq(ended.answer),
            mail_outbox::ended_at.eq(ended.ended_at.map(At)),
            mail_outbox::leased_by.eq(None::<String>),
            mail_outbox::lease_until.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}

/// The mail server has taken it. `false`: somebody else has it by now.
///
/// # Errors
/// When the query fails.
pub async fn sent(
    tx: &mut System,
    letter: &Letter,
    node: &str,
    answer: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let ended = Ended {
        state: MailState::Sent,
        tries: letter.tries + 1,
        due_at: Some(now),
        answer,
        ended_at: Some(now),
    };
    end(tx, letter, node, ended).await
}

/// It comes again at `due_at`. `false`: somebody else has it by now.
///
/// # Errors
/// When the query fails.
pub async fn fail(
    tx: &mut System,
    letter: &Letter,
    node: &str,
    answer: &str,
    due_at: Timestamp,
) -> DbResult<bool> {
    let ended = Ended {
        state: MailState::Waiting,
        tries: letter.tries + 1,
        due_at: Some(due_at),
        answer,
        ended_at: None,
    };
    end(tx, letter, node, ended).await
}

/// It was not tried, and waits until `due_at`. `false`: somebody else has it by now.
///
/// # Errors
/// When the query fails.
pub async fn give_back(
    tx: &mut System,
    letter: &Letter,
    node: &str,
    why: &str,
    due_at: Timestamp,
) -> DbResult<bool> {
    let ended = Ended {
        state: MailState::Waiting,
        tries: letter.tries,
        due_at: Some(due_at),
        answer: why,
        ended_at: None,
    };
    end(tx, letter, node, ended).await
}

/// It is not tried again. `false`: somebody else has it by now.
///
/// # Errors
/// When the query fails.
pub async fn give_up(
    tx: &mut System,
    letter: &Letter,
    node: &str,
    answer: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let ended = Ended {
        state: MailState::Failed,
        tries: letter.tries + 1,
        due_at: Some(now),
        answer,
        ended_at: Some(now),
    };
    end(tx, letter, node, ended).await
}

/// How many messages a tenant has, in one state or all, and a page of them, newest first.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    state: Option<MailState>,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<Listed>)> {
    let total = on_either!(tx, conn => {
        let mut all = mail_outbox::table
            .filter(mail_outbox::tenant_id.eq(Word(tenant)))
            .into_boxed();
        if let Some(state) = state {
            all = all.filter(mail_outbox::state.eq(Word(state)));
        }
        all.count().get_result(conn).await
    })?;
    let letters = on_either!(tx, conn => {
        let mut some = mail_outbox::table
            .filter(mail_outbox::tenant_id.eq(Word(tenant)))
            .into_boxed();
        if let Some(state) = state {
            some = some.filter(mail_outbox::state.eq(Word(state)));
        }
        some.select(Listed::as_select())
            .order((mail_outbox::created_at.desc(), mail_outbox::id.desc()))
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?;
    Ok((total, letters))
}

/// Has a message that waits or was given up tried now; its schedule begins anew. `None`: there is no such message; `false`: it is
/// sent, or being sent.
///
/// # Errors
/// When the query fails.
pub async fn retry(
    tx: &mut Tx,
    tenant: TenantId,
    id: MailId,
    now: Timestamp,
) -> DbResult<Option<bool>> {
    let one = mail_outbox::table
        .filter(mail_outbox::tenant_id.eq(Word(tenant)))
        .filter(mail_outbox::id.eq(Word(id)));
    let there: i64 = on_either!(tx, conn => one.clone().count().get_result(conn).await)?;
    if there == 0 {
        return Ok(None);
    }
    let open = [MailState::Waiting, MailState::Failed].map(Word);
    let changed = on_either!(tx, conn => {
        diesel::update(one.filter(mail_outbox::state.eq_any(open)))
            .set((
                mail_outbox::state.eq(Word(MailState::Waiting)),
                mail_outbox::due_at.eq(At(now)),
                mail_outbox::tries.eq(0),
                mail_outbox::ended_at.eq(None::<At>),
            ))
            .execute(conn)
            .await
    })?;
    Ok(Some(changed == 1))
}

/// As [`retry`], for up to `limit` messages that were given up at `since` or later, the oldest first; how many.
///
/// # Errors
/// When the query fails.
pub async fn retry_failed(
    tx: &mut Tx,
    tenant: TenantId,
    since: Timestamp,
    now: Timestamp,
    limit: i64,
) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        let failed: Vec<Word<MailId>> = mail_outbox::table
            .filter(mail_outbox::tenant_id.eq(Word(tenant)))
            .filter(mail_outbox::state.eq(MailState::Failed.as_str()))
            .filter(mail_outbox::ended_at.ge(At(since)))
            .order((mail_outbox::ended_at, mail_outbox::id))
            .limit(limit)
            .select(mail_outbox::id)
            .load(conn)
            .await?;
        diesel::update(
            mail_outbox::table
                .filter(mail_outbox::tenant_id.eq(Word(tenant)))
                .filter(mail_outbox::id.eq_any(failed))
                .filter(mail_outbox::state.eq(MailState::Failed.as_str())),
        )
        .set((
            mail_outbox::state.eq(Word(MailState::Waiting)),
            mail_outbox::due_at.eq(At(now)),
            mail_outbox::tries.eq(0),
            mail_outbox::ended_at.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?)
}

/// Drops messages that were sent or given up before `before`.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, before: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::delete(mail_outbox::table.filter(mail_outbox::ended_at.lt(At(before))))
            .execute(conn)
            .await
    })?)
}
