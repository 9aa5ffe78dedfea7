//! How wide the letters of the standard fonts are.

use super::text;

/// The two faces of a cover, both among the fourteen fonts that every PDF reader has (ISO 32000-1, 9.6.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// Helvetica.
    Body,
    /// Helvetica-Bold.
    Bold,
}

/// Thousandths of the size, for the characters from U+0020 to U+007E (Adobe's font metrics, "Core 14").
const BODY: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];
/// For punctuation beyond ASCII: as wide as a dash can be.
const WIDEST: u32 = 1000;

impl Face {
    /// The width of a text of this size, in points.
    pub(super) fn width(self, text: &str, size: f32) -> f32 {
        let all: u32 = text.chars().map(|c| self.of(c)).sum();
        all as f32 * size / 1000.0
    }

    /// What stands on paper for a character, as `text::encode` has it; rather too wide than too narrow.
    fn of(self, character: char) -> u32 {
        let table = match self {
            Self::Body => &BODY,
            Self::Bold => &BOLD,
        };
        let plain = |c: char| {
            let index = (c as usize).checked_sub(0x20)?;
            table.get(index).copied()
        };
        if let Some(width) = plain(character) {
            return width.into();
        }
        if character.is_control() {
            return plain(' ').map_or(0, u32::from);
        }
        if text::is_special(character) {
            return WIDEST;
        }
        // An accent does not make a letter wider; other letters are written as several.
        let letters = deunicode::deunicode_char(character).unwrap_or("?");
        letters.chars().filter_map(plain).map(u32::from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_fonts() {
        assert!((Face::Body.width("Fax", 10.0) - 16.67).abs() < 0.001);
        assert!((Face::Bold.width("Fax", 10.0) - 17.23).abs() < 0.001);
        assert_eq!(Face::Body.width("", 10.0), 0.0);
        assert_eq!(Face::Body.width("é", 10.0), Face::Body.width("e", 10.0));
        // Щ is written as Shch.
        assert_eq!(Face::Body.width("Щ", 10.0), Face::Body.width("Shch", 10.0));
        assert_eq!(Face::Body.width("…", 10.0), 10.0);
    }
}
