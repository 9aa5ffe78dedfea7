//! Faxes: `/faxes`.

mod actions;
mod display_name;
mod list;
mod multipart;
mod object;
mod request;
mod send;

pub use display_name::DisplayName;
pub use list::FaxFilter;
pub use object::{Direction, Fax, FaxStatus};
pub use request::{Contents, Media, PreviewFormat, Quality, SendFax};

use crate::client::Client;

/// Operations on faxes; see [`Client::faxes`].
#[derive(Clone, Copy, Debug)]
pub struct Faxes<'a>(pub(crate) &'a Client);
