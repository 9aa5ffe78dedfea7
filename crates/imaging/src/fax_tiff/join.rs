//! Several faxes as one: a cover, and what it is the cover of.

use super::read::fax_pages;
use super::{Directory, SendWriter, read_page};
use crate::{Refusal, Resolution};

/// Puts the pages of several fax TIFFs of ours into one, in order. Code is copied as it is; only pages that somebody else wrote are
/// coded anew.
///
/// # Errors
/// Those of [`read`](super::read).
pub fn join(faxes: &[&[u8]]) -> Result<Vec<u8>, Refusal> {
    let mut all = Vec::new();
    for fax in faxes {
        let pages = fax_pages(fax)?;
        all.extend(
            pages
                .into_iter()
                .enumerate()
                .map(|(index, page)| (*fax, index, page)),
        );
    }
    let mut joined = SendWriter::new(all.len() as u32);
    for (fax, index, page) in all {
        match own_code(fax, &page) {
            Some((resolution, code)) => {
                joined.push_code((page.width, page.height), resolution, code)
            }
            None => joined.push(&read_page(fax, index as u32 + 1)?),
        }
    }
    Ok(joined.finish().0)
}

/// The code of a page as [`SendWriter`] writes it.
fn own_code<'a>(fax: &'a [u8], page: &Directory) -> Option<(Resolution, &'a [u8])> {
    let is_own = page.compression == 4 && page.photometric == 0 && !page.lsb_first && !page.tiled;
    let [strip] = page.chunks.as_slice() else {
        return None;
    };
    let (_, y) = page.dpi?;
    is_own.then_some((Resolution::nearest(y), fax.get(strip.clone())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fax_tiff::{read, write, write_received};
    use crate::{Bitmap, FaxPage};

    fn page(seed: u32, resolution: Resolution) -> FaxPage {
        let mut bitmap = Bitmap::new(crate::PAGE_WIDTH, 300);
        for x in 0..600 {
            bitmap.set((x * seed) % crate::PAGE_WIDTH, (x * 7) % 300, true);
        }
        FaxPage { bitmap, resolution }
    }

    #[test]
    fn pages_come_in_order_and_pixel_for_pixel() {
        let pages: Vec<_> = (3..8).map(|seed| page(seed, Resolution::Fine)).collect();
        let (cover, rest) = (write(&pages[..1]), write(&pages[1..]));
        let joined = join(&[&cover, &rest]).unwrap();
        assert_eq!(read(&joined).unwrap(), pages);
        assert_eq!(joined, write(&pages), "as if it had been written at once");
    }

    #[test]
    fn what_somebody_else_wrote_is_coded_anew() {
        let pages = [page(5, Resolution::Standard)];
        let received = write_received(&pages);
        let joined = join(&[&received, &write(&pages)]).unwrap();
        let read = read(&joined).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].bitmap, read[1].bitmap);
    }

    #[test]
    fn what_is_no_fax_is_refused() {
        assert!(join(&[b"II*\0"]).is_err());
    }
}
