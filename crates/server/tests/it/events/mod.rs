//! The event log as programs see it: listed, streamed, followed.

mod client;
mod followers;
mod list;
mod log;
mod rights;
mod socket;
mod stream;
