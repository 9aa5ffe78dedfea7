//! Who a fax goes from and to, for what is told of its calls.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::ItemId;

use crate::column::Word;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{faxes, queue_items as items};
use crate::tx::System;

/// Who a fax goes from and to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The recipient's item.
    pub item: ItemId,
    /// The recipient, as it came in.
    pub recipient: String,
    /// The sender, as it came in.
    pub sender: String,
    /// Whether it only ever goes to the simulator.
    pub simulated: bool,
}

/// Who the faxes of these items go from and to, in no order.
///
/// # Errors
/// When the query fails.
pub async fn of_items(tx: &mut System, of: &[ItemId]) -> DbResult<Vec<Parties>> {
    let ids: Vec<_> = of.iter().copied().map(Word).collect();
    let rows: Vec<(Word<ItemId>, String, String, bool)> = on_either!(tx, conn => {
        items::table
            .inner_join(faxes::table)
            .filter(items::id.eq_any(ids))
            .select((
                items::id,
                items::recipient_raw,
                faxes::sender_number,
                faxes::simulated,
            ))
            .load(conn)
            .await
    })?;
    let parties = |(item, recipient, sender, simulated): (Word<ItemId>, _, _, _)| Parties {
        item: item.0,
        recipient,
        sender,
        simulated,
    };
    Ok(rows.into_iter().map(parties).collect())
}
