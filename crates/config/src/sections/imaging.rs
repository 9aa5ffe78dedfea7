//! `[imaging]`

use crate::section::{Check, Section, choice, section};
use crate::units::Seconds;

choice! {
    /// How grey and colour become black and white.
    pub enum Halftone {
        /// Text by threshold, pictures by diffusion, as each page needs.
        Auto = "auto",
        /// Every pixel by itself: sharp text, short calls.
        Threshold = "threshold",
        /// Errors spread to the neighbours: pictures keep their greys, calls take longer.
        Diffusion = "diffusion",
    }
}

section! {
    /// `[imaging]`: the bounds within which a document is opened and turned into fax pages.
    pub struct Imaging {
        /// Pages of one document at most.
        pub max_pages: u32,
        /// Memory of one conversion at most, MiB.
        pub memory_mb: u64,
        /// Processor time of one conversion at most.
        pub cpu_seconds: Seconds,
        /// Time of one conversion at most, waiting included.
        pub wall_seconds: Seconds,
        /// Conversions at the same time.
        pub workers: usize,
        /// How grey and colour become black and white, unless a send says otherwise.
        pub halftone: Halftone,
    }
}

impl Check for Imaging {
    fn check(&self, section: &mut Section<'_>) {
        section.within("max_pages", self.max_pages.into(), 1..=10_000);
        section.within("memory_mb", self.memory_mb, 128..=65_536);
        section.within("cpu_seconds", self.cpu_seconds.get(), 1..=3600);
        section.within("wall_seconds", self.wall_seconds.get(), 1..=3600);
        section.require(
            self.cpu_seconds <= self.wall_seconds,
            "wall_seconds",
            "must not be shorter than imaging.cpu_seconds",
        );
        section.within("workers", self.workers as u64, 1..=256);
    }
}
