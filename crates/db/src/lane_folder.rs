//! Which folder a line's records of calls lie in: every node of the line has to use the same one.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::Timestamp;

use crate::column::At;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::lanes;
use crate::tx::System;

/// Says that a node uses this folder for the line; answers the folder that counts: the one that was said first.
///
/// # Errors
/// When the query fails.
pub async fn say(tx: &mut System, name: &str, folder: &str, now: Timestamp) -> DbResult<String> {
    on_either!(tx, conn => {
        diesel::insert_into(lanes::table)
            .values((lanes::name.eq(name), lanes::updated_at.eq(At(now))))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    on_either!(tx, conn => {
        diesel::update(lanes::table.filter(lanes::name.eq(name)).filter(lanes::folder.is_null()))
            .set((lanes::folder.eq(folder), lanes::updated_at.eq(At(now))))
            .execute(conn)
            .await
    })?;
    let said = find(tx, name).await?;
    Ok(said.unwrap_or_else(|| folder.to_owned()))
}

/// The folder that counts for the line, if one does.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, name: &str) -> DbResult<Option<String>> {
    let folder: Option<Option<String>> = on_either!(tx, conn => {
        lanes::table
            .filter(lanes::name.eq(name))
            .select(lanes::folder)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(folder.flatten())
}

/// No folder counts any more: the next one that is said does.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, name: &str, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(lanes::table.filter(lanes::name.eq(name)))
            .set((lanes::folder.eq(None::<String>), lanes::updated_at.eq(At(now))))
            .execute(conn)
            .await
    })?;
    Ok(())
}
