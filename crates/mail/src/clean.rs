//! Foreign text on its way into headers and pages.

/// At most `most` characters on one line: without control characters, without those that turn the direction of writing, and with each
/// run of blanks as one.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || is_control(c)) {
        let word: String = word.chars().filter(|c| !turns(*c)).collect();
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    if line.chars().count() <= most {
        return line;
    }
    let short: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", short.trim_end())
}

fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Invisible characters that turn the direction of writing, or hide within a word (Trojan Source, CVE-2021-42574).
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line() {
        let hostile = "Fax\r\nBcc: victim@example.com\u{2028}X: y\0\t z\u{202e}cod.exe";
        assert_eq!(
            one_line(hostile, 200),
            "Fax Bcc: victim@example.com X: y zcod.exe"
        );
        assert_eq!(one_line("a long station", 7), "a long…");
        assert_eq!(one_line(" \r\n ", 9), "");
    }
}
