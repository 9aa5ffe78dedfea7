//! The tasks themselves.

use crate::fax_tiff::{self, SendWriter};
use crate::task::{Answer, Task};
use crate::{Refusal, convert, pdf, png};

/// Does one task; answers the head and the body of the answer.
pub(super) fn perform(
    task: &Task,
    document: &[u8],
    max_pages: u32,
) -> Result<(Answer, Vec<u8>), Refusal> {
    match *task {
        Task::Inspect => {
            let inspection = convert::inspect(document, max_pages)?;
            Ok((Answer::Inspected(inspection), Vec::new()))
        }
        Task::Render(options) => {
            let limit = options
                .max_pages
                .map_or(max_pages, |own| own.min(max_pages));
            let fax = convert::render(document, &options, limit)?;
            let answer = Answer::Rendered {
                pages: fax.pages,
                code_bytes: fax.code_bytes,
            };
            Ok((answer, fax.tiff))
        }
        Task::ToPdf => {
            counted(document, max_pages)?;
            let pages = fax_tiff::read(document)?;
            Ok((Answer::Made, pdf::from_pages(&pages)))
        }
        Task::ToPng { page } => {
            let page = fax_tiff::read_page(document, page)?;
            Ok((Answer::Made, png::page(&page)?))
        }
        Task::Preview { page } => {
            let page = fax_tiff::read_page(document, page)?;
            Ok((Answer::Made, png::preview(&page)?))
        }
        Task::Normalise => {
            let pages = counted(document, max_pages)?;
            let mut writer = SendWriter::new(pages);
            for number in 1..=pages {
                writer.push(&fax_tiff::read_page(document, number)?);
            }
            let (tiff, code_bytes) = writer.finish();
            Ok((Answer::Rendered { pages, code_bytes }, tiff))
        }
    }
}

fn counted(tiff: &[u8], max_pages: u32) -> Result<u32, Refusal> {
    let pages = fax_tiff::page_count(tiff)?;
    if pages > max_pages {
        return Err(Refusal::too_many_pages(max_pages));
    }
    Ok(pages)
}
