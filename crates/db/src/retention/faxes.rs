//! Faxes whose time is over.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{Direction, E164, FaxId, TenantId, Timestamp};

use crate::column::{At, OptWord, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{faxes, queue_items, receptions};
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// What came to its end before this is due; `None`: it is kept for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cutoffs {
    /// Faxes that were sent.
    pub sent: Option<Timestamp>,
    /// Faxes that failed or were canceled.
    pub failed: Option<Timestamp>,
    /// Faxes that came in.
    pub received: Option<Timestamp>,
}

/// Where a round through a tenant's faxes has come to.
pub type Place = (Timestamp, FaxId);

/// A fax whose time is over.
#[derive(Clone, Debug)]
pub struct DueFax {
    /// Its id.
    pub id: FaxId,
    /// Out or in.
    pub direction: Direction,
    /// Who sent it, as it came in.
    pub sender_number: String,
    /// Who sent it.
    pub sender: Option<E164>,
    /// Whom it is for, or the first of them, as it came in.
    pub recipient_number: String,
    /// When it was handed in, or came in.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub ended_at: Timestamp,
}

/// Far beyond any fax, and long before any: nothing is due.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Faxes of the tenant that came to their end before the cutoffs, and whose files are still kept, oldest first, those behind `after`.
/// None that a recipient is open or held of, and none whose reception somebody works on.
///
/// # Errors
/// When the query fails.
pub async fn due_faxes(
    tx: &mut System,
    tenant: TenantId,
    cutoffs: &Cutoffs,
    after: Option<Place>,
    limit: i64,
) -> DbResult<Vec<DueFax>> {
    type Types = (
        Text,
        Text,
        Text,
        Nullable<Text>,
        Text,
        UtcTimestamp,
        UtcTimestamp,
    );
    type Row = (
        Word<FaxId>,
        Word<Direction>,
        String,
        OptWord<E164>,
        String,
        At,
        At,
    );
    let never = || Timestamp::parse(NEVER).unwrap_or(Timestamp::new(chrono::DateTime::UNIX_EPOCH));
    let cutoff = |cutoff: Option<Timestamp>| cutoff.unwrap_or_else(never);
    let (since, id) = match after {
        Some((at, id)) => (at, id.to_string()),
        None => (never(), String::new()),
    };
    let query = Sql::<Types>::new(
        "SELECT f.id, f.direction, f.sender_number, f.sender_e164, f.recipient_number, f.created_at, f.updated_at \
         FROM faxes f WHERE f.removed_at IS NULL AND f.tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND (f.updated_at > ")
    .at(since)
    .sql(" OR f.updated_at = ")
    .at(since)
    .sql(" AND f.id > ")
    .str(&id)
    .sql(") AND (f.direction = 'outbound' AND f.status = 'sent' AND f.updated_at < ")
    .at(cutoff(cutoffs.sent))
    .sql(" OR f.direction = 'outbound' AND f.status IN ('failed', 'canceled') AND f.updated_at < ")
    .at(cutoff(cutoffs.failed))
    .sql(" OR f.direction = 'inbound' AND f.status IN ('received', 'failed') AND f.updated_at < ")
    .at(cutoff(cutoffs.received))
    .sql(
        ") AND NOT EXISTS (SELECT 1 FROM queue_items i WHERE i.fax_id = f.id AND i.tenant_id = f.tenant_id \
         AND i.state NOT IN ('sent', 'failed', 'canceled')) \
         AND NOT EXISTS (SELECT 1 FROM receptions r JOIN jobs j ON j.kind = 'deliver' AND j.subject = r.id WHERE r.fax_id = f.id) \
         ORDER BY f.updated_at, f.id LIMIT ",
    )
    .int(limit);
    let rows: Vec<Row> = on_either!(tx, conn => query.load(conn).await)?;
    let due =
        |(id, direction, sender_number, sender, recipient_number, created_at, ended_at): Row| {
            DueFax {
                id: id.into(),
                direction: direction.into(),
                sender_number,
                sender: sender.into(),
                recipient_number,
                created_at: created_at.into(),
                ended_at: ended_at.into(),
            }
        };
    Ok(rows.into_iter().map(due).collect())
}

/// The recipients' numbers of each of the tenant's faxes.
///
/// # Errors
/// When the query fails.
pub async fn recipients(
    tx: &mut Tx,
    tenant: TenantId,
    of: &[FaxId],
) -> DbResult<BTreeMap<FaxId, Vec<E164>>> {
    let ids: Vec<_> = of.iter().copied().map(Word).collect();
    let rows: Vec<(Word<FaxId>, Word<E164>)> = on_either!(tx, conn => {
        queue_items::table
            .filter(queue_items::tenant_id.eq(Word(tenant)))
            .filter(queue_items::fax_id.eq_any(ids))
            .select((queue_items::fax_id, queue_items::destination))
            .load(conn)
            .await
    })?;
    let mut numbers: BTreeMap<FaxId, Vec<E164>> = BTreeMap::new();
    for (fax, number) in rows {
        numbers.entry(fax.into()).or_default().push(number.into());
    }
    Ok(numbers)
}

/// Takes the faxes' files away from them; says which those were, pages and what came in as it came. Others may need the same: see
/// [`unneeded_pages`](super::unneeded_pages). The second are those that only receptions name.
///
/// # Errors
/// When the query fails.
pub async fn remove(
    tx: &mut System,
    tenant: TenantId,
    those: &[FaxId],
    now: Timestamp,
) -> DbResult<(Vec<String>, Vec<String>)> {
    let ids: Vec<_> = those.iter().copied().map(Word).collect();
    let pages: Vec<Option<String>> = on_either!(tx, conn => {
        diesel::update(
            faxes::table
                .filter(faxes::tenant_id.eq(Word(tenant)))
                .filter(faxes::id.eq_any(ids.clone()))
                .filter(faxes::removed_at.is_null()),
        )
        .set(faxes::removed_at.eq(At(now)))
        .returning(faxes::pages_key)
        .get_results(conn)
        .await
    })?;
    let texts: Vec<String> = those.iter().map(ToString::to_string).collect();
    let came: Vec<Option<String>> = on_either!(tx, conn => {
        receptions::table
            .filter(receptions::fax_id.eq_any(texts.clone()))
            .filter(receptions::file_key.is_not_null())
            .select(receptions::file_key)
            .load(conn)
            .await
    })?;
    on_either!(tx, conn => {
        diesel::update(receptions::table.filter(receptions::fax_id.eq_any(texts)))
            .set(receptions::file_key.eq(None::<String>))
            .execute(conn)
            .await
    })?;
    let mut pages: Vec<String> = pages.into_iter().flatten().collect();
    pages.sort();
    pages.dedup();
    Ok((pages, came.into_iter().flatten().collect()))
}

/// Since when the fax's files are gone; `None`: they are not.
///
/// # Errors
/// When the query fails.
pub async fn removed_at(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Option<Timestamp>> {
    let found: Option<crate::column::OptAt> = on_either!(tx, conn => {
        faxes::table
            .filter(faxes::tenant_id.eq(Word(tenant)))
            .filter(faxes::id.eq(Word(fax)))
            .select(faxes::removed_at)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.and_then(Into::into))
}
