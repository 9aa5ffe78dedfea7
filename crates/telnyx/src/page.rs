//! Lists come in pages.

use serde::Deserialize;

use crate::error::Error;
use crate::lenient;

/// Which page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Items a page: up to 250, where Telnyx says anything about it.
    pub size: u32,
}

impl Page {
    /// The first page, of `size` items.
    #[must_use]
    pub fn first(size: u32) -> Self {
        Self { number: 1, size }
    }

    /// The page after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            number: self.number.saturating_add(1),
            ..self
        }
    }
}

impl Default for Page {
    /// The first page, of 100 items.
    fn default() -> Self {
        Self::first(100)
    }
}

/// One page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct List<T> {
    /// What is on the page. An answer without it, or with an item that cannot be read, is no answer: neither may look
    /// like absence.
    pub data: Vec<T>,
    /// Where the page stands in the list.
    #[serde(default, deserialize_with = "meta")]
    pub meta: PageMeta,
}

/// Where a page stands. Telnyx leaves fields out on some lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PageMeta {
    /// This page, from 1.
    #[serde(default, deserialize_with = "lenient::count")]
    pub page_number: Option<u32>,
    /// Items a page.
    #[serde(default, deserialize_with = "lenient::count")]
    pub page_size: Option<u32>,
    /// Pages in all.
    #[serde(default, deserialize_with = "lenient::count")]
    pub total_pages: Option<u32>,
    /// Items in all.
    #[serde(default, deserialize_with = "lenient::count")]
    pub total_results: Option<u32>,
}

fn meta<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PageMeta, D::Error> {
    Ok(lenient::object(deserializer)?.unwrap_or_default())
}

impl<T> List<T> {
    /// Whether nothing comes after this page, which was asked for as `asked`.
    #[must_use]
    pub fn is_last(&self, asked: Page) -> bool {
        match self.meta.total_pages {
            Some(total) => asked.number >= total,
            // A short page may be one that was capped.
            None => self.data.is_empty(),
        }
    }
}

/// What walking over the pages of a list brought.
#[derive(Clone, Debug)]
pub struct Walk<T> {
    /// The items of all pages that were read, in Telnyx' order. What is added to the list meanwhile may push an item onto
    /// the next page, where it comes a second time.
    pub items: Vec<T>,
    /// Whether the end of the list was reached; if not, absence proves nothing.
    pub complete: bool,
}

/// Reads pages of `size` items from the first on, `most_pages` at most.
pub(crate) async fn walk<T, F>(
    size: u32,
    most_pages: u32,
    mut fetch: impl FnMut(Page) -> F,
) -> Result<Walk<T>, Error>
where
    F: Future<Output = Result<List<T>, Error>>,
{
    let mut items = Vec::new();
    let mut page = Page::first(size);
    for _ in 0..most_pages {
        let list = fetch(page).await?;
        let last = list.is_last(page);
        items.extend(list.data);
        if last {
            return Ok(Walk {
                items,
                complete: true,
            });
        }
        page = page.next();
    }
    Ok(Walk {
        items,
        complete: false,
    })
}
