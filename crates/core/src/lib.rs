#![doc = include_str!("../README.md")]

mod app;
mod auth;
mod calls;
mod error;
mod header;
mod operate;
mod receive;
mod show;
mod spool;
mod submit;
mod tariff;
mod transport;
mod words;
mod work;

pub use app::{App, Parts, Settings};
pub use auth::{Caller, User};
pub use calls::{CallBounds, CallFacts, ClaimScope, Intended, Open, Prepared, Settled};
pub use error::{Error, Kind, Result};
pub use faxgate_db::tenants::Tenant;
pub use header::HeaderLine;
pub use operate::{NewTenant, Reception};
pub use receive::{
    FreeSwitchNotice, Notice, NoticeFile, NoticeTaken, ReceptionEvent, TelnyxNotice,
};
pub use show::{
    Document, DocumentFormat, FaxDetail, FaxList, FaxSummary, ItemDetail, ListQuery, TimelineEntry,
};
pub use submit::{Idempotency, SendReply, SendRequest, Upload, Uploaded};
pub use tariff::Tariff;
pub use transport::{CallEvent, CallOrder, Fence, Placed, Probe, Transport};
