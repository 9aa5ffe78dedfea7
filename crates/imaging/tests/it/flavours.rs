//! One picture in every flavour of TIFF.

use faxgate_imaging::{Halftone, RenderOptions, Resolution, fax_tiff};

use crate::make::{FINE, pages};

macro_rules! flavour {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!("../data/flavours/", $name, ".tif")) as &[u8],
        )
    };
}

const CCITT: [(&str, &[u8]); 9] = [
    flavour!("g4"),
    flavour!("g4-lsb-strips"),
    flavour!("g4-tiled"),
    flavour!("g4-white-is-zero"),
    flavour!("big-tiff-g4"),
    flavour!("g3-1d-strips"),
    flavour!("g3-1d-fill-lsb"),
    flavour!("g3-2d-big-endian"),
    flavour!("rle"),
];

const OTHER: [(&str, &[u8]); 4] = [
    flavour!("none-lsb"),
    flavour!("lzw-lsb"),
    flavour!("packbits"),
    flavour!("deflate"),
];

#[test]
fn every_fax_code_reads_as_the_same_pixels() {
    let wanted = fax_tiff::read(CCITT[0].1).unwrap();
    assert_eq!(
        (wanted[0].bitmap.width(), wanted[0].bitmap.height()),
        (325, 96)
    );
    assert!(wanted[0].bitmap.ink() > 1000);
    for (name, file) in CCITT {
        assert!(fax_tiff::read(file).unwrap() == wanted, "{name}");
    }
}

#[test]
fn what_is_no_fax_code_is_told_so() {
    for (name, file) in OTHER {
        let refusal = fax_tiff::read(file).unwrap_err();
        assert_eq!(refusal.reason.code(), "unsupported_feature", "{name}");
    }
}

#[tokio::test]
async fn every_flavour_makes_the_same_fax() {
    for resolution in Resolution::ALL {
        let options = RenderOptions { resolution, ..FINE };
        let wanted = pages(CCITT[0].1.to_vec(), &options).await;
        for (name, file) in CCITT.into_iter().chain(OTHER) {
            let made = pages(file.to_vec(), &options).await;
            assert!(made == wanted, "{name} at {resolution}");
        }
    }
}

#[tokio::test]
async fn a_palette_is_read_by_its_colours() {
    let options = RenderOptions {
        halftone: Halftone::Threshold,
        ..FINE
    };
    let (_, palette) = flavour!("palette");
    let wanted = pages(CCITT[0].1.to_vec(), &options).await;
    let made = pages(palette.to_vec(), &options).await;
    // Edges are a shade apart, since paper and ink are no pure white and black.
    let (wanted, made) = (wanted[0].bitmap.ink(), made[0].bitmap.ink());
    assert!(wanted.abs_diff(made) * 50 < wanted, "{wanted} {made}");
}
