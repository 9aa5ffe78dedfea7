//! Every foreign byte is parsed in a child process with limits.

mod child;
mod config;
mod error;
mod verdict;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::task::{Answer, Task};
use crate::{Inspection, Reason, Refusal, RenderOptions};

pub use config::{CageConfig, Limits};
pub use error::CageError;

/// Bits a second of V.17, the fastest that FreeSWITCH's fax speaks.
const LINE_RATE: u64 = 14_400;

/// Runs conversions, each in a worker process of its own, a few at a time.
///
/// Cheap to clone; clones share the bound on concurrency. A caller that drops
/// the future kills its worker. Needs a tokio runtime with I/O and time.
#[derive(Clone, Debug)]
pub struct Cage {
    config: Arc<CageConfig>,
    slots: Arc<Semaphore>,
}

/// A fax made of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Group 4, fit for `txfax` (see [`crate::fax_tiff::write`]).
    pub tiff: Bytes,
    /// Pages in it.
    pub pages: u32,
    /// Seconds that the page data alone takes at 14,400 bit/s, without
    /// negotiation and gaps between pages.
    pub line_seconds: u32,
}

impl Cage {
    /// A cage with its bounds. Nothing is started yet.
    #[must_use]
    pub fn new(config: CageConfig) -> Self {
        let slots = Arc::new(Semaphore::new(config.concurrency.max(1)));
        Self {
            config: Arc::new(config),
            slots,
        }
    }

    /// Opens a document: what is it, and how many pages will the fax have?
    /// Pictures and TIFFs are decoded to their end, PDFs are not drawn.
    ///
    /// # Errors
    /// [`CageError::Refused`] when it is no document that can be faxed.
    pub async fn inspect(&self, document: Bytes) -> Result<Inspection, CageError> {
        match self.run(Task::Inspect, document).await? {
            (Answer::Inspected(inspection), _) => Ok(inspection),
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// Makes the fax of a document.
    ///
    /// # Errors
    /// [`CageError::Refused`] when the document cannot be faxed; the same bytes
    /// will be refused again. [`CageError::Broken`] when we failed: try again.
    pub async fn render(
        &self,
        document: Bytes,
        options: &RenderOptions,
    ) -> Result<Rendered, CageError> {
        self.rendered(Task::Render(*options), document).await
    }

    /// Makes a PDF of a fax TIFF, pixel for pixel.
    ///
    /// # Errors
    /// As [`Cage::render`].
    pub async fn to_pdf(&self, fax_tiff: Bytes) -> Result<Bytes, CageError> {
        self.made(Task::ToPdf, fax_tiff).await
    }

    /// Makes a PNG of page `page`, counted from 1, bit for bit (see [`crate::png::page`]).
    ///
    /// # Errors
    /// As [`Cage::render`]; [`Reason::NoSuchPage`].
    pub async fn to_png(&self, fax_tiff: Bytes, page: u32) -> Result<Bytes, CageError> {
        self.made(Task::ToPng { page }, fax_tiff).await
    }

    /// Makes a PNG of page `page`, counted from 1, for eyes (see [`crate::png::preview`]).
    ///
    /// # Errors
    /// As [`Cage::render`]; [`Reason::NoSuchPage`].
    pub async fn preview(&self, fax_tiff: Bytes, page: u32) -> Result<Bytes, CageError> {
        self.made(Task::Preview { page }, fax_tiff).await
    }

    /// Rewrites any fax TIFF, such as one that came over a line, as Group 4
    /// with the same pixels, so that later steps read our own bytes.
    ///
    /// # Errors
    /// As [`Cage::render`].
    pub async fn normalise(&self, fax_tiff: Bytes) -> Result<Rendered, CageError> {
        self.rendered(Task::Normalise, fax_tiff).await
    }

    async fn rendered(&self, task: Task, document: Bytes) -> Result<Rendered, CageError> {
        match self.run(task, document).await? {
            (Answer::Rendered { pages, code_bytes }, tiff) => Ok(Rendered {
                tiff,
                pages,
                line_seconds: (code_bytes * 8).div_ceil(LINE_RATE) as u32,
            }),
            (other, _) => Err(unexpected(&other)),
        }
    }

    async fn made(&self, task: Task, document: Bytes) -> Result<Bytes, CageError> {
        match self.run(task, document).await? {
            (Answer::Made, bytes) => Ok(bytes),
            (other, _) => Err(unexpected(&other)),
        }
    }

    async fn run(&self, task: Task, document: Bytes) -> Result<(Answer, Bytes), CageError> {
        if document.len() as u64 > self.config.limits.input_bytes {
            return Err(CageError::Refused(Refusal::new(
                Reason::TooLarge,
                format!(
                    "the file is larger than {} MB; make it smaller and upload it again",
                    self.config.limits.input_bytes / 1_000_000
                ),
            )));
        }
        let slot = self.slots.acquire().await;
        let _slot = slot.map_err(|_| CageError::broken("the cage is closed"))?;
        child::run(&self.config, task, document).await
    }
}

fn unexpected(answer: &Answer) -> CageError {
    CageError::broken(format!("the worker answered another question: {answer:?}"))
}
