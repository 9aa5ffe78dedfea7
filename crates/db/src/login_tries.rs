//! Tries to log in that failed, by account and network.

use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use faxgate_types::Timestamp;

use crate::column::At;
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{login_networks, login_tries};
use crate::tx::System;

/// The network of the row that counts an account's tries wherever they come from.
pub const ANYWHERE: &str = "";

/// Tries that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How many, one behind the other.
    pub failures: i64,
    /// The last of them.
    pub last_at: Timestamp,
}

/// The tries that failed for an account (SHA-256 of its name) from a network.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, account: &str, network: &str) -> DbResult<Option<Tries>> {
    let row: Option<(i64, At)> = on_either!(tx, conn => {
        login_tries::table
            .find((account, network))
            .select((login_tries::failures, login_tries::last_at))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(row.map(|(failures, last_at)| Tries {
        failures,
        last_at: last_at.into(),
    }))
}

/// Any number that no other program takes as the first of two for an advisory lock in the same database.
const TRYING: i32 = 0x6661_786c;

/// Waits until nobody else counts this account's tries, and keeps others waiting until this transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut System, account: &str) -> DbResult<()> {
    let key = account.bytes().take(16).fold(0i32, |key, byte| {
        key.wrapping_mul(31).wrapping_add(i32::from(byte))
    });
    if let Conn::Postgres(conn) = tx.conn() {
        let alone = format!("SELECT pg_advisory_xact_lock({TRYING}, {key})");
        conn.batch_execute(&alone).await?;
    }
    tx.succeeded();
    Ok(())
}

/// Counts one more. Whoever does so at the same time waits until this transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut System, account: &str, network: &str, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(login_tries::table)
            .values((
                login_tries::account.eq(account),
                login_tries::network.eq(network),
                login_tries::failures.eq(1),
                login_tries::last_at.eq(At(now)),
            ))
            .on_conflict((login_tries::account, login_tries::network))
            .do_update()
            .set((
                login_tries::failures.eq(login_tries::failures + 1),
                login_tries::last_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Takes one back that did not fail.
///
/// # Errors
/// When the query fails.
pub async fn take_back(tx: &mut System, account: &str, network: &str) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(login_tries::table.find((account, network)))
            .set(login_tries::failures.eq(login_tries::failures - 1))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Takes a count away, if it is still this one. `false`: it is another, or there is none.
///
/// # Errors
/// When the query fails.
pub async fn take(tx: &mut System, account: &str, network: &str, failures: i64) -> DbResult<bool> {
    let taken = on_either!(tx, conn => {
        diesel::delete(
            login_tries::table
                .find((account, network))
                .filter(login_tries::failures.eq(failures)),
        )
        .execute(conn)
        .await
    })?;
    Ok(taken == 1)
}

/// Forgets an account's tries, and keeps that this network is one of its user's.
///
/// # Errors
/// When the query fails.
pub async fn succeeded(
    tx: &mut System,
    account: &str,
    network: &str,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(
            login_tries::table
                .filter(login_tries::account.eq(account))
                .filter(login_tries::network.eq_any([network, ANYWHERE])),
        )
        .execute(conn)
        .await
    })?;
    on_either!(tx, conn => {
        diesel::insert_into(login_networks::table)
            .values((
                login_networks::account.eq(account),
                login_networks::network.eq(network),
                login_networks::last_at.eq(At(now)),
            ))
            .on_conflict((login_networks::account, login_networks::network))
            .do_update()
            .set(login_networks::last_at.eq(At(now)))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Whether the account's user logged in from this network since `since`.
///
/// # Errors
/// When the query fails.
pub async fn is_known(
    tx: &mut System,
    account: &str,
    network: &str,
    since: Timestamp,
) -> DbResult<bool> {
    let found: Option<String> = on_either!(tx, conn => {
        login_networks::table
            .find((account, network))
            .filter(login_networks::last_at.ge(At(since)))
            .select(login_networks::network)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.is_some())
}

/// Forgets tries before `tries`, and networks not seen since `networks`.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, tries: Timestamp, networks: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(login_tries::table.filter(login_tries::last_at.lt(At(tries))))
            .execute(conn)
            .await
    })?;
    on_either!(tx, conn => {
        diesel::delete(login_networks::table.filter(login_networks::last_at.lt(At(networks))))
            .execute(conn)
            .await
    })?;
    Ok(())
}
