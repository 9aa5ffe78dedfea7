//! Uploaded documents; their bytes lie in the document store.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{DocumentId, TenantId, Timestamp, UserId};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::documents;
use crate::tx::{System, Tx};

/// An uploaded document.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = documents, check_for_backend(Pg, Sqlite))]
pub struct Document {
    /// Its id.
    #[diesel(deserialize_as = Word<DocumentId>)]
    pub id: DocumentId,
    /// Who uploaded it.
    #[diesel(deserialize_as = Word<UserId>)]
    pub user_id: UserId,
    /// The name by which the API knows it; unique within the tenant.
    pub filename: String,
    /// The name it came with: foreign text.
    pub original_name: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Pages.
    pub pages: i32,
    /// Where its bytes are.
    pub storage_key: String,
}

/// Adds a document.
///
/// # Errors
/// When the query fails.
pub async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    document: &Document,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(documents::table)
            .values((
                documents::id.eq(Word(document.id)),
                documents::tenant_id.eq(Word(tenant)),
                documents::user_id.eq(Word(document.user_id)),
                documents::filename.eq(&document.filename),
                documents::original_name.eq(&document.original_name),
                documents::size.eq(document.size),
                documents::sha256.eq(&document.sha256),
                documents::pages.eq(document.pages),
                documents::storage_key.eq(&document.storage_key),
                documents::created_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The document by the name that the API gave it, to be sent: until the transaction ends nobody removes it. `None` also when its bytes
/// are removed.
///
/// # Errors
/// When the query fails.
pub async fn to_send(tx: &mut Tx, tenant: TenantId, filename: &str) -> DbResult<Option<Document>> {
    let found: Option<Word<DocumentId>> = on_either!(tx, conn => {
        documents::table
            .filter(documents::tenant_id.eq(Word(tenant)))
            .filter(documents::filename.eq(filename))
            .select(documents::id)
            .first(conn)
            .await
            .optional()
    })?;
    match found {
        Some(id) => hold(tx, tenant, id.into()).await,
        None => Ok(None),
    }
}

/// The document with this id, to be sent: until the transaction ends nobody removes it. `None` also when its bytes are removed.
///
/// # Errors
/// When the query fails.
pub async fn hold(tx: &mut Tx, tenant: TenantId, id: DocumentId) -> DbResult<Option<Document>> {
    let one = documents::table
        .filter(documents::tenant_id.eq(Word(tenant)))
        .filter(documents::id.eq(Word(id)))
        .filter(documents::removed_at.is_null());
    let found = match tx.conn() {
        Conn::Postgres(conn) => one
            .select(Document::as_select())
            .for_key_share()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => one
            .select(Document::as_select())
            .first(conn)
            .await
            .optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// The document with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: DocumentId) -> DbResult<Option<Document>> {
    Ok(on_either!(tx, conn => {
        documents::table
            .filter(documents::tenant_id.eq(Word(tenant)))
            .filter(documents::id.eq(Word(id)))
            .select(Document::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The document with this id, whosever it is: for links that name no tenant.
///
/// # Errors
/// When the query fails.
pub async fn linked(tx: &mut System, id: DocumentId) -> DbResult<Option<Document>> {
    Ok(on_either!(tx, conn => {
        documents::table
            .find(Word(id))
            .select(Document::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}
