//! Covers, drawn as any other document is.

use faxgate_imaging::cover::{Cover, Logo, Paper};
use faxgate_imaging::{Bitmap, Halftone, RenderOptions, Resolution, fax_tiff};

use crate::make::cage;

fn cover() -> Cover {
    Cover {
        heading: "Harbour Clinic".to_owned(),
        address: vec!["1 Harbour Street".to_owned(), "Portland, ME".to_owned()],
        title: "FAX".to_owned(),
        facts: vec![
            ("To".to_owned(), "Dr. Çağla Yılmaz".to_owned()),
            ("Fax".to_owned(), "+1 555 987 6543".to_owned()),
            ("From".to_owned(), "Front desk".to_owned()),
            ("Pages".to_owned(), "4".to_owned()),
        ],
        subject: ("Subject".to_owned(), "Records of 12 March".to_owned()),
        message: "Please find the records below.\n\nKind regards".to_owned(),
        note: "Meant for the addressee alone. If it reached you by mistake, please call us."
            .to_owned(),
        ..Cover::default()
    }
}

async fn drawn(cover: &Cover, resolution: Resolution) -> Bitmap {
    let options = RenderOptions {
        resolution,
        halftone: Halftone::Auto,
        max_pages: None,
    };
    let rendered = cage().render(cover.pdf().into(), &options).await.unwrap();
    assert_eq!(rendered.pages, 1);
    fax_tiff::read(&rendered.tiff).unwrap().remove(0).bitmap
}

/// Ink in a part of the page, given in hundredths of its height.
fn ink(page: &Bitmap, rows: std::ops::Range<u32>) -> u64 {
    let at = |hundredth: u32| page.height() * hundredth / 100;
    let rows = at(rows.start)..at(rows.end);
    rows.map(|y| {
        page.row(y)
            .iter()
            .map(|b| u64::from(b.count_ones()))
            .sum::<u64>()
    })
    .sum()
}

#[tokio::test]
async fn a_cover_has_its_parts_where_they_belong_at_every_resolution() {
    for resolution in [
        Resolution::Standard,
        Resolution::Fine,
        Resolution::Superfine,
    ] {
        let page = drawn(&cover(), resolution).await;
        assert!(ink(&page, 5..20) > 1000, "the heading");
        assert!(ink(&page, 20..45) > 1000, "facts and message");
        assert_eq!(ink(&page, 60..85), 0, "nothing between message and note");
        assert!(ink(&page, 85..97) > 200, "the note");
    }
}

#[tokio::test]
async fn what_is_empty_leaves_no_trace_and_too_much_stays_on_the_page() {
    let empty = drawn(&Cover::default(), Resolution::Fine).await;
    // The rules alone.
    assert!(empty.ink() < 40_000, "{}", empty.ink());
    let line = "All work and no play makes a very long message that has to be wrapped. ";
    let full = Cover {
        message: line.repeat(400),
        note: line.repeat(100),
        address: vec![line.to_owned(); 40],
        facts: vec![(line.to_owned(), line.to_owned()); 60],
        ..cover()
    };
    let page = drawn(&full, Resolution::Fine).await;
    assert_eq!(ink(&page, 98..100), 0, "it does not run off the page");
}

#[tokio::test]
async fn a_logo_is_drawn_and_paper_decides_the_height() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 100, 60);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0; 6000]).unwrap();
    writer.finish().unwrap();
    let plain = drawn(&cover(), Resolution::Fine).await;
    let with_logo = Cover {
        logo: Some(Logo::read(&file).unwrap()),
        paper: Paper::A4,
        ..cover()
    };
    let branded = drawn(&with_logo, Resolution::Fine).await;
    // A black box of 100 by 60 points at 204 x 196 dots an inch.
    let expected = 100 * 60 * 204 * 196 / (72 * 72);
    let more = branded.ink() - plain.ink();
    assert!(
        (more as i64 - expected as i64).abs() < expected as i64 / 20,
        "{more} of {expected}"
    );
    assert!(branded.height() > plain.height());
}

#[test]
fn the_same_cover_gives_the_same_bytes() {
    assert_eq!(cover().pdf(), cover().pdf());
}
