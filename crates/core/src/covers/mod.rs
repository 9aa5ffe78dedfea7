//! Covers: the page before the fax that says who sends it to whom, and what about.
//!
//! A tenant has templates (heading, address, logo, labels, small print); a fax has the words. What a fax's cover says is written down when
//! it is accepted, with the template as it was then, so that a cover never changes under a fax that waits.

mod said;
mod sheet;
mod templates;

pub(crate) use said::SHORT;
pub use said::{CoverParty, CoverSaid};
pub use templates::{CoverDesign, CoverTemplate, Labels as CoverLabels, NewCoverTemplate};

pub(crate) use sheet::{CoverOf, Written};
pub(crate) use templates::written;
