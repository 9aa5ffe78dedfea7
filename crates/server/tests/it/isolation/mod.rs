//! Two tenants on one gateway: nothing of one's is seen, named, changed or told apart from nothing at all by the other.

mod bodies;
mod description;
mod dump;
mod house;
mod interleaved;
mod judge;
mod kinds;
mod questions;
mod town;
mod walk;
