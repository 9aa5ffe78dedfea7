//! The line codes of fax: ITU-T T.4 (Group 3) and T.6 (Group 4).
//!
//! Rows travel as lists of *changing elements*: the columns where the colour
//! changes, strictly ascending, each row starting white. Encoders find them a
//! machine word at a time; the decoder (crate `hayro-ccitt`) hands them out.

mod codes;
mod decode;
mod encode;
mod scan;
mod writer;

pub use decode::{Coding, DecodeError, decode};
pub use encode::{encode_g3_2d, encode_g4};
