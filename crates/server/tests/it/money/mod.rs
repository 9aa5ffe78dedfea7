//! Usage and money.

mod api;
mod chaos;
mod ledger;
mod purse;
