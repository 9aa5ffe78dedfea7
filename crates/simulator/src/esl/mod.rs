//! The Event Socket, inbound mode: what mod_event_socket does with a connection.

mod commands;
mod connection;
mod jobs;
mod listener;
mod names;
mod request;
mod subscription;

pub(crate) use listener::serve;
pub(crate) use subscription::Subscription;
