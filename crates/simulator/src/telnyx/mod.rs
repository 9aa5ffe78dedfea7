//! A double of Telnyx' Programmable Fax API: an account in a box, with HTTP on a real socket and signed webhooks.
//!
//! The shapes are those of Telnyx' API reference (`developers.telnyx.com`, version 2). See *Telnyx* in the README.

mod account;
mod answer;
mod api;
mod application;
mod calls;
mod control;
mod document;
mod double;
mod faults;
mod fax;
mod inbound;
mod line;
mod links;
mod media;
mod numbers;
mod options;
mod orders;
mod policy;
mod scenario;
mod seen;
mod server;
mod state;
mod webhooks;

pub use calls::{Call, Outcome};
pub use double::TelnyxDouble;
pub use faults::{Fault, ListLag, Trouble};
pub use options::Options;
pub use policy::Policy;
pub use scenario::{Scenario, Stage};
pub use seen::{Delivery, Document, DocumentKind, Inbound, InboundRefused, Request};
