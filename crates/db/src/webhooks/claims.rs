//! Which deliveries are sent now, and by whom.

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use faxgate_types::{DeliveryId, DeliveryState, TenantId, Timestamp, WebhookId};

use super::attempts::{self, Attempt};
use super::endpoints::Hidden;
use crate::column::{At, OptAt, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{webhook_deliveries as deliveries, webhook_endpoints as endpoints};
use crate::tx::System;

/// As `webhook_deliveries_due` has it.
const PENDING: &str = "webhook_deliveries.state = 'pending'";
/// As `webhook_deliveries_leased` has it.
const SENDING: &str = "webhook_deliveries.state = 'sending'";

/// What a try was cut off by.
const CUT_OFF: &str = "the gateway stopped before it knew how this ended";

/// A delivery in somebody's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it goes.
    pub endpoint: WebhookId,
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its fence, and which try this is, from 1.
    pub fence: i32,
}

/// A delivery that is to be sent now, with all that takes.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery, in the claimer's hands.
    pub leased: Leased,
    /// Failures before this try.
    pub failures: i32,
    /// The event's id.
    pub event_id: String,
    /// What is sent.
    pub body: String,
    /// Where it goes.
    pub url: String,
    /// What signs.
    pub secret: Hidden,
    /// What signs as well, until then.
    pub former: Option<(Hidden, Timestamp)>,
}

/// The endpoints that something is due for, and whose they are, except `full` ones, which have their hands full here.
///
/// # Errors
/// When the query fails.
pub async fn ready(
    tx: &mut System,
    full: &[WebhookId],
    now: Timestamp,
) -> DbResult<Vec<(TenantId, WebhookId)>> {
    let full: Vec<_> = full.iter().copied().map(Word).collect();
    let found: Vec<(Word<TenantId>, Word<WebhookId>)> = on_either!(tx, conn => {
        let due = deliveries::table
            .filter(deliveries::endpoint_id.eq(endpoints::id))
            .filter(sql::<Bool>(PENDING))
            .filter(deliveries::due_at.le(At(now)));
        endpoints::table
            .filter(endpoints::is_active)
            .filter(endpoints::not_before.is_null().or(endpoints::not_before.le(At(now))))
            .filter(endpoints::id.ne_all(full))
            .filter(exists(due))
            .order(endpoints::id)
            .select((endpoints::tenant_id, endpoints::id))
            .load(conn)
            .await
    })?;
    let place = |(tenant, id): (Word<TenantId>, Word<WebhookId>)| (tenant.0, id.0);
    Ok(found.into_iter().map(place).collect())
}

/// Leases up to `room` deliveries of an endpoint that are due, so that no more than `most` of it are in anybody's hands, oldest
/// events first. None when somebody else claims from it just now.
///
/// # Errors
/// When the query fails.
pub async fn claim(
    tx: &mut System,
    endpoint: WebhookId,
    node: &str,
    (now, until): (Timestamp, Timestamp),
    most: i64,
    room: i64,
) -> DbResult<Vec<Claimed>> {
    type Place = (Word<TenantId>, String, String, Option<String>, OptAt);
    let place = endpoints::table
        .find(Word(endpoint))
        .filter(endpoints::is_active)
        .select((
            endpoints::tenant_id,
            endpoints::url,
            endpoints::secret,
            endpoints::former_secret,
            endpoints::former_until,
        ));
    let place: Option<Place> = match tx.conn() {
        Conn::Postgres(conn) => {
            let alone = place.for_no_key_update().skip_locked();
            alone.first(conn).await.optional()?
        }
        Conn::Sqlite(conn) => place.first(conn).await.optional()?,
    };
    tx.succeeded();
    let Some((tenant, url, secret, former_secret, former_until)) = place else {
        return Ok(Vec::new());
    };
    let in_hands: i64 = on_either!(tx, conn => {
        deliveries::table
            .filter(deliveries::endpoint_id.eq(Word(endpoint)))
            .filter(sql::<Bool>(SENDING))
            .count()
            .get_result(conn)
            .await
    })?;
    let room = room.min(most - in_hands);
    if room < 1 {
        return Ok(Vec::new());
    }
    let rows: Vec<(Word<DeliveryId>, i32, i32, String, String, i64)> = on_either!(tx, conn => {
        // Whoever else changes deliveries of the endpoint to `pending` or from it holds its row, or is done in a moment.
        let due: Vec<Word<DeliveryId>> = deliveries::table
            .filter(deliveries::endpoint_id.eq(Word(endpoint)))
            .filter(sql::<Bool>(PENDING))
            .filter(deliveries::due_at.le(At(now)))
            .order((deliveries::due_at, deliveries::event_seq))
            .limit(room)
            .select(deliveries::id)
            .load(conn)
            .await?;
        diesel::update(
            deliveries::table
                .filter(deliveries::id.eq_any(due))
                .filter(deliveries::state.eq(Word(DeliveryState::Pending))),
        )
        .set((
            deliveries::state.eq(Word(DeliveryState::Sending)),
            deliveries::fence.eq(deliveries::fence + 1),
            deliveries::leased_by.eq(node),
            deliveries::lease_until.eq(At(until)),
        ))
        .returning((
            deliveries::id,
            deliveries::fence,
            deliveries::failures,
            deliveries::event_id,
            deliveries::body,
            deliveries::event_seq,
        ))
        .get_results(conn)
        .await
    })?;
    let tenant = tenant.into();
    let former = former_secret
        .map(Hidden)
        .zip(Option::<Timestamp>::from(former_until));
    let mut rows = rows;
    rows.sort_unstable_by_key(|row| row.5);
    let claimed = rows.into_iter().map(|row| Claimed {
        leased: Leased {
            tenant,
            endpoint,
            delivery: row.0.into(),
            fence: row.1,
        },
        failures: row.2,
        event_id: row.3,
        body: row.4,
        url: url.clone(),
        secret: Hidden(secret.clone()),
        former: former.clone(),
    });
    Ok(claimed.collect())
}

