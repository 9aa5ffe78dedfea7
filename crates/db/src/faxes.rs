//! Faxes, both ways.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{
    Direction, DocumentId, E164, FaxId, FaxStatus, Priority, Resolution, TenantId, Timestamp,
    UserId,
};

use crate::column::{At, OptAt, OptWord, Rank, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::faxes;
use crate::tx::Tx;

/// A fax.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = faxes, check_for_backend(Pg, Sqlite))]
pub struct Fax {
    /// Its id: the transaction's `uuid` in the API.
    #[diesel(deserialize_as = Word<FaxId>)]
    pub id: FaxId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// Who sent it; nobody for what came in.
    #[diesel(deserialize_as = OptWord<UserId>)]
    pub user_id: Option<UserId>,
    /// Which way it travels.
    #[diesel(deserialize_as = Word<Direction>)]
    pub direction: Direction,
    /// Its public status.
    #[diesel(deserialize_as = Word<FaxStatus>)]
    pub status: FaxStatus,
    /// The sender, as it came in.
    pub sender_number: String,
    /// The sender in E.164: the DID for an outbound fax.
    #[diesel(deserialize_as = OptWord<E164>)]
    pub sender_e164: Option<E164>,
    /// The first recipient, as it came in.
    pub recipient_number: String,
    /// What is sent; nothing for what came in.
    #[diesel(deserialize_as = OptWord<DocumentId>)]
    pub document_id: Option<DocumentId>,
    /// How fine its pages are.
    #[diesel(deserialize_as = Word<Resolution>)]
    pub resolution: Resolution,
    /// Pages of the document.
    pub pages: i32,
    /// Seconds on the line, all attempts together.
    pub duration: i32,
    /// Where its fax pages are, once they are made.
    pub pages_key: Option<String>,
    /// About how long the pages take on the line, in seconds.
    pub line_seconds: i32,
    /// Whether it only ever goes to the simulator.
    pub simulated: bool,
    /// Inbound: whether pages are missing.
    pub is_partial: bool,
    /// Why it failed, for people.
    pub error: Option<String>,
    /// What the far fax machine calls itself: foreign text.
    pub remote_station_id: Option<String>,
    /// Inbound: the call or message that brought it; unique.
    pub call_key: Option<String>,
    /// When it was accepted.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[diesel(deserialize_as = At)]
    pub updated_at: Timestamp,
    /// Its place among the tenant's own faxes.
    #[diesel(deserialize_as = Rank)]
    pub priority: Priority,
    /// Not before this moment, if its sender said so.
    #[diesel(deserialize_as = OptAt)]
    pub send_at: Option<Timestamp>,
}

/// Which faxes to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only this way.
    pub direction: Option<Direction>,
    /// Only with this status.
    pub status: Option<FaxStatus>,
}

