//! The same promises on both databases; and what each must do in its own way.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod attempts;
mod call_records;
mod claims;
mod counters;
mod crowded;
mod documents;
mod events;
mod faxes;
mod followers;
mod hazards;
mod idempotency;
mod items;
mod jobs;
mod limits;
mod lists;
mod migrations;
mod money;
mod node_lock;
mod outages;
mod people;
mod plans;
mod raw;
mod reachable;
mod receptions;
mod routes;
mod row_security;
mod schema;
mod sharing;
mod tenants;
mod town;
mod turns;
mod wakes;
mod webhooks;
mod windows;
mod world;
