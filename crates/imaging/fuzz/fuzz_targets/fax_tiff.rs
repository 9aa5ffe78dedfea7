//! Any bytes as a fax TIFF; what is read is written and read back equal.
#![no_main]

use faxgate_imaging::fax_tiff;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let Ok(pages) = fax_tiff::read(file) else {
        return;
    };
    if pages.iter().map(|page| page.bitmap.data().len()).sum::<usize>() > 4 << 20 {
        return;
    }
    assert_eq!(fax_tiff::read(&fax_tiff::write(&pages)).expect("our own file"), pages);
});
