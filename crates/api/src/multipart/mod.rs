//! `multipart/form-data` (RFC 7578), one part after the other, bounded.

mod name;
mod parts;

pub(crate) use name::clean;
pub(crate) use parts::{Part, Parts};
