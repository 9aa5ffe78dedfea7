//! Numbers: how many calls they take at once, and what was learned of the machine behind.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, LineSettings, Timestamp};

use crate::column::{At, OptAt, OptWord, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::destinations;
use crate::tx::{System, Tx};

/// What is known of a number. A number without a row takes one call at a time, with all that the line can do.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = destinations, check_for_backend(Pg, Sqlite))]
pub struct Destination {
    /// The number.
    #[diesel(deserialize_as = Word<E164>)]
    pub number: E164,
    /// Calls at once, all tenants together; more than one for a hunt group.
    pub max_calls: i32,
    /// What of a line's abilities calls to it may use; `None`: all.
    #[diesel(deserialize_as = OptWord<LineSettings>)]
    pub line_settings: Option<LineSettings>,
    /// Whether a person set `line_settings`: nothing is learned then, and nothing fades.
    pub pinned: bool,
    /// Faxes in a row that went well with these settings.
    pub good: i32,
    /// Calls in a row in which the machines did not understand each other.
    pub bad: i32,
    /// An operator's note.
    pub note: Option<String>,
    /// When `line_settings` were learned.
    #[diesel(deserialize_as = OptAt)]
    pub learned_at: Option<Timestamp>,
    /// When it last changed.
    #[diesel(deserialize_as = At)]
    pub updated_at: Timestamp,
}

impl Destination {
    /// A number of which nothing is known.
    #[must_use]
    pub fn unknown(number: E164, now: Timestamp) -> Self {
        Self {
            number,
            max_calls: 1,
            line_settings: None,
            pinned: false,
            good: 0,
            bad: 0,
            note: None,
            learned_at: None,
            updated_at: now,
        }
    }
}

/// What is known of a number. Tenants may look as well: how to call a number is the same for all who call it.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, number: &E164) -> DbResult<Option<Destination>> {
    Ok(on_either!(tx, conn => {
        destinations::table
            .find(Word(number))
            .select(Destination::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Writes down what is known of a number, whatever was there.
///
/// # Errors
/// When the query fails.
pub async fn put(tx: &mut System, is: &Destination) -> DbResult<()> {
    let number = destinations::number.eq(Word(&is.number));
    let rest = || {
        (
            destinations::max_calls.eq(is.max_calls.max(1)),
            destinations::line_settings.eq(Word::opt(is.line_settings)),
            destinations::pinned.eq(is.pinned),
            destinations::good.eq(is.good),
            destinations::bad.eq(is.bad),
            destinations::note.eq(&is.note),
            destinations::learned_at.eq(is.learned_at.map(At)),
            destinations::updated_at.eq(At(is.updated_at)),
        )
    };
    on_either!(tx, conn => {
        diesel::insert_into(destinations::table)
            .values((number, rest()))
            .on_conflict(destinations::number)
            .do_update()
            .set(rest())
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Forgets a number. `false`: nothing was known.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut System, number: &E164) -> DbResult<bool> {
    let removed = on_either!(tx, conn => {
        diesel::delete(destinations::table.find(Word(number))).execute(conn).await
    })?;
    Ok(removed == 1)
}

/// Numbers of which something is known, by number, those that begin with `prefix` (`+1`).
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut System,
    prefix: &str,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<Destination>> {
    // No digit and no plus sorts behind a tilde.
    let (from, to) = (prefix.to_owned(), format!("{prefix}~"));
    Ok(on_either!(tx, conn => {
        destinations::table
            .filter(destinations::number.between(from, to))
            .select(Destination::as_select())
            .order(destinations::number)
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?)
}
