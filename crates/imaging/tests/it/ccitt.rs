//! The line codes: round trips, and beside another encoder.

use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use faxgate_imaging::ccitt::{self, Coding};
use faxgate_imaging::{Bitmap, Resolution};
use proptest::prelude::*;

/// Images from runs, so that every mode and make-up code turns up.
fn images() -> impl Strategy<Value = Bitmap> {
    let row = prop_oneof![
        prop::collection::vec(1u32..20, 0..40),
        prop::collection::vec(1u32..2000, 0..4),
        Just(Vec::new()),
    ];
    let rows = prop::collection::vec((row, any::<bool>()), 1..20);
    (1u32..5400, rows).prop_map(|(width, rows)| {
        let mut bitmap = Bitmap::new(width, rows.len() as u32);
        for (y, (runs, repeat)) in rows.iter().enumerate() {
            let y = y as u32;
            if *repeat && y > 0 {
                // The row above, nudged, so that vertical modes turn up.
                for x in 0..width {
                    let black = bitmap.get(x.saturating_sub(y % 4), y - 1);
                    bitmap.set(x, y, black);
                }
                continue;
            }
            let (mut x, mut black) = (0, runs.len() % 2 == 0);
            for run in runs {
                for column in x..(x + run).min(width) {
                    bitmap.set(column, y, black);
                }
                x += run;
                black = !black;
            }
        }
        bitmap
    })
}

fn other_encoder(bitmap: &Bitmap) -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for y in 0..bitmap.height() {
        let pixels = (0..bitmap.width()).map(|x| {
            if bitmap.get(x, y) {
                Color::Black
            } else {
                Color::White
            }
        });
        let _ = encoder.encode_line(pixels, bitmap.width());
    }
    encoder.finish().unwrap().finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn group_4_comes_back_equal_and_equals_another_encoder(bitmap in images()) {
        let code = ccitt::encode_g4(&bitmap);
        let back = ccitt::decode(&code, bitmap.width(), bitmap.height(), Coding::Group4).unwrap();
        prop_assert!(back == bitmap);
        if bitmap.width() < 2560 {
            prop_assert!(code == other_encoder(&bitmap));
        }
    }

    #[test]
    fn group_3_comes_back_equal_at_every_resolution(bitmap in images(), k in 0usize..3) {
        let code = ccitt::encode_g3_2d(&bitmap, Resolution::ALL[k]);
        let back = ccitt::decode(&code, bitmap.width(), bitmap.height(), Coding::Group3TwoDimensional).unwrap();
        prop_assert!(back == bitmap);
    }

    #[test]
    fn damage_never_panics_and_never_yields_more_rows_than_asked_for(
        bitmap in images(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        coding in prop::sample::select(vec![Coding::Group3, Coding::Group3TwoDimensional, Coding::Rle, Coding::Group4]),
    ) {
        let mut code = if coding == Coding::Group4 {
            ccitt::encode_g4(&bitmap)
        } else {
            ccitt::encode_g3_2d(&bitmap, Resolution::Fine)
        };
        for (at, value) in flips {
            let at = at.index(code.len());
            code[at] = value;
        }
        if let Ok(part) = ccitt::decode(&code, bitmap.width(), bitmap.height(), coding) {
            prop_assert!(part.height() <= bitmap.height());
        }
    }
}
