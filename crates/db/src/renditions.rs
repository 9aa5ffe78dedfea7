//! Fax-ready pages, made once for each document and each way to make them.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{RenditionId, TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{doomed_files, renditions};
use crate::tx::{System, Tx};

/// Fax-ready pages in the document store.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = renditions, check_for_backend(Pg, Sqlite))]
pub struct Rendition {
    /// Its id.
    #[diesel(deserialize_as = Word<RenditionId>)]
    pub id: RenditionId,
    /// What it was made from, and how.
    pub cache_key: String,
    /// Where its TIFF is.
    pub storage_key: String,
    /// Pages.
    pub pages: i32,
    /// About how long the pages take on the line, in seconds.
    pub line_seconds: i32,
}

/// The pages made so already.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, cache_key: &str) -> DbResult<Option<Rendition>> {
    Ok(on_either!(tx, conn => {
        renditions::table
            .filter(renditions::tenant_id.eq(Word(tenant)))
            .filter(renditions::cache_key.eq(cache_key))
            .select(Rendition::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The pages made so already, held until the transaction ends: nobody removes them before it is seen who needs them.
///
/// # Errors
/// When the query fails.
pub async fn hold(tx: &mut Tx, tenant: TenantId, cache_key: &str) -> DbResult<Option<Rendition>> {
    let one = renditions::table
        .filter(renditions::tenant_id.eq(Word(tenant)))
        .filter(renditions::cache_key.eq(cache_key));
    let found = match tx.conn() {
        Conn::Postgres(conn) => one
            .select(Rendition::as_select())
            .for_key_share()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => one
            .select(Rendition::as_select())
            .first(conn)
            .await
            .optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// Remembers pages, and holds them as [`hold`] does; when somebody else made the same meanwhile, it is theirs that count, and these
/// are to be removed. `None`: they were made long ago, and are being removed now.
///
/// # Errors
/// When the query fails.
pub async fn settle(
    tx: &mut System,
    tenant: TenantId,
    made: &Rendition,
    now: Timestamp,
) -> DbResult<Option<Rendition>> {
    insert(tx, tenant, made, now).await?;
    let Some(found) = hold(tx, tenant, &made.cache_key).await? else {
        return Ok(None);
    };
    let own = (found.storage_key == made.storage_key).then_some(&found.storage_key);
    if let Some(key) = own {
        let gone: i64 = on_either!(tx, conn => {
            doomed_files::table.filter(doomed_files::storage_key.eq(key)).count().get_result(conn).await
        })?;
        return Ok((gone == 0).then_some(found));
    }
    crate::retention::doom(tx, std::slice::from_ref(&made.storage_key), now).await?;
    Ok(Some(found))
}

/// Remembers pages; when somebody else made the same meanwhile, nothing changes.
///
/// # Errors
/// When the query fails.
pub async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    made: &Rendition,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(renditions::table)
            .values((
                renditions::id.eq(Word(made.id)),
                renditions::tenant_id.eq(Word(tenant)),
                renditions::cache_key.eq(&made.cache_key),
                renditions::storage_key.eq(&made.storage_key),
                renditions::pages.eq(made.pages),
                renditions::line_seconds.eq(made.line_seconds),
                renditions::created_at.eq(At(now)),
            ))
            .on_conflict((renditions::tenant_id, renditions::cache_key))
            .do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(())
}
