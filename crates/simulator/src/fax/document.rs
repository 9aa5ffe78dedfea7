//! The file that is sent.

use std::path::Path;

use faxgate_imaging::{FaxPage, Resolution, fax_tiff, header};
use faxgate_types::Timestamp;
use sha2::{Digest as _, Sha256};

use super::HeaderLine;

/// Nothing bigger is sent; 350 pages are some 20 MB.
const MAX_BYTES: u64 = 256 << 20;

/// The pages of a file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pages: Vec<FaxPage>,
    bytes: usize,
}

/// What the call log says about a file at the moment of dialling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) sha256: Option<String>,
    pub(crate) pages: u32,
}

impl Look {
    /// Looks at a file without keeping it.
    pub(crate) fn at(path: &Path) -> Self {
        let Some(bytes) = read(path) else {
            return Self::default();
        };
        Self {
            sha256: Some(hex::encode(Sha256::digest(&bytes))),
            pages: fax_tiff::page_count(&bytes).unwrap_or(0),
        }
    }
}

impl Document {
    /// Reads a file as `txfax` does; `None` when it is no fax TIFF.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let bytes = read(path)?;
        let pages = fax_tiff::read(&bytes).ok()?;
        (!pages.is_empty()).then_some(Self {
            pages,
            bytes: bytes.len(),
        })
    }

    /// How many pages the file has.
    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }

    /// A page's resolution and size (from 0).
    pub(crate) fn look(&self, index: u32) -> Option<PageLook> {
        let page = self.page(index)?;
        Some(PageLook {
            resolution: page.resolution,
            width: page.bitmap.width(),
            height: page.bitmap.height(),
            bytes: self.bytes / self.pages.len().max(1),
        })
    }

    fn page(&self, index: u32) -> Option<&FaxPage> {
        self.pages.get(usize::try_from(index).ok()?)
    }

    /// A page as it arrives: the header line on top; with ECM the last rows are cut, without it the page grows.
    pub(crate) fn sent(
        &self,
        index: u32,
        line: &HeaderLine,
        at: Timestamp,
        ecm: bool,
    ) -> Option<FaxPage> {
        let page = self.page(index)?;
        let Some(text) = line.line(index + 1, at) else {
            return Some(page.clone());
        };
        if ecm {
            return Some(header::stamp(page, &text));
        }
        let height = page.bitmap.height() + header::rows(page.resolution);
        let taller = FaxPage {
            bitmap: page.bitmap.clone().with_height(height),
            resolution: page.resolution,
        };
        Some(header::stamp(&taller, &text))
    }
}

/// What the events say about a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLook {
    resolution: Resolution,
    width: u32,
    height: u32,
    pub(crate) bytes: usize,
}

impl PageLook {
    /// Columns and rows, `WxH`; without ECM the page that goes over the line is taller by the header line.
    pub(crate) fn pixels(&self, ecm: bool) -> String {
        let more = if ecm {
            0
        } else {
            header::rows(self.resolution)
        };
        format!("{}x{}", self.width, self.height + more)
    }

    /// Pixels a metre on the line, `XxY` (T.4's 8.04 by 3.85, 7.7 or 15.4 a millimetre).
    pub(crate) fn on_the_line(&self) -> &'static str {
        match self.resolution {
            Resolution::Standard => "8040x3850",
            Resolution::Fine => "8040x7700",
            Resolution::Superfine => "8040x15400",
        }
    }

    /// Pixels a metre as the file's dots an inch have it.
    pub(crate) fn in_the_file(&self) -> &'static str {
        match self.resolution {
            Resolution::Standard => "8031x3858",
            Resolution::Fine => "8031x7716",
            Resolution::Superfine => "8031x15393",
        }
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let size = std::fs::metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?
        .len();
    (size <= MAX_BYTES)
        .then(|| std::fs::read(path).ok())
        .flatten()
}
