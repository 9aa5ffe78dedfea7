//! Documents to fax pages: size, place, shape, time on the line.

use faxgate_imaging::{
    Bitmap, FaxPage, Halftone, Kind, PAGE_WIDTH, RenderOptions, Resolution, fax_tiff, header,
    sample,
};
use image::{DynamicImage, ImageFormat};

use crate::make::{FINE, cage, encoded, pages, pdf, photo, png};
use crate::received::RECEIVED;

/// Columns and rows that hold ink: left, top, right, bottom.
fn extent(bitmap: &Bitmap) -> (u32, u32, u32, u32) {
    let inked = |y: &u32| bitmap.row(*y).iter().any(|&byte| byte != 0);
    let top = (0..bitmap.height()).find(inked).unwrap();
    let bottom = (0..bitmap.height()).rev().find(inked).unwrap();
    let column = |x: &u32| (top..=bottom).any(|y| bitmap.get(*x, y));
    let left = (0..bitmap.width()).find(column).unwrap();
    let right = (0..bitmap.width()).rev().find(column).unwrap();
    (left, top, right, bottom)
}

/// Inches of ink, across and down.
fn inches(page: &FaxPage) -> (f64, f64) {
    let (left, top, right, bottom) = extent(&page.bitmap);
    (
        f64::from(right - left + 1) / 204.0,
        f64::from(bottom - top + 1) / f64::from(page.resolution.y_dpi()),
    )
}

#[tokio::test]
async fn the_sample_becomes_three_pages_at_every_resolution_and_mode() {
    for resolution in Resolution::ALL {
        for halftone in Halftone::ALL {
            let options = RenderOptions {
                resolution,
                halftone,
                max_pages: None,
            };
            let pages = pages(sample::document(), &options).await;
            let rows: Vec<u32> = pages.iter().map(|page| page.bitmap.height()).collect();
            let (a4, letter) = match resolution {
                Resolution::Standard => (1146, 1078),
                Resolution::Fine => (2292, 2156),
                Resolution::Superfine => (4572, 4301),
            };
            assert_eq!(rows, [a4, letter, a4]);
            for page in &pages {
                assert_eq!(page.bitmap.width(), PAGE_WIDTH);
                assert_eq!(page.resolution, resolution);
                assert!(page.bitmap.ink() > 5_000, "{resolution} {halftone}");
                assert!(page.bitmap.white_rows_at_bottom() >= header::rows(resolution));
                let restored = header::unstamp(&header::stamp(page, "Acme +15550001000 p.1"));
                assert!(restored == *page, "the header line costs no ink");
            }
        }
    }
}

#[tokio::test]
async fn a_square_stays_a_square_at_every_resolution() {
    for resolution in Resolution::ALL {
        // Full-bleed ink shows the scale; a centred square shows the shape.
        let document = pdf(612.0, 792.0, |content| {
            content.rect(206.0, 296.0, 200.0, 200.0).fill_nonzero();
        });
        let page = &pages(document, &RenderOptions { resolution, ..FINE }).await[0];
        let (across, down) = inches(page);
        assert!(
            (across - down).abs() < 0.03,
            "{resolution}: {across} x {down}"
        );
        let (left, _, right, _) = extent(&page.bitmap);
        assert!((i64::from(left) - i64::from(1727 - right)).abs() <= 2);
    }
}

#[tokio::test]
async fn ink_up_to_the_edges_stays_clear_of_the_last_rows() {
    for (width, height) in [
        (595.28, 841.89),
        (612.0, 792.0),
        (612.0, 1008.0),
        (420.0, 595.0),
    ] {
        for resolution in Resolution::ALL {
            let document = pdf(width, height, |content| {
                content.rect(0.0, 0.0, width, height).fill_nonzero();
            });
            let page = &pages(document, &RenderOptions { resolution, ..FINE }).await[0];
            let lost = header::rows(resolution);
            let white = page.bitmap.white_rows_at_bottom();
            assert!(
                (lost..lost + 40).contains(&white),
                "{width} x {height}: {white}"
            );
            let (across, down) = inches(page);
            let wanted = f64::from(height / width);
            assert!((down / across / wanted - 1.0).abs() < 0.01);
        }
    }
}

#[tokio::test]
async fn landscape_pages_are_turned_to_fill_the_sheet() {
    let document = pdf(841.89, 595.28, |content| {
        // A bar along the upper edge, from the left to the middle.
        content.rect(0.0, 575.0, 420.0, 20.0).fill_nonzero();
    });
    let page = &pages(document, &FINE).await[0];
    let (left, top, right, bottom) = extent(&page.bitmap);
    assert!(bottom - top > 1000 && right - left < 80);
    // Turned clockwise: the upper edge is now on the right, its start on top.
    assert!(left > 1500 && top < 60);
}

