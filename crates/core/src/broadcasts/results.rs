//! What became of a broadcast's recipients, as CSV.

use faxgate_db::broadcasts::{self, Recipient};
use faxgate_types::{BroadcastId, RecipientState};

use super::no_such_broadcast;
use crate::app::App;
use crate::auth::Caller;
use crate::contacts::harmless;
use crate::error::{Error, Result};

const PAGE: i64 = 5000;

impl App {
    /// A broadcast's recipients as a CSV table, in their order; only those in `state`, if one is given. No cell is a formula to a
    /// spreadsheet.
    ///
    /// # Errors
    /// `NO_SUCH_BROADCAST`.
    pub async fn broadcast_results(
        &self,
        caller: &Caller,
        id: BroadcastId,
        state: Option<RecipientState>,
    ) -> Result<Vec<u8>> {
        let tenant = caller.tenant.id;
        let mut writer = csv::Writer::from_writer(Vec::new());
        let head = [
            "fax_number",
            "name",
            "status",
            "reason",
            "attempts",
            "pages_sent",
            "finished_at",
            "fax",
        ];
        writer.write_record(head).map_err(Error::internal)?;
        let mut tx = self.db.read(tenant).await?;
        broadcasts::find(&mut tx, tenant, id)
            .await?
            .ok_or_else(no_such_broadcast)?;
        let mut last = -1;
        loop {
            let some =
                broadcasts::recipients_behind(&mut tx, tenant, id, state, last, PAGE).await?;
            let Some(end) = some.last() else { break };
            last = end.position;
            for recipient in some {
                writer
                    .write_record(row(&recipient))
                    .map_err(Error::internal)?;
            }
        }
        tx.commit().await?;
        writer
            .into_inner()
            .map_err(|error| Error::internal(error.into_error()))
    }
}

fn row(recipient: &Recipient) -> [String; 8] {
    [
        recipient.number.to_string(),
        harmless(&recipient.name),
        recipient.state.to_string(),
        harmless(recipient.reason.as_deref().unwrap_or_default()),
        recipient.attempts.to_string(),
        recipient.pages_sent.to_string(),
        recipient
            .finished_at
            .map(|at| at.to_seconds())
            .unwrap_or_default(),
        recipient.fax.map(|fax| fax.to_string()).unwrap_or_default(),
    ]
}
