//! The processes that dispatch, as they tell of themselves. Whether two may run under one name is not decided here, but by
//! [`crate::NodeLock`].

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::Timestamp;

use crate::column::At;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::nodes;
use crate::tx::System;

/// A node, when it last told of itself.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = nodes, check_for_backend(Pg, Sqlite))]
pub struct Node {
    /// `node.name`.
    pub name: String,
    /// When its process started.
    #[diesel(deserialize_as = At)]
    pub started_at: Timestamp,
    /// When it last told.
    #[diesel(deserialize_as = At)]
    pub beat_at: Timestamp,
    /// The program's version.
    pub version: String,
    /// The lines that it dispatches to, as text of its own.
    pub lanes: String,
}

/// Tells that the node lives: writes its row, over the one before.
///
/// # Errors
/// When the query fails.
pub async fn beat(tx: &mut System, node: &Node) -> DbResult<()> {
    on_either!(tx, conn => {
        let row = || (
            nodes::started_at.eq(At(node.started_at)),
            nodes::beat_at.eq(At(node.beat_at)),
            nodes::version.eq(&node.version),
            nodes::lanes.eq(&node.lanes),
        );
        diesel::insert_into(nodes::table)
            .values((nodes::name.eq(&node.name), row()))
            .on_conflict(nodes::name)
            .do_update()
            .set(row())
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Every node that ever told of itself, by name.
///
/// # Errors
/// When the query fails.
pub async fn all(tx: &mut System) -> DbResult<Vec<Node>> {
    Ok(on_either!(tx, conn => {
        nodes::table
            .order(nodes::name)
            .select(Node::as_select())
            .load(conn)
            .await
    })?)
}
