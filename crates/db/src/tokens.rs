//! API tokens. Only the SHA-256 of a token is kept: its 178 random bits make a slow hash pointless.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{Rights, TenantId, Timestamp, TokenId, UserId};

use crate::column::{At, OptAt, OptWord, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{api_tokens, tenants, users};
use crate::tx::System;

diesel::define_sql_function! {
    /// The first of the two that is there.
    fn coalesce(one: diesel::sql_types::Nullable<UtcTimestamp>, other: UtcTimestamp) -> UtcTimestamp;
}

/// A token to keep.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What it is for, or where it came from.
    pub label: String,
    /// SHA-256 of the whole token, in lower-case hex.
    pub secret_sha256: String,
    /// Its last four characters.
    pub last_four: String,
    /// What it may be used for; [`Rights::ALL`] is kept as NULL.
    pub rights: Rights,
    /// The only tenant that it is good for.
    pub tenant: Option<TenantId>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Whether a login made it.
    pub from_login: bool,
}

/// A token that was presented, with its user.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The token.
    pub token: TokenId,
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub username: String,
    /// Whether the user is disabled.
    pub disabled: bool,
    /// What it may be used for.
    pub rights: Rights,
    /// The only tenant that it is good for.
    pub tenant: Option<TenantId>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last written down that it was used.
    pub last_used_at: Option<Timestamp>,
}

