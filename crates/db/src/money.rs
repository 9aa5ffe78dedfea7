//! Money of tenants: prices, prepaid balances, and what calls are charged.
//!
//! Whoever changes a balance holds its row until the end of the transaction, and takes it after faxes, items and attempts, and
//! before usage and events, so that nobody waits in a circle.

pub mod balance;
pub mod charges;
pub mod entries;
pub mod notices;
pub mod prices;
pub mod waits;
