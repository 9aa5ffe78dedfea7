//! What operators do: tenants, users, numbers, tokens, what is held, receptions that belong to nobody.

mod bootstrap;
mod destinations;
mod do_not_fax;
mod held;
mod lines;
mod people;
mod receptions;
mod routes;
mod tenant_change;
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
