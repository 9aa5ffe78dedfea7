//! A gateway under test, and what speaks to it.

mod answer;
mod app;
mod ask;
mod documents;
mod gateway;
mod line;
mod rows;
mod settings;

pub(crate) use answer::Answer;
pub(crate) use app::{app, app_keeping, app_of, app_sealing};
pub(crate) use ask::{Ask, form};
pub(crate) use documents::{hollow_png, pdf, png_size, tiff};
pub(crate) use gateway::Gateway;
pub(crate) use line::{RemoteLine, placed_call};
pub(crate) use rows::Rows;
pub(crate) use settings::{
    CDR_PASSWORD, CDR_USERNAME, DID, PASSWORD, SECRET, Settings, USERNAME, WEBHOOK_SECRET,
};
