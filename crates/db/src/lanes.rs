//! Lines, as all nodes see them: which may take calls now.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::Timestamp;

use crate::column::{At, OptAt};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::lanes;
use crate::tx::System;

/// A line.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = lanes, check_for_backend(Pg, Sqlite))]
pub struct Lane {
    /// Its name in the settings.
    pub name: String,
    /// It takes no calls before this moment.
    #[diesel(deserialize_as = OptAt)]
    pub paused_until: Option<Timestamp>,
    /// Why, for people.
    pub pause_reason: Option<String>,
    /// Pauses since it last worked; while there are any, one call at a time tries it.
    pub pauses: i32,
}

/// All lines that were ever used with a folder of records, or had a pause.
///
/// # Errors
/// When the query fails.
pub async fn all(tx: &mut System) -> DbResult<Vec<Lane>> {
    Ok(on_either!(tx, conn => {
        lanes::table.select(Lane::as_select()).order(lanes::name).load(conn).await
    })?)
}

/// The line with this name.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, name: &str) -> DbResult<Option<Lane>> {
    Ok(on_either!(tx, conn => {
        lanes::table
            .filter(lanes::name.eq(name))
            .select(Lane::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Pauses a line until `until`: one pause more. `false`: it is paused already, and nothing changed, so that many calls that
/// fail together are one pause.
///
/// # Errors
/// When the query fails.
pub async fn pause(
    tx: &mut System,
    name: &str,
    until: Timestamp,
    reason: &str,
    now: Timestamp,
) -> DbResult<bool> {
    on_either!(tx, conn => {
        diesel::insert_into(lanes::table)
            .values((lanes::name.eq(name), lanes::updated_at.eq(At(now))))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    let free = lanes::paused_until
        .is_null()
        .or(lanes::paused_until.le(At(now)));
    let changed = on_either!(tx, conn => {
        diesel::update(lanes::table.filter(lanes::name.eq(name)).filter(free))
            .set((
                lanes::paused_until.eq(At(until)),
                lanes::pause_reason.eq(reason),
                lanes::pauses.eq(lanes::pauses + 1),
                lanes::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}

/// The line works: no pause any more, and the next one is a first one.
///
/// # Errors
/// When the query fails.
pub async fn works(tx: &mut System, name: &str, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(lanes::table.filter(lanes::name.eq(name)))
            .set((
                lanes::paused_until.eq(None::<At>),
                lanes::pause_reason.eq(None::<String>),
                lanes::pauses.eq(0),
                lanes::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}
