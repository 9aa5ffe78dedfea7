//! The REST API, request by request: every documented body, and what is answered to everything else.

mod cancel;
mod cdr;
mod do_not_fax;
mod document;
mod idempotency;
mod job_api;
mod limits;
mod list;
mod remote;
mod send;
mod shape;
mod status;
mod telnyx_trouble;
mod telnyx_webhook;
mod tenants;
mod test_mode;
mod token;
mod upload;
mod waiting;
mod webhook;
