//! A picture on a cover, taken into the PDF as it is: only its head is read here, and the cage decodes it.

use crate::{Reason, Refusal};

/// Bytes that a logo may have.
pub const MOST_LOGO_BYTES: usize = 512 * 1024;
/// Pixels along a side.
const MOST_SIDE: u32 = 4000;

/// A JPEG, or a PNG without transparency, whose head was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) coded: Coded,
    pub(super) bytes: Vec<u8>,
}

/// How its pixels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coded {
    /// JPEG, grey or in three colours.
    Jpeg { grey: bool },
    /// PNG's deflate and predictors, grey or in three colours.
    Png { grey: bool, bits: u8 },
}

impl Logo {
    /// Reads the head of a picture.
    ///
    /// # Errors
    /// `UnsupportedType` for what is neither, `UnsupportedFeature` for what a cover cannot show, `TooLarge`, `Corrupt`.
    pub fn read(file: &[u8]) -> Result<Self, Refusal> {
        if file.len() > MOST_LOGO_BYTES {
            return Err(Refusal::new(
                Reason::TooLarge,
                format!("a logo has at most {} KiB", MOST_LOGO_BYTES / 1024),
            ));
        }
        let logo = match file {
            [0xFF, 0xD8, ..] => jpeg(file)?,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => png(file)?,
            _ => {
                return Err(Refusal::new(
                    Reason::UnsupportedType,
                    "a logo is a JPEG, or a PNG without transparency",
                ));
            }
        };
        if logo.width == 0 || logo.height == 0 {
            return Err(Refusal::corrupt("the picture has no size"));
        }
        if logo.width > MOST_SIDE || logo.height > MOST_SIDE {
            return Err(Refusal::new(
                Reason::TooLarge,
                format!("a logo has at most {MOST_SIDE} pixels along a side"),
            ));
        }
        Ok(logo)
    }
}

/// The frame header of a JPEG (ITU-T T.81, B.2.2).
fn jpeg(file: &[u8]) -> Result<Logo, Refusal> {
    let cut = || Refusal::corrupt("the JPEG ends before its picture begins");
    let mut at = 2;
    loop {
        let [0xFF, marker] = *file.get(at..at + 2).ok_or_else(cut)? else {
            return Err(Refusal::corrupt("the JPEG is damaged"));
        };
        match marker {
            // Filling, and markers without a length.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xC0..=0xC2 => {
                let &[_, _, bits, h1, h0, w1, w0, components] =
                    file.get(at + 2..at + 10).ok_or_else(cut)?
                else {
                    return Err(cut());
                };
                if bits != 8 || !matches!(components, 1 | 3) {
                    return Err(Refusal::unsupported(
                        "a logo is grey or in three colours, 8 bits each",
                    ));
                }
                return Ok(Logo {
                    width: u32::from(u16::from_be_bytes([w1, w0])),
                    height: u32::from(u16::from_be_bytes([h1, h0])),
                    coded: Coded::Jpeg {
                        grey: components == 1,
                    },
                    bytes: file.to_vec(),
                });
            }
            0xC3..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                return Err(Refusal::unsupported(
                    "a logo is a JPEG of the usual kind, baseline or progressive",
                ));
            }
            0xD9 | 0xDA => return Err(cut()),
            _ => {
                let length = file.get(at + 2..at + 4).ok_or_else(cut)?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                at += 2 + length.max(2);
            }
        }
    }
}

/// The chunks of a PNG (RFC 2083): its head, and the data together.
fn png(file: &[u8]) -> Result<Logo, Refusal> {
    let cut = || Refusal::corrupt("the PNG is damaged");
    let mut at = 8;
    let mut head = None;
    let mut data = Vec::new();
    while let Some(chunk) = file.get(at..at + 8) {
        let length = u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]) as usize;
        let body = at + 8..(at + 8).checked_add(length).ok_or_else(cut)?;
        let next = body.end.checked_add(4).ok_or_else(cut)?;
        let body = file.get(body).ok_or_else(cut)?;
        match &chunk[4..8] {
            b"IHDR" => head = Some(png_head(body)?),
            b"tRNS" => return Err(transparent()),
            b"IDAT" => data.extend_from_slice(body),
            b"IEND" => break,
            _ => {}
        }
        at = next;
    }
    let (width, height, coded) = head.ok_or_else(cut)?;
    if data.is_empty() {
        return Err(cut());
    }
    Ok(Logo {
        width,
        height,
        coded,
        bytes: data,
    })
}

fn png_head(body: &[u8]) -> Result<(u32, u32, Coded), Refusal> {
    let &[
        w3,
        w2,
        w1,
        w0,
        h3,
        h2,
        h1,
        h0,
        bits,
        colour,
        _,
        _,
        interlaced,
    ] = body
    else {
        return Err(Refusal::corrupt("the PNG is damaged"));
    };
    let grey = match colour {
        0 => true,
        2 => false,
        4 | 6 => return Err(transparent()),
        _ => {
            return Err(Refusal::unsupported(
                "a logo has no palette; save it in full colours",
            ));
        }
    };
    if interlaced != 0 || !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(Refusal::unsupported("a logo is not interlaced"));
    }
    let size = |bytes| u32::from_be_bytes(bytes);
    let coded = Coded::Png { grey, bits };
    Ok((size([w3, w2, w1, w0]), size([h3, h2, h1, h0]), coded))
}

fn transparent() -> Refusal {
    Refusal::unsupported("a logo is not transparent; save it on white")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png_of(colour: png::ColorType) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 3, 2);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        let pixels = vec![0x80; 6 * colour.samples()];
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn opaque_pictures_are_taken_and_others_say_why_not() {
        let logo = Logo::read(&png_of(png::ColorType::Rgb)).unwrap();
        assert_eq!((logo.width, logo.height), (3, 2));
        assert_eq!(
            logo.coded,
            Coded::Png {
                grey: false,
                bits: 8
            }
        );
        assert!(Logo::read(&png_of(png::ColorType::Grayscale)).is_ok());
        let refused = Logo::read(&png_of(png::ColorType::Rgba)).unwrap_err();
        assert!(refused.to_string().contains("transparent"), "{refused}");
        let refused = Logo::read(b"GIF89a").unwrap_err();
        assert!(refused.to_string().contains("JPEG"), "{refused}");
    }

    #[test]
    fn the_frame_of_a_jpeg_is_found_behind_its_comments() {
        let mut file = vec![
            0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xFE, 0, 3, 9,
        ];
        file.extend([0xFF, 0xC0, 0, 11, 8, 0, 40, 0, 120, 1, 1, 0x11, 0]);
        let logo = Logo::read(&file).unwrap();
        assert_eq!((logo.width, logo.height), (120, 40));
        assert_eq!(logo.coded, Coded::Jpeg { grey: true });
        assert!(Logo::read(&file[..18]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut file in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..3) {
            let magic: &[u8] = match kind { 0 => &[0xFF, 0xD8], 1 => b"\x89PNG\r\n\x1a\n", _ => &[] };
            file.splice(0..0, magic.iter().copied());
            let _ = Logo::read(&file);
        }
    }
}