/// Keeps a token.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut System, token: &NewToken, now: Timestamp) -> DbResult<()> {
    let scopes = (!token.rights.is_all()).then_some(Word(token.rights));
    on_either!(tx, conn => {
        diesel::insert_into(api_tokens::table)
            .values((
                api_tokens::id.eq(Word(token.id)),
                api_tokens::user_id.eq(Word(token.user)),
                api_tokens::label.eq(&token.label),
                api_tokens::secret_sha256.eq(&token.secret_sha256),
                api_tokens::last_four.eq(&token.last_four),
                api_tokens::scopes.eq(scopes.clone()),
                api_tokens::tenant_id.eq(token.tenant.map(Word)),
                api_tokens::created_at.eq(At(now)),
                api_tokens::expires_at.eq(token.expires_at.map(At)),
                api_tokens::from_login.eq(token.from_login),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The token whose SHA-256 this is. An index look-up by hash: timing tells nothing about the token.
///
/// # Errors
/// When the query fails.
pub async fn present(tx: &mut System, secret_sha256: &str) -> DbResult<Option<Presented>> {
    type Row = (
        Word<TokenId>,
        Word<UserId>,
        String,
        bool,
        OptWord<Rights>,
        OptWord<TenantId>,
        OptAt,
        OptAt,
        OptAt,
    );
    let row: Option<Row> = on_either!(tx, conn => {
        api_tokens::table
            .inner_join(users::table.on(users::id.eq(api_tokens::user_id)))
            .filter(api_tokens::secret_sha256.eq(secret_sha256))
            .select((
                api_tokens::id,
                users::id,
                users::username,
                users::disabled,
                api_tokens::scopes,
                api_tokens::tenant_id,
                api_tokens::expires_at,
                api_tokens::revoked_at,
                api_tokens::last_used_at,
            ))
            .first(conn)
            .await
            .optional()
    })?;
    let presented =
        |(token, user, username, disabled, rights, tenant, expires, revoked, used): Row| {
            Presented {
                token: token.0,
                user: user.0,
                username,
                disabled,
                rights: Option::from(rights).unwrap_or(Rights::ALL),
                tenant: tenant.into(),
                expires_at: expires.into(),
                revoked_at: revoked.into(),
                last_used_at: used.into(),
            }
        };
    Ok(row.map(presented))
}

/// Writes down that a token was used, unless that was done since `before`.
///
/// # Errors
/// When the query fails.
pub async fn used(
    tx: &mut System,
    token: TokenId,
    now: Timestamp,
    before: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            api_tokens::table.find(Word(token)).filter(
                api_tokens::last_used_at
                    .is_null()
                    .or(api_tokens::last_used_at.lt(At(before))),
            ),
        )
        .set(api_tokens::last_used_at.eq(At(now)))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// One line of the list of tokens.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: TokenId,
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub username: String,
    /// What it is for.
    pub label: String,
    /// Its last four characters; `None`: it is older than that.
    pub last_four: Option<String>,
    /// What it may be used for.
    pub rights: Rights,
    /// The only tenant that it is good for, by id and slug.
    pub tenant: Option<(TenantId, String)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// All tokens that are not revoked, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System) -> DbResult<Vec<Listed>> {
    listed(tx, None, None, None).await
}

/// A page of the tokens of one user that are not revoked, oldest first, and how many there are in all.
///
/// # Errors
/// When the query fails.
pub async fn of_user(
    tx: &mut System,
    user: UserId,
    limit: i64,
    offset: i64,
) -> DbResult<(Vec<Listed>, i64)> {
    let page = listed(tx, Some(user), None, Some((limit, offset))).await?;
    let total = on_either!(tx, conn => {
        api_tokens::table
            .filter(api_tokens::user_id.eq(Word(user)))
            .filter(api_tokens::revoked_at.is_null())
            .count()
            .get_result(conn)
            .await
    })?;
    Ok((page, total))
}

/// How many tokens of a user work and were made by no login; and how many of them nothing has taken the place of.
///
/// # Errors
/// When the query fails.
pub async fn at_work(tx: &mut System, user: UserId, now: Timestamp) -> DbResult<(i64, i64)> {
    let replaced: Vec<Option<String>> = on_either!(tx, conn => {
        api_tokens::table
            .filter(api_tokens::user_id.eq(Word(user)))
            .filter(api_tokens::from_login.eq(false))
            .filter(api_tokens::revoked_at.is_null())
            .filter(api_tokens::expires_at.is_null().or(api_tokens::expires_at.gt(At(now))))
            .select(api_tokens::replaced_by)
            .load(conn)
            .await
    })?;
    let lasting = replaced.iter().filter(|by| by.is_none()).count();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Ok((count(replaced.len()), count(lasting)))
}

/// Revokes tokens of a user's that logins made, but for those that were used or made last, so many.
///
/// # Errors
/// When the query fails.
pub async fn keep_logins(
    tx: &mut System,
    user: UserId,
    keep: i64,
    now: Timestamp,
) -> DbResult<usize> {
    let beyond: Vec<String> = on_either!(tx, conn => {
        api_tokens::table
            .filter(api_tokens::user_id.eq(Word(user)))
            .filter(api_tokens::from_login.eq(true))
            .filter(api_tokens::revoked_at.is_null())
            .order((
                coalesce(api_tokens::last_used_at, api_tokens::created_at).desc(),
                api_tokens::id.desc(),
            ))
            .offset(keep)
            .limit(100)
            .select(api_tokens::id)
            .load(conn)
            .await
    })?;
    Ok(on_either!(tx, conn => {
        diesel::update(api_tokens::table.filter(api_tokens::id.eq_any(&beyond)))
            .set(api_tokens::revoked_at.eq(At(now)))
            .execute(conn)
            .await
    })?)
}

/// Forgets tokens that ended before `before`, by their time or by somebody.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, before: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::delete(
            api_tokens::table.filter(
                api_tokens::expires_at
                    .lt(At(before))
                    .or(api_tokens::revoked_at.lt(At(before))),
            ),
        )
        .execute(conn)
        .await
    })?)
}

/// One token that is not revoked, of whomever.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, token: TokenId) -> DbResult<Option<Listed>> {
    Ok(listed(tx, None, Some(token), None).await?.pop())
}

