//! Fax pages to PDF and PNG and back: no pixel changes.

use faxgate_imaging::{FaxPage, Reason, RenderOptions, Resolution, fax_tiff, sample};

use crate::make::{FINE, cage, pages};
use crate::received::RECEIVED;

/// The pixels of a one-bit PNG, black is 1, and its density in dots an inch.
fn read_png(file: &[u8]) -> (Vec<u8>, u32, u32, (u32, u32)) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let info = reader.info();
    let density = info.pixel_dims.unwrap();
    let dpi = |metre: u32| (f64::from(metre) * 0.0254).round() as u32;
    let black = pixels.iter().map(|byte| !byte).collect();
    (
        black,
        info.width,
        info.height,
        (dpi(density.xppu), dpi(density.yppu)),
    )
}

#[tokio::test]
async fn a_png_is_the_page_bit_for_bit() {
    for resolution in Resolution::ALL {
        let options = RenderOptions { resolution, ..FINE };
        let fax = cage()
            .render(sample::document().into(), &options)
            .await
            .unwrap();
        let page: &FaxPage = &fax_tiff::read(&fax.tiff).unwrap()[1];
        let png = cage().to_png(fax.tiff.clone(), 2).await.unwrap();
        let (pixels, width, height, dpi) = read_png(&png);
        assert_eq!((width, height), (1728, page.bitmap.height()));
        assert_eq!(dpi, (204, resolution.y_dpi()));
        assert!(pixels == page.bitmap.data());
        let preview = cage().preview(fax.tiff, 2).await.unwrap();
        let image = image::load_from_memory(&preview).unwrap();
        let ratio = f64::from(image.height()) / f64::from(image.width());
        assert!((ratio - 11.0 / (1728.0 / 204.0)).abs() < 0.01);
    }
}

#[tokio::test]
async fn the_pdf_of_a_fax_faxes_again_with_the_same_number_of_pages() {
    for file in RECEIVED {
        let count = fax_tiff::page_count(file).unwrap();
        let pdf = cage().to_pdf(file.into()).await.unwrap();
        assert!(pdf.len() < file.len());
        let again = pages(pdf.to_vec(), &FINE).await;
        assert_eq!(again.len() as u32, count);
    }
}

#[tokio::test]
async fn the_group_4_code_in_the_pdf_is_the_page_bit_for_bit() {
    let received = fax_tiff::read(RECEIVED[0]).unwrap();
    let pdf = cage().to_pdf(RECEIVED[0].into()).await.unwrap();
    for page in &received {
        let code = faxgate_imaging::ccitt::encode_g4(&page.bitmap);
        assert!(pdf.windows(code.len()).any(|bytes| bytes == code));
    }
}

#[tokio::test]
async fn normalising_changes_the_code_and_not_the_pixels() {
    for file in RECEIVED {
        let fax = cage().normalise(file.into()).await.unwrap();
        assert_eq!(
            fax_tiff::read(&fax.tiff).unwrap(),
            fax_tiff::read(file).unwrap()
        );
        assert!(fax.tiff.len() < file.len());
        assert!(fax.line_seconds > 0);
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_is_named() {
    for page in [0, 4] {
        let error = cage().to_png(RECEIVED[0].into(), page).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().reason, Reason::NoSuchPage);
    }
}
