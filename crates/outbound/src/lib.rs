#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod post;
mod resolve;
mod target;

pub use address::is_public;
pub use client::{Config, Fetched, Outbound};
pub use error::OutboundError;
pub use post::{Post, Posted};
pub use reqwest::StatusCode;
pub use reqwest::header::{self, HeaderMap, HeaderValue};
pub use resolve::{Lookup, Resolver, SystemResolver};