#[tokio::test]
async fn every_kind_of_picture_becomes_one_page() {
    let rgb = DynamicImage::ImageRgb8(photo(600, 800));
    for (format, kind) in [
        (ImageFormat::Png, Kind::Png),
        (ImageFormat::Jpeg, Kind::Jpeg),
        (ImageFormat::Gif, Kind::Gif),
        (ImageFormat::Bmp, Kind::Bmp),
    ] {
        let file = encoded(&rgb, format);
        let inspection = cage().inspect(file.clone().into()).await.unwrap();
        assert_eq!((inspection.kind, inspection.pages), (kind, 1));
        let page = &pages(file, &FINE).await[0];
        let (across, down) = inches(page);
        assert!((down / across - 800.0 / 600.0).abs() < 0.05, "{kind:?}");
    }
}

#[tokio::test]
async fn transparency_is_white_paper() {
    let mut image = image::RgbaImage::new(400, 400);
    for x in 100..300 {
        for y in 100..300 {
            image.put_pixel(x, y, image::Rgba([0, 0, 0, 255]));
        }
    }
    let page = &pages(encoded(&image.into(), ImageFormat::Png), &FINE).await[0];
    let (across, down) = inches(page);
    assert!((across - down).abs() < 0.05);
    assert!(page.bitmap.ink() > 10_000);
    assert!(page.bitmap.row(5).iter().all(|&byte| byte == 0));
}

#[tokio::test]
async fn a_jpeg_is_set_upright_by_its_exif_orientation() {
    // Black on the left half; orientation 6 says: turn clockwise, so black on top.
    let image = image::GrayImage::from_fn(400, 300, |x, _| {
        image::Luma([if x < 200 { 0 } else { 255 }])
    });
    let plain = encoded(&image.into(), ImageFormat::Jpeg);
    let exif: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut turned = plain[..2].to_vec();
    turned.extend_from_slice(&[0xff, 0xe1]);
    turned.extend_from_slice(&(exif.len() as u16 + 2).to_be_bytes());
    turned.extend_from_slice(exif);
    turned.extend_from_slice(&plain[2..]);
    let page = &pages(turned, &FINE).await[0];
    let (left, top, right, bottom) = extent(&page.bitmap);
    // 300 x 200 of ink after turning, wider than tall, above the middle.
    assert!(right - left > bottom - top);
    assert!(bottom < page.bitmap.height() / 2 + 40);
    assert!(top > 0);
}

#[tokio::test]
async fn small_pictures_are_not_blown_up_to_the_sheet() {
    let page = &pages(png(96, 96, |_, _| 0), &FINE).await[0];
    let (across, down) = inches(page);
    assert!((across - 2.0).abs() < 0.05 && (down - 2.0).abs() < 0.05);
}

#[tokio::test]
async fn a_photo_in_auto_does_not_hold_the_line_for_ten_minutes() {
    let jpeg = encoded(
        &DynamicImage::ImageRgb8(photo(2480, 3508)),
        ImageFormat::Jpeg,
    );
    let noise = encoded(
        &DynamicImage::ImageRgb8(image::RgbImage::from_fn(1728, 2292, |x, y| {
            let mut h = (u64::from(x) << 32 | u64::from(y)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            h = (h ^ (h >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            image::Rgb([(h >> 40) as u8; 3])
        })),
        ImageFormat::Png,
    );
    for document in [jpeg, noise] {
        for resolution in Resolution::ALL {
            let options = RenderOptions { resolution, ..FINE };
            let fax = cage()
                .render(document.clone().into(), &options)
                .await
                .unwrap();
            assert!(
                fax.line_seconds > 5 && fax.line_seconds <= 300,
                "{resolution}: {} s",
                fax.line_seconds
            );
        }
    }
}

#[tokio::test]
async fn a_fax_sent_on_keeps_its_pixels() {
    for file in [RECEIVED[0], RECEIVED[2]] {
        let received = fax_tiff::read(file).unwrap();
        let sent = pages(file.to_vec(), &FINE).await;
        for (sent, received) in sent.iter().zip(&received) {
            let rows = received.bitmap.height();
            assert!(sent.bitmap.white_rows_at_bottom() >= 32);
            assert_eq!(sent.bitmap.clone().with_height(rows), received.bitmap);
        }
    }
}

#[tokio::test]
async fn a_fax_at_another_resolution_is_scaled_to_the_one_asked_for() {
    for resolution in [Resolution::Standard, Resolution::Superfine] {
        let options = RenderOptions { resolution, ..FINE };
        for page in pages(RECEIVED[0].to_vec(), &options).await {
            assert_eq!(page.resolution, resolution);
            assert!(page.bitmap.white_rows_at_bottom() >= header::rows(resolution));
            assert!(page.bitmap.ink() > 10_000);
        }
    }
}
