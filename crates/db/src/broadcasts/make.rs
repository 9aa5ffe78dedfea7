//! Making the faxes of a broadcast: one a recipient, many in one statement.

use diesel_async::RunQueryDsl;
use faxgate_types::{
    BroadcastId, DocumentId, E164, FaxId, ItemId, Priority, Resolution, TenantId, Timestamp, UserId,
};

use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::renditions::Rendition;
use crate::routes::Route;
use crate::shares;
use crate::sql::Sql;
use crate::tx::Tx;

/// What the faxes of a broadcast have in common.
#[derive(Clone, Debug)]
pub struct FaxesOf<'a> {
    /// Whose they are.
    pub tenant: TenantId,
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Who sends them.
    pub user: Option<UserId>,
    /// The sender, as it was typed.
    pub sender_number: &'a str,
    /// The sender.
    pub sender: &'a E164,
    /// What is sent.
    pub document: DocumentId,
    /// How fine the pages are.
    pub resolution: Resolution,
    /// Whether the faxes only ever go to the simulator.
    pub simulated: bool,
    /// Not before this moment, if somebody said so.
    pub send_at: Option<Timestamp>,
}

/// The fax of one recipient.
#[derive(Clone, Debug)]
pub struct NewFax {
    /// Its id.
    pub fax: FaxId,
    /// The id of its one item.
    pub item: ItemId,
    /// Its pages: those that all share, or with a cover of its own.
    pub pages: Rendition,
    /// The recipient's place in the broadcast.
    pub position: i64,
    /// The recipient, as it was typed.
    pub number_raw: String,
    /// The recipient.
    pub number: E164,
    /// When it is due.
    pub due_at: Timestamp,
    /// Why it is not due at once.
    pub waiting_for: Option<WaitingFor>,
    /// The lines that it may take; `None`: any.
    pub route: Option<Route>,
}

/// Makes faxes, at most 500, puts their items into the queue and turns their recipients into them: all or nothing, with the transaction.
/// The recipients wait, and whoever calls it has the broadcast locked; so no recipient ever gets two.
///
/// # Errors
/// When the query fails.
pub async fn make_faxes(
    tx: &mut Tx,
    of: &FaxesOf<'_>,
    new: &[NewFax],
    now: Timestamp,
) -> DbResult<()> {
    let Some(first) = new.iter().map(|fax| fax.due_at).min() else {
        return Ok(());
    };
    let faxes = faxes(of, new, now);
    on_either!(tx, conn => faxes.execute(conn).await)?;
    let items = items(of, new, now);
    on_either!(tx, conn => items.execute(conn).await)?;
    let recipients = recipients(of, new);
    on_either!(tx, conn => recipients.execute(conn).await)?;
    shares::look_at(tx, of.tenant, of.simulated, first).await
}

fn faxes(of: &FaxesOf<'_>, new: &[NewFax], now: Timestamp) -> Sql {
    let mut insert = Sql::<()>::new(
        "INSERT INTO faxes (id, tenant_id, user_id, direction, status, sender_number, sender_e164, recipient_number, document_id, \
         resolution, pages, pages_key, line_seconds, simulated, priority, send_at, broadcast_id, created_at, updated_at) VALUES ",
    )
    .once();
    let mut comma = "(";
    for fax in new {
        insert = insert
            .sql(comma)
            .str(&fax.fax)
            .sql(", ")
            .str(&of.tenant)
            .sql(", ")
            .opt_str(of.user.as_ref())
            .sql(", 'outbound', 'pending', ")
            .str(&of.sender_number)
            .sql(", ")
            .str(of.sender)
            .sql(", ")
            .str(&fax.number_raw)
            .sql(", ")
            .str(&of.document)
            .sql(", ")
            .str(&of.resolution)
            .sql(", ")
            .int(fax.pages.pages.into())
            .sql(", ")
            .str(&fax.pages.storage_key)
            .sql(", ")
            .int(fax.pages.line_seconds.into())
            .sql(", ")
            .flag(of.simulated)
            .sql(", ")
            .int(Priority::Bulk.rank().into())
            .sql(", ")
            .opt_at(of.send_at)
            .sql(", ")
            .str(&of.broadcast)
            .sql(", ")
            .at(now)
            .sql(", ")
            .at(now);
        comma = "), (";
    }
    insert.sql(")")
}

fn items(of: &FaxesOf<'_>, new: &[NewFax], now: Timestamp) -> Sql {
    let mut insert = Sql::<()>::new(
        "INSERT INTO queue_items (id, tenant_id, fax_id, position, recipient_raw, destination, state, simulated, priority, due_at, \
         waiting_for, route, broadcast_id, created_at, updated_at) VALUES ",
    )
    .once();
    let mut comma = "(";
    for fax in new {
        insert = insert
            .sql(comma)
            .str(&fax.item)
            .sql(", ")
            .str(&of.tenant)
            .sql(", ")
            .str(&fax.fax)
            .sql(", 0, ")
            .str(&fax.number_raw)
            .sql(", ")
            .str(&fax.number)
            .sql(", 'queued', ")
            .flag(of.simulated)
            .sql(", ")
            .int(Priority::Bulk.rank().into())
            .sql(", ")
            .at(fax.due_at)
            .sql(", ")
            .opt_str(fax.waiting_for.as_ref())
            .sql(", ")
            .opt_str(fax.route.as_ref())
            .sql(", ")
            .str(&of.broadcast)
            .sql(", ")
            .at(now)
            .sql(", ")
            .at(now);
        comma = "), (";
    }
    insert.sql(")")
}

fn recipients(of: &FaxesOf<'_>, new: &[NewFax]) -> Sql {
    let mut update = Sql::<()>::new("WITH v (position, fax) AS (VALUES ").once();
    let mut comma = "(";
    for fax in new {
        update = update.sql(comma).int(fax.position).sql(", ").str(&fax.fax);
        comma = "), (";
    }
    update
        .sql(
            ")) UPDATE broadcast_recipients SET state = 'queued', fax_id = v.fax FROM v \
             WHERE broadcast_recipients.position = v.position AND broadcast_recipients.broadcast_id = ",
        )
        .str(&of.broadcast)
}
