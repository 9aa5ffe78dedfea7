//! What a request says, read once, with errors that name the place and say what to do.

pub(crate) mod authorization;
pub(crate) mod body;
pub(crate) mod fields;
pub(crate) mod forwarded;
pub(crate) mod headers;
pub(crate) mod json;
pub(crate) mod path;
pub(crate) mod peer;
pub(crate) mod query;
pub(crate) mod room;
pub(crate) mod strict;
