//! Encryption at rest: what lies in the store, who can read it, and what happens to keys.

mod gateway;
mod rotation;
mod safe;
mod vault;
