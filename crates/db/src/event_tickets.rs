//! Tickets: each opens one live stream, for browsers, which can send no token with a WebSocket.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{SessionId, TenantId, Timestamp, TokenId, UserId};

use crate::column::{At, OptWord, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{api_tokens, event_tickets as tickets, sessions, users};
use crate::tx::System;

/// Whom a ticket lets in, and by what they showed when they asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The tenant whose events are streamed.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The token that was shown, if it was one.
    pub token: Option<TokenId>,
    /// The session that was shown, if it was one.
    pub session: Option<SessionId>,
}

/// Keeps a ticket, by the SHA-256 of its secret in lower-case hex; and forgets those that are too old.
///
/// # Errors
/// When the query fails.
pub async fn insert(
    tx: &mut System,
    secret_sha256: &str,
    of: Holder,
    now: Timestamp,
    expires_at: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(tickets::table.filter(tickets::expires_at.lt(At(now)))).execute(conn).await
    })?;
    on_either!(tx, conn => {
        diesel::insert_into(tickets::table)
            .values((
                tickets::secret_sha256.eq(secret_sha256),
                tickets::tenant_id.eq(Word(of.tenant)),
                tickets::user_id.eq(Word(of.user)),
                tickets::token_id.eq(Word::opt(of.token)),
                tickets::session_id.eq(Word::opt(of.session)),
                tickets::expires_at.eq(At(expires_at)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Takes a ticket: it is gone then. `None`: there is none, or it is too old.
///
/// # Errors
/// When the query fails.
pub async fn take(
    tx: &mut System,
    secret_sha256: &str,
    now: Timestamp,
) -> DbResult<Option<Holder>> {
    type Row = (
        Word<TenantId>,
        Word<UserId>,
        OptWord<TokenId>,
        OptWord<SessionId>,
    );
    let row: Option<Row> = on_either!(tx, conn => {
        let good = tickets::table
            .filter(tickets::secret_sha256.eq(secret_sha256))
            .filter(tickets::expires_at.gt(At(now)));
        diesel::delete(good)
            .returning((
                tickets::tenant_id,
                tickets::user_id,
                tickets::token_id,
                tickets::session_id,
            ))
            .get_result(conn)
            .await
            .optional()
    })?;
    Ok(row.map(|(tenant, user, token, session)| Holder {
        tenant: tenant.0,
        user: user.0,
        token: token.into(),
        session: session.into(),
    }))
}

/// The name of the user, if what they showed is still good: nothing of it was revoked, is over, or disabled.
///
/// # Errors
/// When the query fails.
pub async fn still_good(tx: &mut System, of: Holder, now: Timestamp) -> DbResult<Option<String>> {
    if let Some(token) = of.token {
        let good: i64 = on_either!(tx, conn => {
            api_tokens::table
                .filter(api_tokens::id.eq(Word(token)))
                .filter(api_tokens::user_id.eq(Word(of.user)))
                .filter(api_tokens::revoked_at.is_null())
                .filter(api_tokens::expires_at.is_null().or(api_tokens::expires_at.gt(At(now))))
                .count()
                .get_result(conn)
                .await
        })?;
        if good == 0 {
            return Ok(None);
        }
    }
    if let Some(session) = of.session {
        let good: i64 = on_either!(tx, conn => {
            sessions::table
                .filter(sessions::id.eq(Word(session)))
                .filter(sessions::user_id.eq(Word(of.user)))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(At(now)))
                .count()
                .get_result(conn)
                .await
        })?;
        if good == 0 {
            return Ok(None);
        }
    }
    Ok(on_either!(tx, conn => {
        users::table
            .filter(users::id.eq(Word(of.user)))
            .filter(users::disabled.eq(false))
            .select(users::username)
            .first(conn)
            .await
            .optional()
    })?)
}