async fn listed(
    tx: &mut System,
    user: Option<UserId>,
    token: Option<TokenId>,
    page: Option<(i64, i64)>,
) -> DbResult<Vec<Listed>> {
    type Row = (
        (Word<TokenId>, Word<UserId>, String, String, Option<String>),
        (OptWord<Rights>, OptWord<TenantId>, Option<String>),
        (At, OptAt, OptAt),
    );
    macro_rules! select {
        ($conn:ident) => {{
            let mut query = api_tokens::table
                .inner_join(users::table.on(users::id.eq(api_tokens::user_id)))
                .left_join(tenants::table.on(tenants::id.nullable().eq(api_tokens::tenant_id)))
                .filter(api_tokens::revoked_at.is_null())
                .select((
                    (
                        api_tokens::id,
                        users::id,
                        users::username,
                        api_tokens::label,
                        api_tokens::last_four,
                    ),
                    (
                        api_tokens::scopes,
                        api_tokens::tenant_id,
                        tenants::slug.nullable(),
                    ),
                    (
                        api_tokens::created_at,
                        api_tokens::last_used_at,
                        api_tokens::expires_at,
                    ),
                ))
                .order((api_tokens::created_at, api_tokens::id))
                .into_boxed();
            if let Some(user) = user {
                query = query.filter(api_tokens::user_id.eq(Word(user)));
            }
            if let Some(token) = token {
                query = query.filter(api_tokens::id.eq(Word(token)));
            }
            if let Some((limit, offset)) = page {
                query = query.limit(limit).offset(offset);
            }
            query.load($conn).await
        }};
    }
    let rows: Vec<Row> = on_either!(tx, conn => select!(conn))?;
    let line = |row: Row| {
        let ((id, user, username, label, last_four), (rights, tenant, slug), times) = row;
        let tenant: Option<TenantId> = tenant.into();
        Listed {
            id: id.0,
            user: user.0,
            username,
            label,
            last_four,
            rights: Option::from(rights).unwrap_or(Rights::ALL),
            tenant: tenant.zip(slug),
            created_at: times.0.into(),
            last_used_at: times.1.into(),
            expires_at: times.2.into(),
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Has a token end at `until`, or before if it would have, and says which takes its place. `false`: there is none in use that nothing
/// has taken the place of yet.
///
/// # Errors
/// When the query fails.
pub async fn replace(
    tx: &mut System,
    old: TokenId,
    new: TokenId,
    until: Timestamp,
) -> DbResult<bool> {
    let replaced = on_either!(tx, conn => {
        diesel::update(
            api_tokens::table
                .find(Word(old))
                .filter(api_tokens::revoked_at.is_null())
                .filter(api_tokens::replaced_by.is_null()),
        )
        .set(api_tokens::replaced_by.eq(Word(new)))
        .execute(conn)
        .await
    })?;
    if replaced == 0 {
        return Ok(false);
    }
    on_either!(tx, conn => {
        diesel::update(
            api_tokens::table
                .find(Word(old))
                .filter(api_tokens::expires_at.is_null().or(api_tokens::expires_at.gt(At(until)))),
        )
        .set(api_tokens::expires_at.eq(At(until)))
        .execute(conn)
        .await
    })?;
    Ok(true)
}

/// Revokes a token. `false`: there is none with this id in use.
///
/// # Errors
/// When the query fails.
pub async fn revoke(tx: &mut System, id: TokenId, now: Timestamp) -> DbResult<bool> {
    let revoked = on_either!(tx, conn => {
        diesel::update(api_tokens::table.find(Word(id)).filter(api_tokens::revoked_at.is_null()))
            .set(api_tokens::revoked_at.eq(At(now)))
            .execute(conn)
            .await
    })?;
    Ok(revoked == 1)
}

/// Revokes every token of a user; says how many were in use.
///
/// # Errors
/// When the query fails.
pub async fn revoke_all(tx: &mut System, user: UserId, now: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::update(
            api_tokens::table
                .filter(api_tokens::user_id.eq(Word(user)))
                .filter(api_tokens::revoked_at.is_null()),
        )
        .set(api_tokens::revoked_at.eq(At(now)))
        .execute(conn)
        .await
    })?)
}

/// Revokes every token of a user that is good for one tenant only; for whoever leaves it.
///
/// # Errors
/// When the query fails.
pub async fn revoke_bound(
    tx: &mut System,
    user: UserId,
    tenant: TenantId,
    now: Timestamp,
) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::update(
            api_tokens::table
                .filter(api_tokens::user_id.eq(Word(user)))
                .filter(api_tokens::tenant_id.eq(Word(tenant)))
                .filter(api_tokens::revoked_at.is_null()),
        )
        .set(api_tokens::revoked_at.eq(At(now)))
        .execute(conn)
        .await
    })?)
}
