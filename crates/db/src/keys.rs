//! Keys of stored files, and those that they are wrapped by. What is wrapped is not understood here.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{FileKeyId, TenantId, TenantKeyId, Timestamp};

use crate::column::{At, OptAt, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{file_keys as files, tenant_keys as owners};
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// A key that the keys of files are wrapped by.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = owners, check_for_backend(Pg, Sqlite))]
pub struct TenantKey {
    /// Its id.
    #[diesel(deserialize_as = Word<TenantKeyId>)]
    pub id: TenantKeyId,
    /// Whose it is; `None`: the gateway's own.
    #[diesel(deserialize_as = OptWord<TenantId>)]
    pub tenant_id: Option<TenantId>,
    /// The key, encrypted.
    pub wrapped: String,
    /// The name of the master key that it is encrypted with.
    pub master: String,
    /// When it was made.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// Since when new files take another.
    #[diesel(deserialize_as = OptAt)]
    pub retired_at: Option<Timestamp>,
}

/// The key of one stored file.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = files, check_for_backend(Pg, Sqlite))]
pub struct FileKey {
    /// Where the file is.
    pub storage_key: String,
    /// Its id, which the file says too.
    #[diesel(deserialize_as = Word<FileKeyId>)]
    pub id: FileKeyId,
    /// Whose it is; `None`: nobody's yet.
    #[diesel(deserialize_as = OptWord<TenantId>)]
    pub tenant_id: Option<TenantId>,
    /// By which key it is wrapped.
    #[diesel(deserialize_as = Word<TenantKeyId>)]
    pub tenant_key_id: TenantKeyId,
    /// The key, encrypted.
    pub wrapped: String,
    /// Whether the file may still lie in clear.
    pub may_be_clear: bool,
}

/// The key that new files of a tenant take, or of nobody's.
///
/// # Errors
/// When the query fails.
pub async fn current(tx: &mut Tx, owner: Option<TenantId>) -> DbResult<Option<TenantKey>> {
    Ok(on_either!(tx, conn => {
        let current = owners::table
            .filter(owners::retired_at.is_null())
            .select(TenantKey::as_select())
            .into_boxed();
        let own = match owner {
            Some(tenant) => current.filter(owners::tenant_id.eq(Word(tenant))),
            None => current.filter(owners::tenant_id.is_null()),
        };
        own.first(conn).await.optional()
    })?)
}

/// Adds a key for new files. `false`: its owner has one.
///
/// # Errors
/// `is_foreign_key_violation` when the tenant is gone.
pub async fn add(tx: &mut Tx, key: &TenantKey) -> DbResult<bool> {
    let added = on_either!(tx, conn => {
        diesel::insert_into(owners::table)
            .values((
                owners::id.eq(Word(key.id)),
                owners::tenant_id.eq(Word::opt(key.tenant_id)),
                owners::wrapped.eq(&key.wrapped),
                owners::master.eq(&key.master),
                owners::created_at.eq(At(key.created_at)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(added == 1)
}

/// The key of a file, and that by which it is wrapped.
///
/// # Errors
/// When the query fails.
pub async fn of_file(tx: &mut Tx, storage_key: &str) -> DbResult<Option<(FileKey, TenantKey)>> {
    Ok(on_either!(tx, conn => {
        files::table
            .inner_join(owners::table)
            .filter(files::storage_key.eq(storage_key))
            .select((FileKey::as_select(), TenantKey::as_select()))
            .first(conn)
            .await
            .optional()
    })?)
}

/// Adds the key of a file. `false`: it has one.
///
/// # Errors
/// `is_foreign_key_violation` when the tenant is gone, or the key by which it is wrapped.
pub async fn add_file(tx: &mut Tx, key: &FileKey) -> DbResult<bool> {
    let added = on_either!(tx, conn => {
        diesel::insert_into(files::table)
            .values((
                files::storage_key.eq(&key.storage_key),
                files::id.eq(Word(key.id)),
                files::tenant_id.eq(Word::opt(key.tenant_id)),
                files::tenant_key_id.eq(Word(key.tenant_key_id)),
                files::wrapped.eq(&key.wrapped),
                files::may_be_clear.eq(key.may_be_clear),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(added == 1)
}

/// The same key of a file, wrapped by another key, perhaps of another owner. `false`: it is gone, or somebody else has wrapped it anew.
///
/// # Errors
/// `is_foreign_key_violation` when the tenant is gone, or the key by which it is wrapped.
pub async fn wrap_file_anew(tx: &mut Tx, before: &FileKey, now: &FileKey) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        let one = files::table
            .filter(files::storage_key.eq(&before.storage_key))
            .filter(files::wrapped.eq(&before.wrapped));
        diesel::update(one)
            .set((
                files::tenant_id.eq(Word::opt(now.tenant_id)),
                files::tenant_key_id.eq(Word(now.tenant_key_id)),
                files::wrapped.eq(&now.wrapped),
            ))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// The file lies encrypted with this key from now on. `false`: the key is gone.
///
/// # Errors
/// When the query fails.
pub async fn is_sealed(tx: &mut Tx, storage_key: &str, id: FileKeyId) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        let one = files::table
            .filter(files::storage_key.eq(storage_key))
            .filter(files::id.eq(Word(id)));
        diesel::update(one).set(files::may_be_clear.eq(false)).execute(conn).await
    })?;
    Ok(changed == 1)
}

/// Those of the files that lie encrypted for certain.
///
/// # Errors
/// When the query fails.
pub async fn sealed_among(tx: &mut System, storage_keys: &[String]) -> DbResult<Vec<String>> {
    Ok(on_either!(tx, conn => {
        files::table
            .filter(files::storage_key.eq_any(storage_keys))
            .filter(files::may_be_clear.eq(false))
            .select(files::storage_key)
            .load(conn)
            .await
    })?)
}

/// Removes the keys of files: nobody can read them any more.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, storage_keys: &[String]) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(files::table.filter(files::storage_key.eq_any(storage_keys)))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Removes all keys of a tenant: nobody can read its files any more.
///
/// # Errors
/// When the query fails.
pub async fn remove_all(tx: &mut System, tenant: TenantId) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(files::table.filter(files::tenant_id.eq(Word(tenant))))
            .execute(conn)
            .await
    })?;
    on_either!(tx, conn => {
        diesel::delete(owners::table.filter(owners::tenant_id.eq(Word(tenant))))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// All keys that files' keys are wrapped by: the gateway's own first, then those of each tenant, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn all(tx: &mut System) -> DbResult<Vec<TenantKey>> {
    let mut all: Vec<TenantKey> = on_either!(tx, conn => {
        owners::table
            .select(TenantKey::as_select())
            .order((owners::tenant_id, owners::created_at, owners::id))
            .load(conn)
            .await
    })?;
    // The two databases sort NULL to different ends.
    all.sort_by_key(|key| key.tenant_id.is_some());
    Ok(all)
}

/// How many files have their keys wrapped by each key.
///
/// # Errors
/// When the query fails.
pub async fn files_by_key(tx: &mut System) -> DbResult<Vec<(TenantKeyId, u64)>> {
    let query = Sql::<(Text, BigInt)>::new(
        "SELECT tenant_key_id, count(*) FROM file_keys GROUP BY tenant_key_id",
    );
    let rows: Vec<(Word<TenantKeyId>, i64)> = on_either!(tx, conn => query.load(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|(key, files)| (key.0, u64::try_from(files).unwrap_or(0)))
        .collect())
}

/// New files take another key from now on.
///
/// # Errors
/// When the query fails.
pub async fn retire(tx: &mut System, id: TenantKeyId, now: Timestamp) -> DbResult<bool> {
    let retired = on_either!(tx, conn => {
        let one = owners::table.find(Word(id)).filter(owners::retired_at.is_null());
        diesel::update(one).set(owners::retired_at.eq(At(now))).execute(conn).await
    })?;
    Ok(retired == 1)
}

/// Waits until nobody takes this key for a file, and keeps it from being taken until this transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn alone(tx: &mut System, id: TenantKeyId) -> DbResult<()> {
    if let Conn::Postgres(conn) = tx.conn() {
        let one = owners::table.find(Word(id)).select(owners::id);
        let _: Option<String> = one.for_update().first(conn).await.optional()?;
    }
    tx.succeeded();
    Ok(())
}

/// Some of the files' keys that are wrapped by this key.
///
/// # Errors
/// When the query fails.
pub async fn wrapped_by(tx: &mut System, id: TenantKeyId, limit: i64) -> DbResult<Vec<FileKey>> {
    Ok(on_either!(tx, conn => {
        files::table
            .filter(files::tenant_key_id.eq(Word(id)))
            .select(FileKey::as_select())
            .order(files::storage_key)
            .limit(limit)
            .load(conn)
            .await
    })?)
}

/// Removes a key by which nothing is wrapped any more.
///
/// # Errors
/// `is_foreign_key_violation` when something is.
pub async fn drop_key(tx: &mut System, id: TenantKeyId) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(owners::table.find(Word(id))).execute(conn).await
    })?;
    Ok(())
}

/// The same key, encrypted with another master key. `false`: it is gone, or somebody else has wrapped it anew.
///
/// # Errors
/// When the query fails.
pub async fn wrap_anew(
    tx: &mut System,
    before: &TenantKey,
    wrapped: &str,
    master: &str,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        let one = owners::table
            .find(Word(before.id))
            .filter(owners::wrapped.eq(&before.wrapped));
        diesel::update(one)
            .set((owners::wrapped.eq(wrapped), owners::master.eq(master)))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// Whether a file is to be removed, as far as it is written down.
///
/// # Errors
/// When the query fails.
pub async fn is_doomed(tx: &mut Tx, storage_key: &str) -> DbResult<bool> {
    let query =
        Sql::<(Nullable<Text>,)>::new("SELECT storage_key FROM doomed_files WHERE storage_key = ")
            .str(&storage_key);
    let found: Option<(Option<String>,)> =
        on_either!(tx, conn => query.get_result(conn).await.optional())?;
    Ok(found.is_some())
}
