//! The REST API, request by request: every documented body, and what is answered to everything else.

mod cancel;
mod document;
mod idempotency;
mod limits;
mod list;
mod send;
mod shape;
mod status;
mod tenants;
mod test_mode;
mod token;
mod upload;
mod webhook;
