//! Numbers and orders as JSON.

use faxgate_core::{AccountNumber, AvailableNumber, OwnNumber, PlacedOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A number of the gateway's.
#[derive(Serialize, ToSchema)]
pub(crate) struct NumberBody {
    /// Its id.
    id: Uuid,
    /// A small number beside the id.
    #[schema(example = 1)]
    short_id: Option<i64>,
    /// The number, +E.164.
    #[schema(example = "+13125550100")]
    phone_number: String,
    /// Its tenant's slug.
    #[schema(example = "acme")]
    tenant: String,
    /// `active`; `releasing` while its carrier is told to take it back; `released` when it is gone.
    #[schema(example = "active")]
    status: &'static str,
    /// Who carries it: `telnyx`; `null`: somebody who was not told to the gateway.
    #[schema(example = "telnyx")]
    carrier: Option<String>,
    /// The carrier's own id of it.
    carrier_number_id: Option<String>,
    /// The carrier's application that its faxes go to.
    connection_id: Option<String>,
    /// The name that a call shows beside the number; `null`: the tenant's.
    caller_name: Option<String>,
    /// What stands in the header line of its pages; `null`: the tenant's name.
    header_text: Option<String>,
    /// The clock of the header line; `null`: the tenant's.
    #[schema(example = "America/Chicago")]
    time_zone: Option<String>,
    /// Lines for faxes from it, best first; `null`: the rules say.
    route: Option<Vec<String>>,
    /// Whether it counts when a fax names no sender.
    is_default: bool,
    /// Whether an operator, or the account at the carrier, says that it is the tenant's. Where not, it was claimed, and only test faxes go
    /// by it.
    confirmed: bool,
    /// Since when the tenant has it.
    #[schema(format = DateTime)]
    created_at: String,
}

impl NumberBody {
    /// A number that is gone.
    pub(crate) fn released(number: OwnNumber) -> Self {
        Self {
            status: "released",
            ..Self::from(number)
        }
    }
}

impl From<OwnNumber> for NumberBody {
    fn from(OwnNumber { did, tenant }: OwnNumber) -> Self {
        Self {
            id: did.id.uuid(),
            short_id: did.short_id,
            phone_number: did.number.to_string(),
            tenant,
            status: did.state.as_str(),
            carrier: did.carrier,
            carrier_number_id: did.carrier_number_id,
            connection_id: did.connection_id,
            caller_name: did.caller_name,
            header_text: did.header_text,
            time_zone: did.time_zone.map(|zone| zone.to_string()),
            route: did
                .route
                .map(|route| route.lanes().map(str::to_owned).collect()),
            is_default: did.is_default,
            confirmed: did.confirmed,
            created_at: did.created_at.to_seconds(),
        }
    }
}

/// A number that can be ordered.
#[derive(Serialize, ToSchema)]
pub(crate) struct AvailableBody {
    /// The number, +E.164.
    #[schema(example = "+13125550100")]
    phone_number: String,
    /// What it can do.
    #[schema(example = json!(["fax", "voice"]))]
    features: Vec<String>,
    /// Where it belongs, most general first.
    #[schema(example = json!(["US", "IL", "Chicago"]))]
    region: Vec<String>,
    /// What it costs a month, as the carrier writes it.
    #[schema(example = "1.00000")]
    monthly_cost: Option<String>,
    /// What it costs at once.
    upfront_cost: Option<String>,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: Option<String>,
}

impl From<AvailableNumber> for AvailableBody {
    fn from(number: AvailableNumber) -> Self {
        Self {
            phone_number: number.number.to_string(),
            features: number.features,
            region: number.region,
            monthly_cost: number.monthly_cost,
            upfront_cost: number.upfront_cost,
            currency: number.currency,
        }
    }
}

/// An order of numbers.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// Its id.
    id: Uuid,
    /// Whose the numbers will be: a tenant's slug.
    #[schema(example = "acme")]
    tenant: String,
    /// `pending`: written down; `placed`: the carrier has it; `success`: the numbers are the tenant's; `failure`: see `error`.
    #[schema(example = "pending")]
    status: &'static str,
    /// The numbers.
    #[schema(example = json!(["+13125550100"]))]
    phone_numbers: Vec<String>,
    /// From whom.
    #[schema(example = "telnyx")]
    carrier: String,
    /// The carrier's own id of it, once it is known.
    carrier_order_id: Option<String>,
    /// Why it failed; before its end: what the carrier waits for.
    error: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<PlacedOrder> for OrderBody {
    fn from(PlacedOrder { order, tenant }: PlacedOrder) -> Self {
        Self {
            id: order.id.uuid(),
            tenant,
            status: order.state.as_str(),
            phone_numbers: order.numbers.0.iter().map(ToString::to_string).collect(),
            carrier: order.carrier,
            carrier_order_id: order.carrier_order_id,
            error: order.error,
            created_at: order.created_at.to_seconds(),
            updated_at: order.updated_at.to_seconds(),
        }
    }
}

/// A number of the account at the carrier.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountNumberBody {
    /// The number, +E.164.
    #[schema(example = "+13125550100")]
    phone_number: String,
    /// The carrier's own id of it.
    carrier_number_id: String,
    /// The carrier's word for how it stands.
    #[schema(example = "active")]
    status: Option<String>,
    /// What it is attached to.
    connection_id: Option<String>,
    /// Whether that is the application of this gateway, so that its faxes come here.
    attached: bool,
    /// The slug of the tenant that has it here; `null`: nobody.
    tenant: Option<String>,
    /// The id that it has here.
    id: Option<Uuid>,
}

