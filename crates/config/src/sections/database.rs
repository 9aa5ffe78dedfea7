//! `[database]`

use crate::section::{Check, Section, section};
use crate::urls::DatabaseUrl;

section! {
    /// `[database]`: where everything but the documents is kept.
    pub struct Database {
        /// `sqlite://PATH` or `postgres://…`.
        pub url: DatabaseUrl,
        /// Connections held open at most.
        pub max_connections: u32,
        /// Whether `serve` brings the schema up to date before it starts.
        pub auto_migrate: bool,
    }
}

impl Check for Database {
    fn check(&self, section: &mut Section<'_>) {
        section.within("max_connections", self.max_connections.into(), 1..=1000);
    }
}