/// Gives a delivery back whose sending never began.
///
/// # Errors
/// When the query fails.
pub async fn give_back(tx: &mut System, leased: &Leased) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            deliveries::table
                .find(Word(leased.delivery))
                .filter(deliveries::fence.eq(leased.fence))
                .filter(sql::<Bool>(SENDING)),
        )
        .set((
            deliveries::state.eq(Word(DeliveryState::Pending)),
            deliveries::leased_by.eq(None::<String>),
            deliveries::lease_until.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// Puts back what this node was sending before it was started again: nobody knows how it ended, so it is sent once more. Tells how
/// many.
///
/// # Errors
/// When the query fails.
pub async fn hand_back(tx: &mut System, node: &str, now: Timestamp) -> DbResult<usize> {
    let lost = on_either!(tx, conn => {
        diesel::update(
            deliveries::table
                .filter(sql::<Bool>(SENDING))
                .filter(deliveries::leased_by.eq(node)),
        )
        .set((
            deliveries::state.eq(Word(DeliveryState::Pending)),
            deliveries::leased_by.eq(None::<String>),
            deliveries::lease_until.eq(None::<At>),
        ))
        .returning((deliveries::tenant_id, deliveries::id, deliveries::fence))
        .get_results(conn)
        .await
    })?;
    note_cut_off(tx, lost, now).await
}

/// As [`hand_back`], for what nodes that are gone were sending: up to `limit` whose lease has lapsed.
///
/// # Errors
/// When the query fails.
pub async fn lapse(tx: &mut System, now: Timestamp, limit: i64) -> DbResult<usize> {
    let lapsed = deliveries::table
        .filter(sql::<Bool>(SENDING))
        .filter(deliveries::lease_until.lt(At(now)))
        .limit(limit)
        .select(deliveries::id);
    // Another node may do the same: each takes what it gets, and none waits.
    let ids: Vec<Word<DeliveryId>> = match tx.conn() {
        Conn::Postgres(conn) => lapsed.for_update().skip_locked().load(conn).await?,
        Conn::Sqlite(conn) => lapsed.load(conn).await?,
    };
    tx.succeeded();
    if ids.is_empty() {
        return Ok(0);
    }
    let lost = on_either!(tx, conn => {
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)))
            .set((
                deliveries::state.eq(Word(DeliveryState::Pending)),
                deliveries::leased_by.eq(None::<String>),
                deliveries::lease_until.eq(None::<At>),
            ))
            .returning((deliveries::tenant_id, deliveries::id, deliveries::fence))
            .get_results(conn)
            .await
    })?;
    note_cut_off(tx, lost, now).await
}

async fn note_cut_off(
    tx: &mut System,
    lost: Vec<(Word<TenantId>, Word<DeliveryId>, i32)>,
    now: Timestamp,
) -> DbResult<usize> {
    let many = lost.len();
    for (tenant, delivery, fence) in lost {
        let attempt = Attempt {
            number: fence,
            started_at: now,
            duration_ms: None,
            status: None,
            response_body: None,
            error: Some(CUT_OFF.to_owned()),
        };
        attempts::insert(tx, tenant.into(), delivery.into(), &attempt).await?;
    }
    Ok(many)
}
