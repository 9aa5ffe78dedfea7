//! Recipients that wait for a person's decision.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, ItemState, TenantId, Timestamp};

use crate::column::{At, Word, count};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::Item;
use crate::schema::{faxes, queue_items as items, tenants};
use crate::tx::{System, Tx};

/// A recipient that is held.
#[derive(Clone, Debug)]
pub struct Held {
    /// Whose fax it is: the tenant's slug.
    pub tenant: String,
    /// The fax.
    pub fax: FaxId,
    /// The recipient, as it came in.
    pub recipient: String,
    /// Pages that the far end confirmed.
    pub confirmed: u32,
    /// Pages of the document.
    pub pages: u32,
    /// Since when.
    pub since: Timestamp,
    /// Why, for people.
    pub reason: Option<String>,
}

/// Recipients that are held, of one tenant or of all, longest first.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System, tenant: Option<TenantId>, limit: u32) -> DbResult<Vec<Held>> {
    type Row = (String, Word<FaxId>, String, i32, i32, At, Option<String>);
    let rows: Vec<Row> = on_either!(tx, conn => {
        let mut held = items::table
            .inner_join(faxes::table)
            .inner_join(tenants::table.on(tenants::id.eq(items::tenant_id)))
            .filter(items::state.eq(Word(ItemState::Held)))
            .select((
                tenants::slug,
                items::fax_id,
                items::recipient_raw,
                items::confirmed_pages,
                faxes::pages,
                items::updated_at,
                items::error,
            ))
            .order((items::updated_at, items::id))
            .limit(i64::from(limit))
            .into_boxed();
        if let Some(tenant) = tenant {
            held = held.filter(items::tenant_id.eq(Word(tenant)));
        }
        held.load(conn).await
    })?;
    let held = |(tenant, fax, recipient, confirmed, pages, since, reason): Row| Held {
        tenant,
        fax: fax.0,
        recipient,
        confirmed: count(confirmed),
        pages: count(pages),
        since: since.into(),
        reason,
    };
    Ok(rows.into_iter().map(held).collect())
}

/// Whose fax it is.
///
/// # Errors
/// When the query fails.
pub async fn owner(tx: &mut System, fax: FaxId) -> DbResult<Option<TenantId>> {
    let owner: Option<Word<TenantId>> = on_either!(tx, conn => {
        faxes::table
            .find(Word(fax))
            .select(faxes::tenant_id)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(owner.map(|tenant| tenant.0))
}

/// Gives a recipient all its time anew, so that the next failure is not final for its age: somebody has decided to send it
/// again.
///
/// # Errors
/// When the query fails.
pub async fn begin_anew(tx: &mut Tx, item: &Item, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(item.tenant_id)))
                .filter(items::id.eq(Word(item.id)))
                .filter(items::fence.eq(item.fence)),
        )
        .set(items::created_at.eq(At(now)))
        .execute(conn)
        .await
    })?;
    Ok(())
}
