//! Fax TIFFs, in and out: what FreeSWITCH's `txfax` takes and `rxfax` leaves.

mod directory;
mod join;
mod read;
mod received;
mod send;
mod writer;

pub use join::join;
pub use read::{page_count, read, read_page};
pub use received::write_received;
pub use send::write;

pub(crate) use send::SendWriter;

pub(crate) use directory::{Directory, directories};
pub(crate) use read::{Damage, bilevel, pages};
