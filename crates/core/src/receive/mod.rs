//! Faxes that come in: first the notice is stored, then a job makes a fax of it.

mod deliver;
mod notice;
mod take;

pub use notice::{FreeSwitchNotice, Notice, NoticeFile, NoticeTaken, ReceptionEvent, TelnyxNotice};
