//! Any bytes as fax code; what is decoded is encoded and decoded again equal.
#![no_main]

use faxgate_imaging::ccitt::{self, Coding};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (coding, width, code) = input;
    let coding = match coding % 4 {
        0 => Coding::Group3,
        1 => Coding::Group3TwoDimensional,
        2 => Coding::Rle,
        _ => Coding::Group4,
    };
    let width = u32::from(width).max(1);
    let Ok(bitmap) = ccitt::decode(code, width, 2000, coding) else {
        return;
    };
    let again = ccitt::encode_g4(&bitmap);
    let back = ccitt::decode(&again, width, bitmap.height(), Coding::Group4).expect("our own code");
    assert_eq!(back, bitmap);
});
