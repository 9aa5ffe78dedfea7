//! What tenants use, what they are charged for it, and what they have paid.
//!
//! All sums are whole millionths of the one currency that `[cost]` names. A call's price is fixed by the list that holds when it
//! is begun: so much for a call that comes about, for each page that the far end confirms, and for each minute on the line, by the
//! second and rounded up to the next millionth, once a call. With a prepaid balance the most that the call can cost is held in the
//! transaction of its intent, and its price is captured in the transaction of its verdict.

mod amount;
mod balance;
mod charge;
mod csv;
mod limits;
mod price_list;
mod prices;
mod received;
mod terms;
mod usage;

pub use amount::{Amount, NoAmount};
pub use balance::{BalanceView, EntryView, Prepaid, TopUp, ToppedUp};
pub use price_list::{PriceList, Rate};
pub use prices::PricesOf;
pub use usage::{UsageDay, UsageReport};

pub(crate) use charge::Called;
pub(crate) use terms::Terms;
