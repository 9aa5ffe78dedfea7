//! Webhooks that leave us: the endpoints of tenants, each event on its way to each of them, and the tries of that.
//!
//! An event goes to an endpoint by one row, whatever becomes of it: nothing is lost, and nothing is told twice by us. Whoever
//! locks both takes the endpoint before the delivery.

mod attempts;
mod claims;
mod deliveries;
mod endpoints;
mod replays;

pub use attempts::{Attempt, of_delivery};
pub use claims::{Claimed, Leased, claim, give_back, hand_back, lapse, ready};
pub use deliveries::{
    Delivery, Fate, Listed, NewDelivery, Wanted, add, begin_anew, begin_events_anew,
    find as find_delivery, forget, insert_sending, page as page_of_deliveries, settle,
};
pub use endpoints::{
    Endpoint, Hidden, NewEndpoint, active, count, disable, failed, find, insert, lock, owner, page,
    remove, spare, succeeded, update,
};
pub use replays::seq_before;
