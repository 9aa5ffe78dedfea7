//! Usage and money.

mod api;
mod broadcasts;
mod chaos;
mod ledger;
mod purse;