impl From<AccountNumber> for AccountNumberBody {
    fn from(found: AccountNumber) -> Self {
        let (id, tenant) = found.own.unzip();
        Self {
            phone_number: found.number.number.to_string(),
            carrier_number_id: found.number.id,
            status: found.number.status,
            connection_id: found.number.application,
            attached: found.attached,
            tenant,
            id: id.map(|id| id.uuid()),
        }
    }
}

/// Numbers that were taken over.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportedBody {
    /// The tenant's now, attached.
    pub(crate) numbers: Vec<NumberBody>,
    /// Numbers of the account that other tenants have, and keep, or that are in an order that has not ended.
    #[schema(example = json!([]))]
    pub(crate) skipped: Vec<String>,
}

/// Numbers to order.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewOrderBody {
    /// 1 to 50 numbers, as a search found them.
    #[schema(example = json!(["+13125550100"]))]
    phone_numbers: Vec<String>,
    /// The slug of the tenant that gets them; for operators. Absent: the caller's own.
    #[schema(required = false)]
    tenant: Option<String>,
}

/// Numbers of the account to take over: `phone_numbers`, or `all`.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ImportBody {
    /// 1 to 50 numbers of the account.
    #[schema(required = false, example = json!(["+13125550100"]))]
    phone_numbers: Option<Vec<String>>,
    /// All that nobody has here.
    #[serde(default)]
    #[schema(default = false)]
    all: bool,
    /// The slug of the tenant that gets them. Absent: the caller's own.
    #[schema(required = false)]
    tenant: Option<String>,
}

/// Changes to a number. What is absent stays; `null` takes away.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ChangeBody {
    /// The name that a call shows beside the number: 1 to 128 letters (A to Z), digits, spaces and `-_~!.+`.
    #[schema(required = false, example = "Acme Legal")]
    caller_name: Option<String>,
    /// What stands in the header line in place of the tenant's name: 1 to 50 characters.
    #[schema(required = false, example = "Acme Legal, Chicago")]
    header_text: Option<String>,
    /// The clock of the header line: an IANA name.
    #[schema(required = false, example = "America/Chicago")]
    time_zone: Option<String>,
    /// Whether it counts when a fax names no sender; then no other of the tenant's does.
    #[schema(required = false)]
    is_default: Option<bool>,
    /// Whether it is the tenant's indeed, and not only claimed; for operators.
    #[schema(required = false)]
    confirmed: Option<bool>,
    /// Lines for faxes from it, best first; `on-net` can only be the first.
    #[schema(required = false, example = json!(["on-net", "telnyx"]))]
    route: Option<Vec<String>>,
    /// The slug of another tenant, which gets the number without these settings; for operators.
    #[schema(required = false)]
    tenant: Option<String>,
}
