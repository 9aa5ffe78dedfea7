//! Events on their way to endpoints, and the log of that.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{DeliveryId, DeliveryState, TenantId, Timestamp, WebhookId};

use super::attempts::{self, Attempt};
use super::claims::Leased;
use crate::column::{At, OptAt, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::webhook_deliveries as deliveries;
use crate::tx::{System, Tx};

/// A delivery, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(Pg, Sqlite))]
pub struct Listed {
    /// Its id.
    #[diesel(deserialize_as = Word<DeliveryId>)]
    pub id: DeliveryId,
    /// Where it goes.
    #[diesel(deserialize_as = Word<WebhookId>)]
    pub endpoint_id: WebhookId,
    /// The event's id, the `webhook-id`.
    pub event_id: String,
    /// The event's type.
    pub event_type: String,
    /// When the event happened.
    #[diesel(deserialize_as = At)]
    pub event_at: Timestamp,
    /// How it stands.
    #[diesel(deserialize_as = Word<DeliveryState>)]
    pub state: DeliveryState,
    /// Tries that were begun.
    pub fence: i32,
    /// When it is tried (again), while it waits.
    #[diesel(deserialize_as = At)]
    pub due_at: Timestamp,
    /// What the last answer was.
    pub last_status: Option<i32>,
    /// When it came to be.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When it was delivered, or given up.
    #[diesel(deserialize_as = OptAt)]
    pub ended_at: Option<Timestamp>,
}

/// A delivery with what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The delivery.
    pub listed: Listed,
    /// What is sent.
    pub body: String,
}

/// A delivery that is to be.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id, should there be none of this event to this endpoint.
    pub id: DeliveryId,
    /// Where it goes.
    pub endpoint: WebhookId,
    /// The event's id.
    pub event_id: String,
    /// The event's type.
    pub event_type: String,
    /// When the event happened.
    pub event_at: Timestamp,
    /// The event's number within its tenant.
    pub event_seq: i64,
    /// What is sent.
    pub body: String,
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The endpoint has taken it.
    Delivered,
    /// It is tried again at this time.
    Again(Timestamp),
    /// There are no more tries.
    Failed,
}

/// Which deliveries of an endpoint are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Only those that stand so.
    pub state: Option<DeliveryState>,
    /// Only those that came to be then or later.
    pub since: Option<Timestamp>,
    /// Only those that came to be before then.
    pub until: Option<Timestamp>,
    /// At most so many.
    pub limit: i64,
    /// After so many.
    pub offset: i64,
}

/// Adds deliveries of one tenant, due now; one of the same event to the same endpoint that is there already stays as it is.
/// Tells how many are new.
///
/// # Errors
/// When the query fails.
pub async fn add(
    tx: &mut Tx,
    tenant: TenantId,
    new: &[NewDelivery],
    now: Timestamp,
) -> DbResult<usize> {
    let row = |new: &NewDelivery| {
        (
            deliveries::id.eq(Word(new.id)),
            deliveries::tenant_id.eq(Word(tenant)),
            deliveries::endpoint_id.eq(Word(new.endpoint)),
            deliveries::event_id.eq(new.event_id.clone()),
            deliveries::event_type.eq(new.event_type.clone()),
            deliveries::event_at.eq(At(new.event_at)),
            deliveries::event_seq.eq(new.event_seq),
            deliveries::body.eq(new.body.clone()),
            deliveries::state.eq(Word(DeliveryState::Pending)),
            deliveries::fence.eq(0),
            deliveries::failures.eq(0),
            deliveries::due_at.eq(At(now)),
            deliveries::created_at.eq(At(now)),
        )
    };
    let mut added = 0;
    match tx.conn() {
        Conn::Postgres(conn) => {
            for chunk in new.chunks(500) {
                let rows: Vec<_> = chunk.iter().map(row).collect();
                added += diesel::insert_into(deliveries::table)
                    .values(rows)
                    .on_conflict_do_nothing()
                    .execute(conn)
                    .await?;
            }
        }
        Conn::Sqlite(conn) => {
            for new in new {
                added += diesel::insert_into(deliveries::table)
                    .values(row(new))
                    .on_conflict_do_nothing()
                    .execute(conn)
                    .await?;
            }
        }
    }
    tx.succeeded();
    Ok(added)
}

