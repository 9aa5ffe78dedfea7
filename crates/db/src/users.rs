//! People and programs that sign in, and the tenants they belong to.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{Role, TenantId, Timestamp, UserId};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{memberships, tenants, users};
use crate::tenants::Tenant;
use crate::tx::System;

/// Somebody who can sign in.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Pg, Sqlite))]
pub struct User {
    /// The id.
    #[diesel(deserialize_as = Word<UserId>)]
    pub id: UserId,
    /// The name to sign in with; unique.
    pub username: String,
    /// Argon2id, in PHC string form.
    pub password_hash: String,
    /// Whether signing in is refused.
    pub disabled: bool,
}

/// Somebody's place in a tenant.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The tenant.
    pub tenant: Tenant,
    /// What they may do there.
    pub role: Role,
    /// Whether it is the tenant that counts when none is named.
    pub is_default: bool,
}

/// Adds a user.
///
/// # Errors
/// `is_unique_violation` when the name is taken.
pub async fn insert(tx: &mut System, user: &User, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(users::table)
            .values((
                users::id.eq(Word(user.id)),
                users::username.eq(&user.username),
                users::password_hash.eq(&user.password_hash),
                users::disabled.eq(user.disabled),
                users::created_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The user with this name.
///
/// # Errors
/// When the query fails.
pub async fn by_username(tx: &mut System, username: &str) -> DbResult<Option<User>> {
    Ok(on_either!(tx, conn => {
        users::table
            .filter(users::username.eq(username))
            .select(User::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The user with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, user: UserId) -> DbResult<Option<User>> {
    Ok(on_either!(tx, conn => {
        users::table
            .find(Word(user))
            .select(User::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Writes another password's hash down. `false`: there is no such user.
///
/// # Errors
/// When the query fails.
pub async fn set_password(tx: &mut System, username: &str, hash: &str) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(users::table.filter(users::username.eq(username)))
            .set(users::password_hash.eq(hash))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// The small number beside a user's id; never given twice.
///
/// # Errors
/// When the query fails.
pub async fn short_id(tx: &mut System, user: UserId) -> DbResult<Option<i64>> {
    let found: Option<Option<i64>> = on_either!(tx, conn => {
        users::table
            .find(Word(user))
            .select(users::short_id)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.flatten())
}

/// All users, by name.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System) -> DbResult<Vec<User>> {
    Ok(on_either!(tx, conn => {
        users::table
            .select(User::as_select())
            .order(users::username)
            .load(conn)
            .await
    })?)
}

/// Makes a user a member of a tenant; the first membership becomes the default one.
///
/// # Errors
/// `is_unique_violation` when the user is a member already.
pub async fn join(
    tx: &mut System,
    user: UserId,
    tenant: TenantId,
    role: Role,
    now: Timestamp,
) -> DbResult<()> {
    let is_first = memberships(tx, user).await?.is_empty();
    on_either!(tx, conn => {
        diesel::insert_into(memberships::table)
            .values((
                memberships::user_id.eq(Word(user)),
                memberships::tenant_id.eq(Word(tenant)),
                memberships::role.eq(Word(role)),
                memberships::is_default.eq(is_first),
                memberships::created_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The tenants that a user belongs to, the default one first.
///
/// # Errors
/// When the query fails.
pub async fn memberships(tx: &mut System, user: UserId) -> DbResult<Vec<Membership>> {
    let rows: Vec<(Word<Role>, bool, Tenant)> = on_either!(tx, conn => {
        memberships::table
            .inner_join(tenants::table)
            .filter(memberships::user_id.eq(Word(user)))
            .select((memberships::role, memberships::is_default, Tenant::as_select()))
            .order((memberships::is_default.desc(), tenants::slug))
            .load(conn)
            .await
    })?;
    let membership = |(role, is_default, tenant): (Word<Role>, bool, Tenant)| Membership {
        tenant,
        role: role.0,
        is_default,
    };
    Ok(rows.into_iter().map(membership).collect())
}

/// The administrators of a tenant who may sign in, those who have been there longest first.
///
/// # Errors
/// When the query fails.
pub async fn administrators(tx: &mut System, tenant: TenantId) -> DbResult<Vec<(User, Role)>> {
    let rows: Vec<(User, Word<Role>)> = on_either!(tx, conn => {
        memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::tenant_id.eq(Word(tenant)))
            .filter(memberships::role.eq_any([Role::Admin, Role::Operator].map(Word)))
            .filter(users::disabled.eq(false))
            .select((User::as_select(), memberships::role))
            .order((memberships::created_at, users::id))
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(user, role)| (user, role.0))
        .collect())
}
