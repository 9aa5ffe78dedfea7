//! What programs are told of numbers and of orders. Appended last in a transaction: see [`events::append_all`].

use faxgate_db::events::{self, Event};
use faxgate_db::number_orders::NumberOrder;
use faxgate_db::{System, dids::Did};
use faxgate_types::{E164, NumberOrderState, TenantId, Timestamp};
use serde_json::json;

use crate::error::Result;
use crate::tell::facts::of_tenant;

/// Tells a tenant that it got numbers.
pub(super) async fn added(
    tx: &mut System,
    tenant: TenantId,
    numbers: &[E164],
    at: Timestamp,
) -> Result<()> {
    let told = numbers.iter().map(|number| {
        let text = format!("{number} was added");
        of_tenant("number.added", text, json!({"number": number.as_str()}), at)
    });
    tell(tx, tenant, &told.collect::<Vec<_>>()).await
}

/// Tells a tenant that it has a number no longer.
pub(super) async fn released(
    tx: &mut System,
    tenant: TenantId,
    number: &E164,
    at: Timestamp,
) -> Result<()> {
    let text = format!("{number} was released");
    let event = of_tenant(
        "number.released",
        text,
        json!({"number": number.as_str()}),
        at,
    );
    tell(tx, tenant, &[event]).await
}

/// Tells a tenant how its number presents itself from now on.
pub(super) async fn changed(tx: &mut System, did: &Did, at: Timestamp) -> Result<()> {
    let text = format!("{} was changed", did.number);
    let data = json!({
        "number": did.number.as_str(),
        "caller_name": did.caller_name,
        "header_text": did.header_text,
        "time_zone": did.time_zone.map(|zone| zone.to_string()),
        "is_default": did.is_default,
        "confirmed": did.confirmed,
    });
    let event = of_tenant("number.changed", text, data, at);
    tell(tx, did.tenant_id, &[event]).await
}

/// Tells two tenants that a number went from one to the other, in the order of their ids, so that no two wait in a circle.
pub(super) async fn moved(tx: &mut System, from: TenantId, did: &Did, at: Timestamp) -> Result<()> {
    let added_to = did.tenant_id;
    let numbers = std::slice::from_ref(&did.number);
    if from < added_to {
        released(tx, from, &did.number, at).await?;
        return added(tx, added_to, numbers, at).await;
    }
    added(tx, added_to, numbers, at).await?;
    released(tx, from, &did.number, at).await
}

/// Tells a tenant how its order stands; and, once it has ended, which numbers it brought.
pub(super) async fn ordered(
    tx: &mut System,
    order: &NumberOrder,
    brought: &[E164],
    at: Timestamp,
) -> Result<()> {
    let (kind, text) = match order.state {
        NumberOrderState::Success => ("number.order_completed", "the order was delivered"),
        NumberOrderState::Failure => ("number.order_failed", "the order was not delivered"),
        _ => ("number.order_placed", "numbers were ordered"),
    };
    let words =
        |numbers: &[E164]| -> Vec<String> { numbers.iter().map(ToString::to_string).collect() };
    let ended = order.state.is_final();
    let data = json!({
        "order": order.id.to_string(),
        "status": order.state.as_str(),
        "numbers": words(&order.numbers.0),
        "delivered": ended.then(|| words(brought)),
        "error": order.error,
    });
    tell(tx, order.tenant_id, &[of_tenant(kind, text, data, at)]).await
}

async fn tell(tx: &mut System, tenant: TenantId, told: &[Event]) -> Result<()> {
    if !told.is_empty() {
        events::append_all(tx, tenant, told).await?;
    }
    Ok(())
}
