//! What operators do: tenants, users, numbers, tokens, receptions that belong to nobody.

mod bootstrap;
mod create;
mod receptions;

pub use create::NewTenant;
pub use receptions::Reception;
