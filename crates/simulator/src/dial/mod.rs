//! Reading `originate` as FreeSWITCH reads it, traps included.

mod request;
mod split;

pub(crate) use request::{App, Endpoint, Leg, Originate, Refusal, USAGE, Variables};
