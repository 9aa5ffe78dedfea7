//! The whole gateway: the real binary, over real sockets, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod broadcasts;
mod calls;
mod commands;
mod covers;
mod events;
mod freeswitch;
mod http;
mod isolation;
mod keys;
mod late;
mod mail;
mod money;
mod numbers;
mod office;
mod on_net;
mod once;
mod people;
mod records;
mod reference;
mod telnyx;
mod tenants;
mod under_test;
mod webhooks;
