//! Covers: how tenants' look, and what the covers of faxes say.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{CoverTemplateId, FaxId, TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{cover_templates as templates, fax_covers};
use crate::tx::Tx;

/// How a tenant's covers look.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = templates, check_for_backend(Pg, Sqlite))]
pub struct Template {
    /// Its id.
    #[diesel(deserialize_as = Word<CoverTemplateId>)]
    pub id: CoverTemplateId,
    /// Its name; unique within the tenant.
    pub name: String,
    /// Whether it is taken when a fax names none.
    pub is_default: bool,
    /// Its look, as JSON.
    pub design: String,
    /// Where its logo is.
    pub logo_key: Option<String>,
    /// When it was made.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[diesel(deserialize_as = At)]
    pub updated_at: Timestamp,
}

/// Adds a template. One that is the default takes the place of the one before.
///
/// # Errors
/// `is_unique_violation` when the name is taken.
pub async fn insert(tx: &mut Tx, tenant: TenantId, template: &Template) -> DbResult<()> {
    if template.is_default {
        none_is_default(tx, tenant).await?;
    }
    on_either!(tx, conn => {
        diesel::insert_into(templates::table)
            .values((
                templates::id.eq(Word(template.id)),
                templates::tenant_id.eq(Word(tenant)),
                templates::name.eq(&template.name),
                templates::is_default.eq(template.is_default),
                templates::design.eq(&template.design),
                templates::logo_key.eq(&template.logo_key),
                templates::created_at.eq(At(template.created_at)),
                templates::updated_at.eq(At(template.updated_at)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Writes a template as it is now. `false`: it is gone.
///
/// # Errors
/// `is_unique_violation` when the name is taken.
pub async fn update(tx: &mut Tx, tenant: TenantId, template: &Template) -> DbResult<bool> {
    if template.is_default {
        none_is_default(tx, tenant).await?;
    }
    let changed = on_either!(tx, conn => {
        let own = templates::table
            .filter(templates::tenant_id.eq(Word(tenant)))
            .filter(templates::id.eq(Word(template.id)));
        diesel::update(own)
            .set((
                templates::name.eq(&template.name),
                templates::is_default.eq(template.is_default),
                templates::design.eq(&template.design),
                templates::logo_key.eq(&template.logo_key),
                templates::updated_at.eq(At(template.updated_at)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

async fn none_is_default(tx: &mut Tx, tenant: TenantId) -> DbResult<()> {
    on_either!(tx, conn => {
        let own = templates::table
            .filter(templates::tenant_id.eq(Word(tenant)))
            .filter(templates::is_default.eq(true));
        diesel::update(own).set(templates::is_default.eq(false)).execute(conn).await
    })?;
    Ok(())
}

/// Removes a template. `false`: it is gone already. What covers were made with it stays.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, tenant: TenantId, template: CoverTemplateId) -> DbResult<bool> {
    let removed = on_either!(tx, conn => {
        let own = templates::table
            .filter(templates::tenant_id.eq(Word(tenant)))
            .filter(templates::id.eq(Word(template)));
        diesel::delete(own).execute(conn).await
    })?;
    Ok(removed == 1)
}

/// The tenant's templates, by name.
///
/// # Errors
/// When the query fails.
pub async fn of_tenant(tx: &mut Tx, tenant: TenantId) -> DbResult<Vec<Template>> {
    Ok(on_either!(tx, conn => {
        templates::table
            .filter(templates::tenant_id.eq(Word(tenant)))
            .select(Template::as_select())
            .order(templates::name)
            .load(conn)
            .await
    })?)
}

/// Gives a fax its cover, in the transaction that adds the fax.
///
/// # Errors
/// When the query fails.
pub async fn attach(tx: &mut Tx, tenant: TenantId, fax: FaxId, cover: &str) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(fax_covers::table)
            .values((
                fax_covers::fax_id.eq(Word(fax)),
                fax_covers::tenant_id.eq(Word(tenant)),
                fax_covers::cover.eq(cover),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// What the fax's cover says; `None`: it has none.
///
/// # Errors
/// When the query fails.
pub async fn of_fax(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Option<String>> {
    Ok(on_either!(tx, conn => {
        fax_covers::table
            .filter(fax_covers::tenant_id.eq(Word(tenant)))
            .filter(fax_covers::fax_id.eq(Word(fax)))
            .select(fax_covers::cover)
            .first(conn)
            .await
            .optional()
    })?)
}
