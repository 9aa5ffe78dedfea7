//! Fax imaging against real files, foreign files and hostile files.

mod ccitt;
mod received;
