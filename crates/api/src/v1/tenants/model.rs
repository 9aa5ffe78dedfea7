//! Tenants as JSON.

use std::collections::BTreeMap;

use faxgate_core::Tenant;
use faxgate_types::{RateLimits, SendingPolicy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct TenantBody {
    /// Its id.
    id: Uuid,
    /// Its short name in headers and commands.
    #[schema(example = "clinic")]
    slug: String,
    /// Its name on paper: in the header line.
    #[schema(example = "Harbour Clinic")]
    name: String,
    /// Where it is, ISO 3166-1 in two letters: national numbers are read there.
    #[schema(example = "US")]
    country: String,
    /// Where it may call.
    #[schema(example = json!(["US", "CA"]))]
    allowed_countries: Vec<String>,
    /// Its clocks, an IANA name.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// Requests an hour and user that hold instead of the gateway's: `send`, `upload`, `status`, `list`, `manage`; 0 is without a limit.
    #[schema(value_type = BTreeMap<String, u32>, example = json!({"send": 500}))]
    rate_limits: RateLimits,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: &'static str,
    /// Since when it is suspended.
    #[schema(format = DateTime)]
    suspended_at: Option<String>,
    /// Why it is suspended.
    suspended_because: Option<String>,
}

impl From<Tenant> for TenantBody {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id.uuid(),
            slug: tenant.slug,
            name: tenant.name,
            country: tenant.country.to_string(),
            allowed_countries: tenant
                .allowed_countries
                .0
                .iter()
                .map(ToString::to_string)
                .collect(),
            time_zone: tenant.time_zone.to_string(),
            rate_limits: tenant.rate_limits,
            status: match tenant.suspended_at {
                Some(_) => "suspended",
                None => "active",
            },
            suspended_at: tenant.suspended_at.map(|at| at.to_seconds()),
            suspended_because: tenant.suspended_because,
        }
    }
}

/// A tenant with what was chosen for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TenantSettingsBody {
    #[serde(flatten)]
    tenant: TenantBody,
    /// What was chosen about its sending; what is absent is as the gateway has it. `weight`, `max_calls`, `calls_per_second`,
    /// `attempts_per_minute`, `attempts_per_day`, `minutes_per_day`, `cost_per_day` (millionths of the currency), `pages_per_day`, the same
    /// `…_per_month`, `windows` (`Mon-Fri 08:00-18:00`), `unknown` (`hold`, `resend_all`, `resend_unconfirmed`), `last_page` (`resend`, `hold`),
    /// `give_up_after_seconds`, `max_tries`, and `retry`: by reason (`busy`, `no_answer`, `line`, `partial`, `negotiation`, `not_fax`, `local`,
    /// `back_pressure`, `account`) `tries` and `wait_seconds`.
    #[schema(value_type = Object, example = json!({"weight": 200, "max_calls": 4, "retry": {"busy": {"tries": 5, "wait_seconds": [60, 180]}}}))]
    sending: SendingPolicy,
}

impl From<(Tenant, SendingPolicy)> for TenantSettingsBody {
    fn from((tenant, sending): (Tenant, SendingPolicy)) -> Self {
        Self {
            tenant: tenant.into(),
            sending,
        }
    }
}

/// A tenant to add.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the request; its fields are read one by one"
)]
pub(crate) struct NewTenantBody {
    /// 1 to 63 of `a-z`, `0-9` and `-`.
    #[schema(example = "clinic")]
    slug: String,
    /// Its name on paper, 1 to 200 characters; the slug when there is none.
    #[schema(example = "Harbour Clinic")]
    name: Option<String>,
    /// Where it is, in two letters; at first, that is where it may call. `US` when absent.
    #[schema(example = "US")]
    country: Option<String>,
    /// Its clocks, an IANA name; `UTC` when absent.
    #[schema(example = "America/New_York")]
    time_zone: Option<String>,
}

/// What is to change about a tenant; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the request; its fields are read one by one"
)]
pub(crate) struct TenantChangeBody {
    /// Its name on paper, 1 to 200 characters.
    name: Option<String>,
    /// Its clocks, an IANA name.
    time_zone: Option<String>,
    /// Where it is, in two letters: national numbers are read there from now on.
    country: Option<String>,
    /// Requests an hour and user that hold instead of the gateway's; 0 is without a limit, `null` leaves it to the gateway again.
    #[schema(example = json!({"send": 500, "upload": null}))]
    rate_limits: Option<BTreeMap<String, Option<u32>>>,
    /// Where it may call; at least one country.
    #[schema(example = json!(["US", "CA"]))]
    allowed_countries: Option<Vec<String>>,
    /// Choices about its sending, put over those that it has; `null` takes one away, so that the gateway's own holds (RFC 7396).
    #[schema(value_type = Option<Object>, example = json!({"max_calls": 4, "cost_per_day": null}))]
    sending: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Why a tenant is suspended.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the request; its fields are read one by one"
)]
pub(crate) struct SuspendBody {
    /// 1 to 500 characters; the tenant's people are told.
    #[schema(example = "the bill of March is open")]
    reason: String,
}
