//! Documents to send: small, real, made here.

use std::fmt::Write as _;

use faxgate_imaging::{Bitmap, FaxPage, Resolution, fax_tiff};

/// A PDF with so many pages, each with a rectangle of its own.
pub(crate) fn pdf(pages: usize) -> Vec<u8> {
    let page_number = |page: usize| 3 + 2 * page;
    let kids: Vec<_> = (0..pages)
        .map(|page| format!("{} 0 R", page_number(page)))
        .collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Count {pages} /Kids [{}] >>",
            kids.join(" ")
        ),
    ];
    for page in 0..pages {
        let drawing = format!("{} 200 150 300 re f", 72 + 10 * (page % 40));
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R >>",
            page_number(page) + 1
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{drawing}\nendstream",
            drawing.len()
        ));
    }
    let mut text = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", text.len()).unwrap();
        write!(text, "{} 0 obj\n{object}\nendobj\n", at + 1).unwrap();
    }
    let start = text.len();
    let size = objects.len() + 1;
    write!(
        text,
        "{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    text.into_bytes()
}

/// A fax TIFF with so many pages, as FreeSWITCH would have received it.
pub(crate) fn tiff(pages: u32) -> Vec<u8> {
    let page = |at: u32| {
        let mut bitmap = Bitmap::new(1728, 300);
        for row in 40..80 {
            for column in 100..200 + 50 * at {
                bitmap.set(column, row, true);
            }
        }
        FaxPage {
            bitmap,
            resolution: Resolution::Fine,
        }
    };
    fax_tiff::write(&(0..pages).map(page).collect::<Vec<_>>())
}

/// A PNG that claims to have this size and holds nothing.
pub(crate) fn hollow_png(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend_from_slice(&[1, 0, 0, 0, 0]);
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [
        (b"IHDR", header.as_slice()),
        // An empty zlib stream.
        (b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]),
        (b"IEND", &[]),
    ] {
        let chunk = [kind.as_slice(), content].concat();
        image.extend_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes());
        image.extend_from_slice(&chunk);
        image.extend_from_slice(&crc(&chunk).to_be_bytes());
    }
    image
}

/// CRC-32 as PNG has it (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// The size of a PNG image, from its header.
pub(crate) fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}
