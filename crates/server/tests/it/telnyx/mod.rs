//! Telnyx as a line, against a double of its API.

mod line;
mod post;
mod sending;