/// Adds a delivery that its maker sends at once.
///
/// # Errors
/// When the query fails.
pub async fn insert_sending(
    tx: &mut Tx,
    tenant: TenantId,
    new: &NewDelivery,
    node: &str,
    until: Timestamp,
    now: Timestamp,
) -> DbResult<Leased> {
    on_either!(tx, conn => {
        diesel::insert_into(deliveries::table)
            .values((
                deliveries::id.eq(Word(new.id)),
                deliveries::tenant_id.eq(Word(tenant)),
                deliveries::endpoint_id.eq(Word(new.endpoint)),
                deliveries::event_id.eq(&new.event_id),
                deliveries::event_type.eq(&new.event_type),
                deliveries::event_at.eq(At(new.event_at)),
                deliveries::event_seq.eq(new.event_seq),
                deliveries::body.eq(&new.body),
                deliveries::state.eq(Word(DeliveryState::Sending)),
                deliveries::fence.eq(1),
                deliveries::failures.eq(0),
                deliveries::due_at.eq(At(now)),
                deliveries::leased_by.eq(node),
                deliveries::lease_until.eq(At(until)),
                deliveries::created_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(Leased {
        tenant,
        endpoint: new.endpoint,
        delivery: new.id,
        fence: 1,
    })
}

/// Begins a delivery anew that has ended, or that waits: due now, with all its tries before it. One that is being sent stays as it
/// is. `false`: there is no such delivery.
///
/// # Errors
/// When the query fails.
pub async fn begin_anew(
    tx: &mut Tx,
    tenant: TenantId,
    endpoint: WebhookId,
    id: DeliveryId,
    now: Timestamp,
) -> DbResult<bool> {
    let found: i64 = on_either!(tx, conn => {
        let own = || {
            deliveries::table
                .find(Word(id))
                .filter(deliveries::tenant_id.eq(Word(tenant)))
                .filter(deliveries::endpoint_id.eq(Word(endpoint)))
        };
        diesel::update(own().filter(deliveries::state.ne(Word(DeliveryState::Sending))))
            .set((
                deliveries::state.eq(Word(DeliveryState::Pending)),
                deliveries::failures.eq(0),
                deliveries::due_at.eq(At(now)),
                deliveries::ended_at.eq(None::<At>),
            ))
            .execute(conn)
            .await?;
        own().count().get_result(conn).await
    })?;
    Ok(found > 0)
}

/// As [`begin_anew`], for those of the endpoint's deliveries that are of these events. Tells how many.
///
/// # Errors
/// When the query fails.
pub async fn begin_events_anew(
    tx: &mut Tx,
    tenant: TenantId,
    endpoint: WebhookId,
    events: &[String],
    now: Timestamp,
) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::update(
            deliveries::table
                .filter(deliveries::endpoint_id.eq(Word(endpoint)))
                .filter(deliveries::event_id.eq_any(events))
                .filter(deliveries::tenant_id.eq(Word(tenant)))
                .filter(deliveries::state.ne(Word(DeliveryState::Sending))),
        )
        .set((
            deliveries::state.eq(Word(DeliveryState::Pending)),
            deliveries::failures.eq(0),
            deliveries::due_at.eq(At(now)),
            deliveries::ended_at.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?)
}

/// One of the endpoint's deliveries.
///
/// # Errors
/// When the query fails.
pub async fn find(
    tx: &mut Tx,
    tenant: TenantId,
    endpoint: WebhookId,
    id: DeliveryId,
) -> DbResult<Option<Delivery>> {
    let found: Option<(Listed, String)> = on_either!(tx, conn => {
        deliveries::table
            .find(Word(id))
            .filter(deliveries::tenant_id.eq(Word(tenant)))
            .filter(deliveries::endpoint_id.eq(Word(endpoint)))
            .select((Listed::as_select(), deliveries::body))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.map(|(listed, body)| Delivery { listed, body }))
}

/// How many deliveries of an endpoint fit, and a page of them, newest first.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    endpoint: WebhookId,
    wanted: Wanted,
) -> DbResult<(i64, Vec<Listed>)> {
    Ok(on_either!(tx, conn => {
        let fitting = || {
            let mut fitting = deliveries::table
                .filter(deliveries::tenant_id.eq(Word(tenant)))
                .filter(deliveries::endpoint_id.eq(Word(endpoint)))
                .into_boxed();
            if let Some(state) = wanted.state {
                fitting = fitting.filter(deliveries::state.eq(Word(state)));
            }
            if let Some(since) = wanted.since {
                fitting = fitting.filter(deliveries::created_at.ge(At(since)));
            }
            if let Some(until) = wanted.until {
                fitting = fitting.filter(deliveries::created_at.lt(At(until)));
            }
            fitting
        };
        let total: i64 = fitting().count().get_result(conn).await?;
        let found = fitting()
            .select(Listed::as_select())
            .order((deliveries::created_at.desc(), deliveries::id.desc()))
            .limit(wanted.limit)
            .offset(wanted.offset)
            .load(conn)
            .await?;
        diesel::QueryResult::Ok((total, found))
    })?)
}

/// Writes down how a try went and what becomes of its delivery. `false`: somebody else has it now, and nothing was written.
///
/// # Errors
/// When the query fails.
pub async fn settle(
    tx: &mut Tx,
    leased: &Leased,
    attempt: &Attempt,
    fate: Fate,
    now: Timestamp,
) -> DbResult<bool> {
    let (state, due_at, is_failure) = match fate {
        Fate::Delivered => (DeliveryState::Delivered, now, 0),
        Fate::Again(at) => (DeliveryState::Pending, at, 1),
        Fate::Failed => (DeliveryState::Failed, now, 1),
    };
    let ended_at = (state != DeliveryState::Pending).then_some(At(now));
    let settled = on_either!(tx, conn => {
        diesel::update(
            deliveries::table
                .find(Word(leased.delivery))
                .filter(deliveries::tenant_id.eq(Word(leased.tenant)))
                .filter(deliveries::fence.eq(leased.fence))
                .filter(deliveries::state.eq(Word(DeliveryState::Sending))),
        )
        .set((
            deliveries::state.eq(Word(state)),
            deliveries::failures.eq(deliveries::failures + is_failure),
            deliveries::due_at.eq(At(due_at)),
            deliveries::last_status.eq(attempt.status),
            deliveries::ended_at.eq(ended_at),
            deliveries::leased_by.eq(None::<String>),
            deliveries::lease_until.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?;
    if settled == 1 {
        attempts::insert(tx, leased.tenant, leased.delivery, attempt).await?;
    }
    Ok(settled == 1)
}

/// Forgets up to `limit` deliveries that came to be before `then`, with their tries: those that ended, and those that wait for an
/// endpoint that nothing is sent to. Tells how many.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, then: Timestamp, limit: i64) -> DbResult<usize> {
    use crate::schema::webhook_endpoints as endpoints;
    let idle = endpoints::table
        .filter(diesel::dsl::not(endpoints::is_active))
        .select(endpoints::id);
    let old = deliveries::table
        .filter(deliveries::created_at.lt(At(then)))
        .filter(
            deliveries::ended_at
                .is_not_null()
                .or(deliveries::endpoint_id.eq_any(idle)),
        )
        .order(deliveries::created_at)
        .limit(limit)
        .select(deliveries::id);
    let ids: Vec<Word<DeliveryId>> = match tx.conn() {
        Conn::Postgres(conn) => old.for_update().skip_locked().load(conn).await?,
        Conn::Sqlite(conn) => old.load(conn).await?,
    };
    tx.succeeded();
    Ok(on_either!(tx, conn => {
        diesel::delete(deliveries::table.filter(deliveries::id.eq_any(ids)))
            .execute(conn)
            .await
    })?)
}
