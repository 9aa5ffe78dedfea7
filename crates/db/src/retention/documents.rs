//! Uploads that nothing needs any more.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use faxgate_types::{DocumentId, TenantId, Timestamp};

use crate::column::{At, OptAt, UtcTimestamp, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::documents;
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// An upload that nothing needs any more.
#[derive(Clone, Debug)]
pub struct DueDocument {
    /// Its id.
    pub id: DocumentId,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// No fax that is kept, and no broadcast that goes on, has it.
const UNNEEDED: &str = "NOT EXISTS (SELECT 1 FROM faxes f WHERE f.document_id = d.id AND f.removed_at IS NULL) \
     AND NOT EXISTS (SELECT 1 FROM broadcasts b WHERE b.document_id = d.id AND b.state NOT IN ('completed', 'canceled', 'failed'))";

/// Uploads of the tenant whose bytes are still kept and whose faxes, if there were any, are all removed; those that were never sent
/// only from before `unsent` (`None`: not at all). Oldest first, those behind `after`.
///
/// # Errors
/// When the query fails.
pub async fn due_documents(
    tx: &mut System,
    tenant: TenantId,
    unsent: Option<Timestamp>,
    after: Option<(Timestamp, DocumentId)>,
    limit: i64,
) -> DbResult<Vec<DueDocument>> {
    let mut query = Sql::<(Text, UtcTimestamp)>::new(
        "SELECT d.id, d.created_at FROM documents d WHERE d.removed_at IS NULL AND d.tenant_id = ",
    )
    .str(&tenant);
    if let Some((at, id)) = after {
        query = query
            .sql(" AND (d.created_at > ")
            .at(at)
            .sql(" OR d.created_at = ")
            .at(at)
            .sql(" AND d.id > ")
            .str(&id)
            .sql(")");
    }
    query = query.sql(" AND ").sql(UNNEEDED);
    query = query.sql(" AND (EXISTS (SELECT 1 FROM faxes f WHERE f.document_id = d.id)");
    if let Some(unsent) = unsent {
        query = query.sql(" OR d.created_at < ").at(unsent);
    }
    let query = query.sql(") ORDER BY d.created_at, d.id LIMIT ").int(limit);
    let rows: Vec<(Word<DocumentId>, At)> = on_either!(tx, conn => query.load(conn).await)?;
    let due = |(id, created_at): (Word<DocumentId>, At)| DueDocument {
        id: id.into(),
        created_at: created_at.into(),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Takes those documents' bytes away from them that nothing needs: whoever sends one of them right now keeps it. Says which documents,
/// and where their bytes lie.
///
/// # Errors
/// When the query fails.
pub async fn take_away(
    tx: &mut System,
    tenant: TenantId,
    those: &[DocumentId],
    now: Timestamp,
) -> DbResult<Vec<(DocumentId, String)>> {
    let ids: Vec<_> = those.iter().copied().map(Word).collect();
    // A fax that is being made of one holds its row (`FOR KEY SHARE`) until it is there to be seen, by the next statement.
    let own = documents::table
        .filter(documents::tenant_id.eq(Word(tenant)))
        .filter(documents::id.eq_any(ids))
        .filter(documents::removed_at.is_null())
        .select(documents::id);
    let locked: Vec<Word<DocumentId>> = match tx.conn() {
        Conn::Postgres(conn) => own.for_update().skip_locked().load(conn).await?,
        Conn::Sqlite(conn) => own.load(conn).await?,
    };
    tx.succeeded();
    if locked.is_empty() {
        return Ok(Vec::new());
    }
    let update = Sql::<(Text, Text)>::new("UPDATE documents AS d SET removed_at = ")
        .at(now)
        .sql(" WHERE d.id")
        .one_of(locked.iter().map(|id| id.0))
        .sql(" AND ")
        .sql(UNNEEDED)
        .sql(" RETURNING id, storage_key");
    let taken: Vec<(Word<DocumentId>, String)> = on_either!(tx, conn => update.load(conn).await)?;
    Ok(taken
        .into_iter()
        .map(|(id, key)| (id.into(), key))
        .collect())
}

/// Since when the bytes of the upload of this name are gone; `None`: there is no such upload, or they are there.
///
/// # Errors
/// When the query fails.
pub async fn removed_upload(
    tx: &mut Tx,
    tenant: TenantId,
    filename: &str,
) -> DbResult<Option<Timestamp>> {
    let found: Option<OptAt> = on_either!(tx, conn => {
        documents::table
            .filter(documents::tenant_id.eq(Word(tenant)))
            .filter(documents::filename.eq(filename))
            .select(documents::removed_at)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.and_then(Into::into))
}
