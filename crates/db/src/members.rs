//! Who belongs to which tenant, as whoever manages people sees and changes it.

use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use faxgate_types::{Role, TenantId, Timestamp, UserId};

use crate::column::{At, OptAt, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{memberships, tenants, totp_secrets, users};
use crate::tx::System;

/// A user, as whoever manages people sees them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The id.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// Whether signing in is refused.
    pub disabled: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
    /// Whether a second factor is asked for.
    pub has_second_factor: bool,
}

/// A place in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub tenant: TenantId,
    /// Its slug.
    pub slug: String,
    /// What they may do there.
    pub role: Role,
    /// Whether it is the tenant that counts when none is named.
    pub is_default: bool,
}

/// Which users are meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which {
    /// Only those of this tenant.
    pub tenant: Option<TenantId>,
    /// Only this one.
    pub user: Option<UserId>,
}

/// A page of users, by name, and how many there are in all.
///
/// # Errors
/// When the query fails.
pub async fn people(
    tx: &mut System,
    which: Which,
    limit: i64,
    offset: i64,
) -> DbResult<(Vec<Person>, i64)> {
    type Row = (Word<UserId>, String, bool, At, OptAt, OptAt);
    macro_rules! those {
        ($what:expr) => {{
            let mut query = $what.into_boxed();
            if let Some(tenant) = which.tenant {
                let members = memberships::table
                    .filter(memberships::tenant_id.eq(Word(tenant)))
                    .select(memberships::user_id);
                query = query.filter(users::id.eq_any(members));
            }
            if let Some(user) = which.user {
                query = query.filter(users::id.eq(Word(user)));
            }
            query
        }};
    }
    let rows: Vec<Row> = on_either!(tx, conn => {
        those!(users::table
            .left_join(totp_secrets::table.on(totp_secrets::user_id.eq(users::id)))
            .select((
                users::id,
                users::username,
                users::disabled,
                users::created_at,
                users::last_login_at,
                totp_secrets::confirmed_at.nullable(),
            ))
            .order((users::username, users::id))
            .limit(limit)
            .offset(offset))
        .load(conn)
        .await
    })?;
    let total = on_either!(tx, conn => {
        those!(users::table.select(diesel::dsl::count_star())).get_result(conn).await
    })?;
    let person = |(id, username, disabled, created_at, login, confirmed): Row| {
        let confirmed: Option<Timestamp> = confirmed.into();
        Person {
            id: id.0,
            username,
            disabled,
            created_at: created_at.into(),
            last_login_at: login.into(),
            has_second_factor: confirmed.is_some(),
        }
    };
    Ok((rows.into_iter().map(person).collect(), total))
}

/// The places of these users, the default one of each first, then by slug.
///
/// # Errors
/// When the query fails.
pub async fn places(tx: &mut System, of: &[UserId]) -> DbResult<Vec<(UserId, Place)>> {
    type Row = (Word<UserId>, Word<TenantId>, String, Word<Role>, bool);
    let ids: Vec<_> = of.iter().copied().map(Word).collect();
    let rows: Vec<Row> = on_either!(tx, conn => {
        memberships::table
            .inner_join(tenants::table.on(tenants::id.eq(memberships::tenant_id)))
            .filter(memberships::user_id.eq_any(ids.clone()))
            .select((
                memberships::user_id,
                tenants::id,
                tenants::slug,
                memberships::role,
                memberships::is_default,
            ))
            .order((memberships::is_default.desc(), tenants::slug))
            .load(conn)
            .await
    })?;
    let place = |(user, tenant, slug, role, is_default): Row| {
        let place = Place {
            tenant: tenant.0,
            slug,
            role: role.0,
            is_default,
        };
        (user.0, place)
    };
    Ok(rows.into_iter().map(place).collect())
}

/// Any number that no other program takes as the first of two for an advisory lock in the same database.
const CHANGING: i32 = 0x6661_7870;

/// Waits until nobody else changes who may do what, and keeps others waiting until this transaction ends: so that of two
/// administrators who take each other's role away one comes too late.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut System) -> DbResult<()> {
    if let Conn::Postgres(conn) = tx.conn() {
        let alone = format!("SELECT pg_advisory_xact_lock({CHANGING}, 0)");
        conn.batch_execute(&alone).await?;
    }
    tx.succeeded();
    Ok(())
}

