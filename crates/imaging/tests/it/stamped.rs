//! Faxes that carry their header line already: the pixels below it are those of the page.

use faxgate_imaging::{
    Bitmap, FaxPage, PAGE_WIDTH, Reason, RenderOptions, Resolution, carrier_pdf, ccitt, fax_tiff,
    header, sample, stamped_tiff,
};
use proptest::prelude::*;

use crate::make::{FINE, cage, pages};
use crate::received::RECEIVED;

/// The widest line, with the page's number at its end.
fn line(page: u32) -> String {
    format!(
        "{:<104}{page:>4}",
        "21-Nov-2026 10:50 EST +13125550001 Acme"
    )
}

/// A page with some ink above its last rows, which are white as in all pages of ours.
fn page() -> impl Strategy<Value = FaxPage> {
    let resolution = prop::sample::select(Resolution::ALL.to_vec());
    let dots = prop::collection::vec((0..PAGE_WIDTH, 0u32..400), 0..40);
    (resolution, 1u32..400, dots).prop_map(|(resolution, inked, dots)| {
        let mut bitmap = Bitmap::new(PAGE_WIDTH, inked);
        for (x, y) in dots {
            bitmap.set(x, y % inked, true);
        }
        let bitmap = bitmap.with_height(inked + header::rows(resolution));
        FaxPage { bitmap, resolution }
    })
}

/// Whether the Group 4 code of exactly this page lies in the file.
fn holds(file: &[u8], page: &FaxPage) -> bool {
    let code = ccitt::encode_g4(&page.bitmap);
    file.windows(code.len()).any(|bytes| bytes == code)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_page_from_the_first_wanted_one_on_bears_its_line_and_comes_back_unstamped(
        fax in prop::collection::vec(page(), 1..5),
        from in 0usize..4,
    ) {
        let from = from % fax.len();
        let file = fax_tiff::write(&fax);
        let stamped = fax_tiff::read(&stamped_tiff(&file, from as u32, line).unwrap()).unwrap();
        let pdf = carrier_pdf(&file, from as u32, line).unwrap();
        prop_assert_eq!(stamped.len(), fax.len() - from);
        for (index, page) in stamped.iter().enumerate() {
            let original = &fax[from + index];
            let expected = header::stamp(original, &line((from + index + 1) as u32));
            prop_assert_eq!(page, &expected);
            prop_assert_eq!(&header::unstamp(page), original);
            prop_assert!(holds(&pdf, page));
        }
    }

    #[test]
    fn ink_at_the_very_end_makes_a_page_longer_and_is_not_lost(mut fax in page(), rows in 0u32..70) {
        let height = fax.bitmap.height().saturating_sub(rows).max(1);
        fax.bitmap = fax.bitmap.with_height(height);
        fax.bitmap.set(3, height - 1, true);
        let file = fax_tiff::write(std::slice::from_ref(&fax));
        let stamped = fax_tiff::read(&stamped_tiff(&file, 0, line).unwrap()).unwrap();
        let grown = height + header::rows(fax.resolution);
        prop_assert_eq!(stamped[0].bitmap.height(), grown);
        prop_assert_eq!(header::unstamp(&stamped[0]).bitmap.with_height(height), fax.bitmap);
    }

    #[test]
    fn damage_is_refused_or_survived(
        at in 0usize..1_000_000, bytes in prop::collection::vec(any::<u8>(), 1..40), from in any::<u32>(), keep in 0usize..1_000_000,
    ) {
        let page = FaxPage { bitmap: Bitmap::new(PAGE_WIDTH, 60), resolution: Resolution::Fine };
        let mut file = fax_tiff::write(&[page.clone(), page]);
        let at = at % file.len();
        for (old, new) in file[at..].iter_mut().zip(&bytes) {
            *old = *new;
        }
        file.truncate(file.len().saturating_sub(keep % (2 * file.len())).max(1));
        for from in [0, 1, from] {
            let as_tiff = stamped_tiff(&file, from, line);
            let as_pdf = carrier_pdf(&file, from, line);
            prop_assert_eq!(as_tiff.is_ok(), as_pdf.is_ok());
        }
    }

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(carrier_pdf(&bytes, 0, line).is_err());
        prop_assert!(stamped_tiff(&bytes, 0, line).is_err());
    }
}

#[test]
fn a_fax_that_ends_before_the_first_wanted_page_is_told() {
    for from in [3, 4, u32::MAX] {
        let refusal = carrier_pdf(RECEIVED[0], from, line).unwrap_err();
        assert_eq!(refusal.reason, Reason::NoSuchPage);
        assert!(
            refusal.message.contains(&(u64::from(from) + 1).to_string()),
            "{refusal}"
        );
    }
}

#[test]
fn all_108_characters_are_drawn_at_every_resolution_and_no_row_below_them_is_touched() {
    for resolution in Resolution::ALL {
        let bitmap = Bitmap::new(PAGE_WIDTH, 1100);
        let file = fax_tiff::write(&[FaxPage { bitmap, resolution }]);
        let full = stamped_tiff(&file, 0, |_| "8".repeat(108)).unwrap();
        let full = &fax_tiff::read(&full).unwrap()[0];
        let rows = header::rows(resolution);
        for cell in 0..108 {
            let inked = (0..rows).any(|y| (0..16).any(|x| full.bitmap.get(cell * 16 + x, y)));
            assert!(inked, "{resolution}: character {cell}");
        }
        assert!(full.bitmap.white_rows_at_bottom() >= 1100 - rows);
    }
}

/// What the carrier does with the PDF: it draws the pages again, in their size.
#[tokio::test]
async fn the_carriers_pdf_is_drawn_in_its_size_at_every_resolution() {
    for resolution in Resolution::ALL {
        let options = RenderOptions { resolution, ..FINE };
        let ours = cage()
            .render(sample::document().into(), &options)
            .await
            .unwrap();
        let pdf = carrier_pdf(&ours.tiff, 1, line).unwrap();
        let stamped = fax_tiff::read(&stamped_tiff(&ours.tiff, 1, line).unwrap()).unwrap();
        let drawn = pages(pdf.to_vec(), &options).await;
        assert_eq!((drawn.len(), stamped.len()), (2, 2));
        for (drawn, stamped) in drawn.iter().zip(&stamped) {
            assert_eq!(drawn.resolution, resolution);
            assert_eq!(drawn.bitmap.height(), stamped.bitmap.height());
            // Drawing may move the picture by less than a pixel, so that edges differ; as much of it is black.
            let (drawn, stamped) = (drawn.bitmap.ink() as f64, stamped.bitmap.ink() as f64);
            assert!((drawn / stamped - 1.0).abs() < 0.1, "{drawn} of {stamped}");
        }
    }
}
