//! Text as the fonts can show it, in lines that fit.

use super::metrics::Face;

/// The characters that WinAnsiEncoding has between 0x80 and 0x9F, from 0x80 on (ISO 32000-1, annex D); NUL: none.
const SPECIAL: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// Whether it is one of those that are neither in ASCII nor in Latin-1.
pub(super) fn is_special(character: char) -> bool {
    character != '\0' && SPECIAL.contains(&character)
}

/// The text in WinAnsiEncoding. What it does not have is written in plain letters (`ş` becomes `s`), or as `?`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' '..='~' => bytes.push(character as u8),
            '\u{a0}'..='\u{ff}' => bytes.push(character as u32 as u8),
            other => match SPECIAL.iter().position(|special| *special == other) {
                Some(at) if other != '\0' => bytes.push(0x80 + at as u8),
                _ if other.is_control() => bytes.push(b' '),
                _ => {
                    let plain = deunicode::deunicode_char(other).unwrap_or("?");
                    bytes.extend(plain.bytes().filter(|b| (b' '..=b'~').contains(b)));
                }
            },
        }
    }
    bytes
}

/// The text in lines no wider than `width` points, broken between words; a word that is wider is broken within. Empty lines
/// stay. At most `most` lines; where text is left, the last one ends with an ellipsis.
pub(super) fn wrap(face: Face, size: f32, width: f32, text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        if lines.len() > most {
            break;
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let together = match line.as_str() {
                "" => word.to_owned(),
                line => format!("{line} {word}"),
            };
            if face.width(&together, size) <= width {
                line = together;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for character in word.chars() {
                line.push(character);
                if face.width(&line, size) > width {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(character);
                }
                if lines.len() > most {
                    break;
                }
            }
        }
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && face.width(&format!("{last}…"), size) > width {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_fonts_do_not_have_becomes_plain_letters() {
        assert_eq!(encode("Müller"), b"M\xfcller");
        assert_eq!(encode("5 € – “ok”"), b"5 \x80 \x96 \x93ok\x94");
        assert_eq!(encode("Şişli"), b"Sisli");
        assert_eq!(encode("a\u{0}\u{7}b"), b"a  b");
    }

    #[test]
    fn lines_break_between_words_and_long_words_within() {
        let lines = wrap(Face::Body, 10.0, 60.0, "a short line\n\nand more", 20);
        assert_eq!(lines, ["a short line", "", "and more"]);
        let lines = wrap(Face::Body, 10.0, 30.0, "mmmmmmmm", 20);
        assert_eq!(lines, ["mmm", "mmm", "mm"]);
    }

    #[test]
    fn too_much_text_is_cut_and_says_so() {
        let lines = wrap(Face::Body, 10.0, 60.0, "one\ntwo\nthree", 2);
        assert_eq!(lines, ["one", "two…"]);
    }

    proptest! {
        #[test]
        fn every_line_fits(text in "\\PC{0,400}", width in 12.0f32..400.0, most in 1usize..30) {
            let lines = wrap(Face::Body, 10.0, width, &text, most);
            prop_assert!(lines.len() <= most);
            for line in &lines {
                // A single letter may be wider than the line.
                prop_assert!(
                    Face::Body.width(line, 10.0) <= width || line.chars().count() <= 2,
                    "{line:?}"
                );
            }
            for line in &lines {
                prop_assert!(encode(line).iter().all(|b| *b >= b' '));
            }
        }
    }
}
