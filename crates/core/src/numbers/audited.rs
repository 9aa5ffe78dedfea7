//! What is written to the audit log of numbers.

use faxgate_db::Tx;
use faxgate_types::TenantId;
use serde_json::{Value, json};

use super::NumberChange;
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::Result;

impl App {
    /// One entry for each number, in its tenant's chain.
    pub(super) async fn audit_numbers<N: ToString>(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        actor: impl Into<Actor>,
        action: &'static str,
        numbers: impl IntoIterator<Item = N>,
    ) -> Result<()> {
        let actor = actor.into();
        for number in numbers {
            let entry = Entry::new(actor.clone(), action, number);
            self.audit(tx, tenant, entry).await?;
        }
        Ok(())
    }
}

/// What of a number is changed, for the log; what stays is not there.
pub(super) fn of_change(change: &NumberChange) -> Value {
    let mut told = serde_json::Map::new();
    let mut tell = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            told.insert(name.to_owned(), value);
        }
    };
    tell("caller_name", change.caller_name.as_ref().map(|v| json!(v)));
    tell("header_text", change.header_text.as_ref().map(|v| json!(v)));
    let zone = change.time_zone.as_ref();
    tell(
        "time_zone",
        zone.map(|v| json!(v.map(|zone| zone.to_string()))),
    );
    tell("route", change.route.as_ref().map(|v| json!(v)));
    tell("is_default", change.is_default.map(|v| json!(v)));
    tell("confirmed", change.confirmed.map(|v| json!(v)));
    tell("tenant", change.tenant.as_ref().map(|v| json!(v)));
    Value::Object(told)
}