/// Whether enabled operators have that role in this tenant and nowhere else: without it, the gateway has none. A tenant without operators
/// takes none away.
///
/// # Errors
/// When the query fails.
pub async fn has_the_last_operators(tx: &mut System, tenant: TenantId) -> DbResult<bool> {
    let enabled: Vec<Word<TenantId>> = on_either!(tx, conn => {
        memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::role.eq(Word(Role::Operator)))
            .filter(users::disabled.eq(false))
            .select(memberships::tenant_id)
            .distinct()
            .load(conn)
            .await
    })?;
    Ok(matches!(enabled.as_slice(), [Word(only)] if *only == tenant))
}

/// Gives a member another role. `false`: they are no member.
///
/// # Errors
/// When the query fails.
pub async fn set_role(
    tx: &mut System,
    user: UserId,
    tenant: TenantId,
    role: Role,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(memberships::table.find((Word(user), Word(tenant))))
            .set(memberships::role.eq(Word(role)))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// Makes a tenant the one that counts when none is named. `false`: they are no member.
///
/// # Errors
/// When the query fails.
pub async fn set_default(tx: &mut System, user: UserId, tenant: TenantId) -> DbResult<bool> {
    on_either!(tx, conn => {
        diesel::update(memberships::table.filter(memberships::user_id.eq(Word(user))))
            .set(memberships::is_default.eq(false))
            .execute(conn)
            .await
    })?;
    let changed = on_either!(tx, conn => {
        diesel::update(memberships::table.find((Word(user), Word(tenant))))
            .set(memberships::is_default.eq(true))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// Takes a user out of a tenant. `false`: they are no member.
///
/// # Errors
/// When the query fails.
pub async fn leave(tx: &mut System, user: UserId, tenant: TenantId) -> DbResult<bool> {
    let left = on_either!(tx, conn => {
        diesel::delete(memberships::table.find((Word(user), Word(tenant))))
            .execute(conn)
            .await
    })?;
    Ok(left == 1)
}

/// How many users other than this one, who are not disabled, have at least one of these roles; in the tenant, or in any.
///
/// # Errors
/// When the query fails.
pub async fn others_with(
    tx: &mut System,
    user: UserId,
    tenant: Option<TenantId>,
    roles: &[Role],
) -> DbResult<i64> {
    let roles: Vec<_> = roles.iter().copied().map(Word).collect();
    Ok(on_either!(tx, conn => {
        let mut query = memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::role.eq_any(roles.clone()))
            .filter(memberships::user_id.ne(Word(user)))
            .filter(users::disabled.eq(false))
            .select(diesel::dsl::count_star())
            .into_boxed();
        if let Some(tenant) = tenant {
            query = query.filter(memberships::tenant_id.eq(Word(tenant)));
        }
        query.get_result(conn).await
    })?)
}

/// Disables a user, or lets them in again. `false`: there is none.
///
/// # Errors
/// When the query fails.
pub async fn set_disabled(tx: &mut System, user: UserId, disabled: bool) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(users::table.find(Word(user)))
            .set(users::disabled.eq(disabled))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// Writes another password's hash down. `false`: there is no such user.
///
/// # Errors
/// When the query fails.
pub async fn set_password(tx: &mut System, user: UserId, hash: &str) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(users::table.find(Word(user)))
            .set(users::password_hash.eq(hash))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// Writes down when a user logged in who showed the password with this hash. `false`: it is another one by now, or they are disabled.
///
/// Whoever changes either at the same time waits until this transaction ends, or this one waits for theirs: so that what they end
/// afterwards is all that was opened before.
///
/// # Errors
/// When the query fails.
pub async fn logged_in(
    tx: &mut System,
    user: UserId,
    proven_hash: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            users::table
                .find(Word(user))
                .filter(users::password_hash.eq(proven_hash))
                .filter(users::disabled.eq(false)),
        )
        .set(users::last_login_at.eq(At(now)))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}
