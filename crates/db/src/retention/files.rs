//! Files that nothing names any more.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{DocumentId, TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{doomed_files as doomed_rows, renditions};
use crate::sql::Sql;
use crate::tx::System;

/// Of these pages, whose faxes have given them up, those that no other fax needs; no fax will get them any more.
///
/// # Errors
/// When the query fails.
pub async fn unneeded_pages(
    tx: &mut System,
    tenant: TenantId,
    pages: &[String],
) -> DbResult<Vec<String>> {
    if pages.is_empty() {
        return Ok(Vec::new());
    }
    // A fax that takes pages which were made for another holds their row until it is there to be seen, by the next statement.
    let made = renditions::table
        .filter(renditions::tenant_id.eq(Word(tenant)))
        .filter(renditions::storage_key.eq_any(pages))
        .order(renditions::id)
        .select(renditions::storage_key);
    let locked: Vec<String> = match tx.conn() {
        Conn::Postgres(conn) => made.for_update().load(conn).await?,
        Conn::Sqlite(conn) => made.load(conn).await?,
    };
    tx.succeeded();
    let kept = Sql::<(Nullable<Text>,)>::new(
        "SELECT DISTINCT pages_key FROM faxes WHERE removed_at IS NULL AND tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND pages_key")
    .one_of(pages);
    let kept: Vec<(Option<String>,)> = on_either!(tx, conn => kept.load(conn).await)?;
    let kept: BTreeSet<String> = kept.into_iter().filter_map(|(key,)| key).collect();
    let gone: Vec<String> = locked
        .into_iter()
        .filter(|key| !kept.contains(key))
        .collect();
    if !gone.is_empty() {
        on_either!(tx, conn => {
            diesel::delete(
                renditions::table
                    .filter(renditions::tenant_id.eq(Word(tenant)))
                    .filter(renditions::storage_key.eq_any(&gone)),
            )
            .execute(conn)
            .await
        })?;
    }
    Ok(pages
        .iter()
        .filter(|key| !kept.contains(*key))
        .cloned()
        .collect())
}

/// The pages that were made of these documents alone; faxes may need them. Pages with a cover before them are their fax's.
///
/// # Errors
/// When the query fails.
pub async fn pages_of(
    tx: &mut System,
    tenant: TenantId,
    documents: &[DocumentId],
) -> DbResult<Vec<String>> {
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let made = Sql::<(Text,)>::new(
        "SELECT DISTINCT r.storage_key FROM renditions r JOIN documents d ON d.tenant_id = r.tenant_id \
         AND substr(r.cache_key, 1, 65) = d.sha256 || '-' WHERE r.tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND d.id")
    .one_of(documents);
    let made: Vec<(String,)> = on_either!(tx, conn => made.load(conn).await)?;
    Ok(made.into_iter().map(|(key,)| key).collect())
}

/// Writes files down that are to be removed from the store. Their keys go at once: nobody can read them any more, wherever copies are.
///
/// # Errors
/// When the query fails.
pub async fn doom(tx: &mut System, keys: &[String], now: Timestamp) -> DbResult<()> {
    crate::keys::remove(tx, keys).await?;
    for key in keys {
        on_either!(tx, conn => {
            diesel::insert_into(doomed_rows::table)
                .values((
                    doomed_rows::storage_key.eq(key),
                    doomed_rows::doomed_at.eq(At(now)),
                ))
                .on_conflict_do_nothing()
                .execute(conn)
                .await
        })?;
    }
    Ok(())
}

/// Files that are to be removed, those behind `after`.
///
/// # Errors
/// When the query fails.
pub async fn doomed(tx: &mut System, after: &str, limit: i64) -> DbResult<Vec<String>> {
    Ok(on_either!(tx, conn => {
        doomed_rows::table
            .filter(doomed_rows::storage_key.gt(after))
            .select(doomed_rows::storage_key)
            .order(doomed_rows::storage_key)
            .limit(limit)
            .load(conn)
            .await
    })?)
}

/// These files are removed.
///
/// # Errors
/// When the query fails.
pub async fn undoom(tx: &mut System, keys: &[String]) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(doomed_rows::table.filter(doomed_rows::storage_key.eq_any(keys)))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Those of the files that some row names: a document, pages, what came in, what is to be removed.
///
/// # Errors
/// When the query fails.
pub async fn named(tx: &mut System, keys: &[String]) -> DbResult<BTreeSet<String>> {
    let query = Sql::<(Nullable<Text>,)>::new(
        "SELECT storage_key FROM documents WHERE removed_at IS NULL AND storage_key",
    )
    .one_of(keys)
    .sql(" UNION SELECT storage_key FROM renditions WHERE storage_key")
    .one_of(keys)
    .sql(" UNION SELECT pages_key FROM faxes WHERE removed_at IS NULL AND pages_key")
    .one_of(keys)
    .sql(" UNION SELECT file_key FROM receptions WHERE file_key")
    .one_of(keys)
    .sql(" UNION SELECT storage_key FROM doomed_files WHERE storage_key")
    .one_of(keys);
    let found: Vec<(Option<String>,)> = on_either!(tx, conn => query.load(conn).await)?;
    Ok(found.into_iter().filter_map(|(key,)| key).collect())
}
