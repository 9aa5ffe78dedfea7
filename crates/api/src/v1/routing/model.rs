//! Rules about lines as JSON.

use faxgate_core::RouteRule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A rule about the lines that faxes take.
#[derive(Serialize, ToSchema)]
pub(crate) struct RouteBody {
    /// Its id.
    id: Uuid,
    /// For whose faxes: a tenant's slug; `null`: everybody's.
    #[schema(example = "clinic")]
    tenant: Option<String>,
    /// Digits that the destination begins with, country code first; empty: every destination.
    #[schema(example = "1212")]
    prefix: String,
    /// Its place: of several that fit the first counts, and a tenant's own before those for everybody.
    #[schema(example = 1)]
    position: u32,
    /// The lines, best first.
    #[schema(example = json!(["on-net", "east", "telnyx"]))]
    lanes: Vec<String>,
}

impl From<RouteRule> for RouteBody {
    fn from(rule: RouteRule) -> Self {
        Self {
            id: rule.id.uuid(),
            tenant: rule.tenant,
            prefix: rule.prefix,
            position: rule.position,
            lanes: rule.route.lanes().map(str::to_owned).collect(),
        }
    }
}

/// A rule to add.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the request; its fields are read one by one"
)]
pub(crate) struct NewRouteBody {
    /// The lines, best first: `on-net`, names of FreeSWITCH nodes, `telnyx`.
    #[schema(example = json!(["on-net", "east", "telnyx"]))]
    lanes: Vec<String>,
    /// Only for faxes of this tenant: its slug.
    #[schema(example = "clinic")]
    tenant: Option<String>,
    /// Only to numbers that begin so, country code first, with or without `+`.
    #[schema(example = "1212")]
    prefix: Option<String>,
    /// Its place, from 1; behind the others when absent.
    position: Option<u32>,
}
