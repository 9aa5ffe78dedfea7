//! What operators do: tenants, users, numbers, tokens, what is held, receptions that belong to nobody.

mod bootstrap;
mod destinations;
mod do_not_fax;
mod held;
mod lines;
mod people;
mod receptions;
mod routes;
mod suspension;
mod tenant_change;
mod tenant_for;
mod tenants;
mod tokens;

pub use destinations::{DestinationChange, KnownDestination};
pub use held::Release;
pub use lines::LineState;
pub use receptions::Reception;
pub use routes::{LanesKnown, NewRoute, RouteRule, RouteShown};
pub use tenant_change::{Choice, TenantChange};
pub use tenants::NewTenant;

pub(crate) use lines::{SIMULATOR, lives};
pub(crate) use tenants::means_something_else;

use crate::error::Error;

fn no_such_tenant(named: &str) -> Error {
    Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{named}`"))
}
