//! Telnyx as a line, against a double of its API.

mod after_all;
mod doubt;
mod failover;
mod house;
mod line;
mod order_of_events;
mod post;
mod receiving;
mod sending;
