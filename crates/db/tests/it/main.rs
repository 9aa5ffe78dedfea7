//! The same promises on both databases; and what each must do in its own way.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod attempts;
mod claims;
mod documents;
mod events;
mod faxes;
mod idempotency;
mod items;
mod jobs;
mod people;
mod receptions;
mod tenants;
mod world;