/// Adds a fax.
///
/// # Errors
/// `is_unique_violation` when its call key is known already.
pub async fn insert(tx: &mut Tx, fax: &Fax) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(faxes::table)
            .values((
                (
                    faxes::id.eq(Word(fax.id)),
                    faxes::tenant_id.eq(Word(fax.tenant_id)),
                    faxes::user_id.eq(Word::opt(fax.user_id)),
                    faxes::direction.eq(Word(fax.direction)),
                    faxes::status.eq(Word(fax.status)),
                    faxes::sender_number.eq(&fax.sender_number),
                    faxes::sender_e164.eq(Word::opt(fax.sender_e164.clone())),
                    faxes::recipient_number.eq(&fax.recipient_number),
                    faxes::document_id.eq(Word::opt(fax.document_id)),
                    faxes::resolution.eq(Word(fax.resolution)),
                    faxes::pages.eq(fax.pages),
                ),
                (
                    faxes::duration.eq(fax.duration),
                    faxes::pages_key.eq(&fax.pages_key),
                    faxes::line_seconds.eq(fax.line_seconds),
                    faxes::simulated.eq(fax.simulated),
                    faxes::is_partial.eq(fax.is_partial),
                    faxes::error.eq(&fax.error),
                    faxes::remote_station_id.eq(&fax.remote_station_id),
                    faxes::call_key.eq(&fax.call_key),
                    faxes::created_at.eq(At(fax.created_at)),
                    faxes::updated_at.eq(At(fax.updated_at)),
                    faxes::priority.eq(Rank(fax.priority)),
                    faxes::send_at.eq(fax.send_at.map(At)),
                ),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The tenant's fax with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: FaxId) -> DbResult<Option<Fax>> {
    Ok(on_either!(tx, conn => {
        faxes::table
            .filter(faxes::tenant_id.eq(Word(tenant)))
            .filter(faxes::id.eq(Word(id)))
            .select(Fax::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The tenant's fax with this id, locked until the transaction ends: who changes a fax's status from its items asks for
/// it first, so that two who end an item each do not both overlook the other's.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut Tx, tenant: TenantId, id: FaxId) -> DbResult<Option<Fax>> {
    let own = faxes::table
        .filter(faxes::tenant_id.eq(Word(tenant)))
        .filter(faxes::id.eq(Word(id)));
    let found = match tx.conn() {
        Conn::Postgres(conn) => own
            .select(Fax::as_select())
            .for_no_key_update()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => own.select(Fax::as_select()).first(conn).await.optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// A page of the tenant's faxes, newest first.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    filter: Filter,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<Fax>> {
    Ok(on_either!(tx, conn => {
        let mut query = faxes::table
            .filter(faxes::tenant_id.eq(Word(tenant)))
            .select(Fax::as_select())
            .order((faxes::created_at.desc(), faxes::id.desc()))
            .limit(limit)
            .offset(offset)
            .into_boxed();
        if let Some(direction) = filter.direction {
            query = query.filter(faxes::direction.eq(Word(direction)));
        }
        if let Some(status) = filter.status {
            query = query.filter(faxes::status.eq(Word(status)));
        }
        query.load(conn).await
    })?)
}

/// How many of the tenant's faxes the filter lets through.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut Tx, tenant: TenantId, filter: Filter) -> DbResult<i64> {
    Ok(on_either!(tx, conn => {
        let mut query = faxes::table
            .filter(faxes::tenant_id.eq(Word(tenant)))
            .count()
            .into_boxed();
        if let Some(direction) = filter.direction {
            query = query.filter(faxes::direction.eq(Word(direction)));
        }
        if let Some(status) = filter.status {
            query = query.filter(faxes::status.eq(Word(status)));
        }
        query.get_result(conn).await
    })?)
}

/// Writes an inbound fax anew that came in without its pages before; the row with its id, of its tenant.
///
/// # Errors
/// When the query fails.
pub async fn receive_again(tx: &mut Tx, fax: &Fax) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            faxes::table
                .filter(faxes::tenant_id.eq(Word(fax.tenant_id)))
                .filter(faxes::id.eq(Word(fax.id)))
                .filter(faxes::direction.eq(Word(Direction::Inbound))),
        )
        .set((
            faxes::status.eq(Word(fax.status)),
            faxes::sender_number.eq(&fax.sender_number),
            faxes::sender_e164.eq(Word::opt(fax.sender_e164.clone())),
            faxes::recipient_number.eq(&fax.recipient_number),
            faxes::pages.eq(fax.pages),
            faxes::duration.eq(fax.duration),
            faxes::pages_key.eq(&fax.pages_key),
            faxes::is_partial.eq(fax.is_partial),
            faxes::error.eq(&fax.error),
            faxes::remote_station_id.eq(&fax.remote_station_id),
            faxes::created_at.eq(At(fax.created_at)),
            faxes::updated_at.eq(At(fax.updated_at)),
            faxes::removed_at.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// What an outbound fax's progress changes on its row.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The status, from its items.
    pub status: FaxStatus,
    /// Seconds on the line to add.
    pub more_seconds: u32,
    /// Why it failed, for people; `None` takes away what was there.
    pub error: Option<String>,
}

/// Writes progress down.
///
/// # Errors
/// When the query fails.
pub async fn progress(
    tx: &mut Tx,
    tenant: TenantId,
    id: FaxId,
    progress: &Progress,
    now: Timestamp,
) -> DbResult<()> {
    let more = i32::try_from(progress.more_seconds).unwrap_or(i32::MAX);
    on_either!(tx, conn => {
        diesel::update(faxes::table.filter(faxes::tenant_id.eq(Word(tenant))).filter(faxes::id.eq(Word(id))))
            .set((
                faxes::status.eq(Word(progress.status)),
                faxes::duration.eq(faxes::duration + more),
                faxes::error.eq(&progress.error),
                faxes::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Writes down where the fax's pages are.
///
/// # Errors
/// When the query fails.
pub async fn set_pages(
    tx: &mut Tx,
    tenant: TenantId,
    id: FaxId,
    made: &crate::renditions::Rendition,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(faxes::table.filter(faxes::tenant_id.eq(Word(tenant))).filter(faxes::id.eq(Word(id))))
            .set((
                faxes::pages_key.eq(&made.storage_key),
                faxes::pages.eq(made.pages),
                faxes::line_seconds.eq(made.line_seconds),
                faxes::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Those of the faxes that are not finished.
///
/// # Errors
/// When the query fails.
pub async fn open_among(tx: &mut crate::System, faxes: &[FaxId]) -> DbResult<Vec<FaxId>> {
    let ids: Vec<_> = faxes.iter().copied().map(Word).collect();
    let open = [FaxStatus::Pending, FaxStatus::Processing].map(Word);
    let rows: Vec<Word<FaxId>> = on_either!(tx, conn => {
        faxes::table
            .filter(faxes::id.eq_any(ids))
            .filter(faxes::status.eq_any(open))
            .select(faxes::id)
            .load(conn)
            .await
    })?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}
