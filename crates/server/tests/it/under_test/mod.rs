//! A gateway under test, and what speaks to it.

mod answer;
mod ask;
mod documents;
mod gateway;
mod settings;

pub(crate) use answer::Answer;
pub(crate) use ask::form;
pub(crate) use documents::{hollow_png, pdf, png_size, tiff};
pub(crate) use gateway::Gateway;
pub(crate) use settings::{DID, PASSWORD, SECRET, Settings, USERNAME, WEBHOOK_SECRET};
