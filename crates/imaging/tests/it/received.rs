//! Files that a real FreeSWITCH `rxfax` wrote, read and written again.

use faxgate_imaging::{FaxPage, Resolution, ccitt, fax_tiff};

pub(crate) const RECEIVED: [&[u8]; 3] = [
    include_bytes!("../data/received-1.tif"),
    include_bytes!("../data/received-2.tif"),
    include_bytes!("../data/received-3.tif"),
];

/// Tag, type and value of a directory entry.
type Entry = (u16, u16, u32);

/// The strips of a little-endian TIFF with one strip a page, and its tags.
fn directories(file: &[u8]) -> Vec<(Vec<u8>, Vec<Entry>)> {
    let short = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap());
    let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let mut found = Vec::new();
    let mut at = long(4) as usize;
    while at != 0 {
        let count = short(at) as usize;
        let entries: Vec<_> = (0..count)
            .map(|index| at + 2 + 12 * index)
            .map(|entry| (short(entry), short(entry + 2), long(entry + 8)))
            .collect();
        let value = |tag| entries.iter().find(|entry| entry.0 == tag).unwrap().2 as usize;
        let strip = file[value(273)..value(273) + value(279)].to_vec();
        found.push((strip, entries));
        at = long(at + 2 + 12 * count) as usize;
    }
    found
}

#[test]
fn real_received_files_are_read_whole() {
    let sizes = RECEIVED.map(|file| {
        let pages = fax_tiff::read(file).unwrap();
        assert_eq!(fax_tiff::page_count(file).unwrap() as usize, pages.len());
        pages
            .iter()
            .map(|page| {
                assert_eq!(page.bitmap.width(), 1728);
                assert_eq!(page.resolution, Resolution::Fine);
                assert!(page.bitmap.ink() > 10_000);
                page.bitmap.height()
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(sizes, [vec![2156, 2156, 2156], vec![2188], vec![2156]]);
}

#[test]
fn received_strips_are_written_byte_for_byte_as_rxfax_wrote_them() {
    for file in RECEIVED {
        let ours = fax_tiff::write_received(&fax_tiff::read(file).unwrap());
        for (ours, theirs) in directories(&ours).iter().zip(directories(file)) {
            assert_eq!(ours.0.len(), theirs.0.len());
            assert!(ours.0 == theirs.0, "the strips differ");
        }
    }
}

#[test]
fn received_tags_are_those_of_rxfax_but_for_the_ones_that_tell_of_the_call() {
    // ImageDescription, DateTime, HostComputer, CleanFaxData and the private fax tags.
    let of_the_call = [270, 306, 316, 327, 34910, 34911];
    // StripOffsets, both resolutions and Software point elsewhere.
    let offsets = [273, 282, 283, 305];
    for file in RECEIVED {
        let ours = fax_tiff::write_received(&fax_tiff::read(file).unwrap());
        let tags = |file: &[u8]| -> Vec<Vec<(u16, u16, u32)>> {
            directories(file)
                .into_iter()
                .map(|(_, tags)| {
                    tags.into_iter()
                        .filter(|tag| !of_the_call.contains(&tag.0))
                        .map(|(tag, kind, value)| {
                            (tag, kind, if offsets.contains(&tag) { 0 } else { value })
                        })
                        .collect()
                })
                .collect()
        };
        // PageNumber (0, 1) of a received single page, and the rest, must agree.
        assert_eq!(tags(&ours), tags(file));
    }
}

#[test]
fn what_we_write_for_txfax_reads_back_equal() {
    for file in RECEIVED {
        let pages = fax_tiff::read(file).unwrap();
        for resolution in Resolution::ALL {
            let pages: Vec<FaxPage> = pages
                .iter()
                .map(|page| FaxPage {
                    resolution,
                    ..page.clone()
                })
                .collect();
            assert_eq!(fax_tiff::read(&fax_tiff::write(&pages)).unwrap(), pages);
            assert_eq!(
                fax_tiff::read(&fax_tiff::write_received(&pages)).unwrap(),
                pages
            );
        }
    }
}

#[test]
fn a_received_file_cut_short_keeps_its_first_rows() {
    let whole = fax_tiff::read(RECEIVED[2]).unwrap().remove(0).bitmap;
    let strip: Vec<u8> = directories(RECEIVED[2])[0].0[..30_000]
        .iter()
        .map(|byte| byte.reverse_bits())
        .collect();
    let part = ccitt::decode(&strip, 1728, 2156, ccitt::Coding::Group3TwoDimensional).unwrap();
    assert!(part.height() > 500 && part.height() < 2156);
    let sound = part.height() - 2;
    assert_eq!(
        part.with_height(sound).data(),
        whole.with_height(sound).data()
    );
}
