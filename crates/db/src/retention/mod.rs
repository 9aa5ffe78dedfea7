//! What is no longer kept: which faxes and documents are due, and what of theirs nothing else needs.
//!
//! Rows stay, and say since when their files are gone. A file's key is written to `doomed_files` in the transaction that takes the
//! last mention of it away; then the file goes, and then the key. So no row names a file that is not there, no file is forgotten,
//! and whoever is killed half-way goes on where they were.

mod documents;
mod faxes;
mod files;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{KeepChoice, TenantId};

use crate::column::Word;
use crate::connection::on_either;
use crate::error::{DbError, DbResult};
use crate::schema::tenants;
use crate::tx::{System, Tx};

pub use documents::{DueDocument, due_documents, removed_upload, take_away};
pub use faxes::{Cutoffs, DueFax, Place, due_faxes, recipients, remove, removed_at};
pub use files::{doom, doomed, named, pages_of, undoom, unneeded_pages};

/// How long the tenant keeps things; `None`: there is no such tenant.
///
/// # Errors
/// When the query fails, or what is stored is no such choice.
pub async fn kept(tx: &mut Tx, tenant: TenantId) -> DbResult<Option<KeepChoice>> {
    let stored: Option<String> = on_either!(tx, conn => {
        tenants::table
            .find(Word(tenant))
            .select(tenants::retention)
            .first(conn)
            .await
            .optional()
    })?;
    stored
        .map(|json| serde_json::from_str(&json).map_err(DbError::content))
        .transpose()
}

/// Has the tenant keep things for another time. `false`: there is no such tenant.
///
/// # Errors
/// When the query fails.
pub async fn keep(tx: &mut Tx, tenant: TenantId, choice: &KeepChoice) -> DbResult<bool> {
    let json = serde_json::to_string(choice).map_err(DbError::content)?;
    let changed = on_either!(tx, conn => {
        diesel::update(tenants::table.find(Word(tenant)))
            .set(tenants::retention.eq(json))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// All tenants.
///
/// # Errors
/// When the query fails.
pub async fn tenants(tx: &mut System) -> DbResult<Vec<TenantId>> {
    let ids: Vec<Word<TenantId>> = on_either!(tx, conn => {
        tenants::table.select(tenants::id).order(tenants::id).load(conn).await
    })?;
    Ok(ids.into_iter().map(Into::into).collect())
}
