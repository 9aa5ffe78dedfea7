//! The name of a file that somebody sends: hostile text, kept for people to read.

/// Bytes that are kept of a name.
const LONGEST: usize = 200;

/// The last component of a name, without control characters and without those that turn text around.
pub(crate) fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut clean = String::new();
    for c in last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
    {
        if clean.len() + c.len_utf8() > LONGEST {
            break;
        }
        clean.push(c);
    }
    match clean.trim().trim_start_matches('.') {
        "" => "document".to_owned(),
        name => name.to_owned(),
    }
}

/// Marks of direction and of zero width: `invoice\u{202e}fdp.exe` would read as `invoiceexe.pdf`.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{061c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_last_component_is_kept() {
        assert_eq!(clean("document.pdf"), "document.pdf");
        assert_eq!(clean("/etc/../contract.pdf"), "contract.pdf");
        assert_eq!(clean("C:\\fax\\Sözleşme 7.pdf"), "Sözleşme 7.pdf");
        assert_eq!(clean("..\\..\\"), "document");
        assert_eq!(clean(".bashrc"), "bashrc");
        assert_eq!(clean("a\r\nb\0c\u{202e}fdp.exe"), "abcfdp.exe");
        assert_eq!(clean(""), "document");
    }

    proptest! {
        #[test]
        fn a_clean_name_is_short_and_stays_in_its_folder(name in any::<String>()) {
            let clean = clean(&name);
            prop_assert!(!clean.is_empty() && clean.len() <= LONGEST);
            prop_assert!(!clean.starts_with('.') && !clean.contains(['/', '\\', '\0', '\n']));
        }
    }
}
