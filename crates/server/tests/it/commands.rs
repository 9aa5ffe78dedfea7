//! Operators' commands, as processes beside a running gateway.

mod held;
mod lines;
mod people;
mod routes;
mod tenant;
