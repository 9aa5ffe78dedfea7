//! Faxes that come in: first the notice is stored, then a job makes a fax of it.

mod carrier_event;
mod carrier_events;
mod deliver;
mod media;
mod notice;
#[cfg(test)]
mod permutations;
mod take;

pub use carrier_event::{CarrierEvent, EventTaken, carrier_evidence};
pub use carrier_events::{ToldOf, WaitingEvents};
pub(crate) use deliver::spellings;
pub(crate) use notice::{OnNetNotice, Stored};
pub(crate) use take::{UNCLAIMED, on_net_key};

pub use notice::{FreeSwitchNotice, Notice, NoticeFile, NoticeTaken, ReceptionEvent, TelnyxNotice};
