//! API tokens. Only the SHA-256 of a token is kept: its 178 random bits make a slow hash pointless.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{Timestamp, TokenId, UserId};

use crate::column::{At, OptAt, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{api_tokens, users};
use crate::tx::System;

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
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
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
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Keeps a token.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut System, token: &NewToken, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(api_tokens::table)
            .values((
                api_tokens::id.eq(Word(token.id)),
                api_tokens::user_id.eq(Word(token.user)),
                api_tokens::label.eq(&token.label),
                api_tokens::secret_sha256.eq(&token.secret_sha256),
                api_tokens::created_at.eq(At(now)),
                api_tokens::expires_at.eq(token.expires_at.map(At)),
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
    type Row = (Word<TokenId>, Word<UserId>, String, bool, OptAt, OptAt);
    let row: Option<Row> = on_either!(tx, conn => {
        api_tokens::table
            .inner_join(users::table.on(users::id.eq(api_tokens::user_id)))
            .filter(api_tokens::secret_sha256.eq(secret_sha256))
            .select((
                api_tokens::id,
                users::id,
                users::username,
                users::disabled,
                api_tokens::expires_at,
                api_tokens::revoked_at,
            ))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(row.map(
        |(token, user, username, disabled, expires_at, revoked_at)| Presented {
            token: token.0,
            user: user.0,
            username,
            disabled,
            expires_at: expires_at.into(),
            revoked_at: revoked_at.into(),
        },
    ))
}

/// One line of the list of tokens.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: TokenId,
    /// The user's name.
    pub username: String,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// All tokens that are not revoked, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System) -> DbResult<Vec<Listed>> {
    type Row = (Word<TokenId>, String, String, At, OptAt);
    let rows: Vec<Row> = on_either!(tx, conn => {
        api_tokens::table
            .inner_join(users::table.on(users::id.eq(api_tokens::user_id)))
            .filter(api_tokens::revoked_at.is_null())
            .select((
                api_tokens::id,
                users::username,
                api_tokens::label,
                api_tokens::created_at,
                api_tokens::expires_at,
            ))
            .order(api_tokens::created_at)
            .load(conn)
            .await
    })?;
    let listed = |(id, username, label, created_at, expires_at): Row| Listed {
        id: id.0,
        username,
        label,
        created_at: created_at.into(),
        expires_at: expires_at.into(),
    };
    Ok(rows.into_iter().map(listed).collect())
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
