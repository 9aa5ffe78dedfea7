//! Splitting strings as FreeSWITCH's core does: single quotes hide a separator and then vanish, a backslash
//! escapes, `\n`, `\r`, `\t` and `\s` become what they stand for.
//!
//! `originate` splits at blanks first, so quotes are gone when the variables are split at commas: a comma in
//! quotes cuts the value. Recorded in `success_t38_ident_header`.

/// Splits at `separator`, at most into `limit` pieces (the last keeps the rest).
///
/// Runs of blanks count as one separator; any other separator stands for itself.
pub(super) fn split(text: &str, separator: char, limit: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < chars.len() && pieces.len() < limit {
        if separator == ' ' {
            while chars.get(at) == Some(&' ') {
                at += 1;
            }
            if at == chars.len() && !pieces.is_empty() {
                break;
            }
        }
        let last = pieces.len() + 1 == limit;
        let end = if last {
            chars.len()
        } else {
            piece_end(&chars, at, separator)
        };
        pieces.push(clean(
            &chars[at..end],
            (separator != ' ').then_some(separator),
        ));
        at = end + 1;
    }
    pieces
}

/// Where the piece that starts at `from` ends.
fn piece_end(chars: &[char], from: usize, separator: char) -> usize {
    let mut quoted = false;
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 1,
            '\'' if quoted || chars[at + 1..].contains(&'\'') => quoted = !quoted,
            here if here == separator && !quoted => return at,
            _ => {}
        }
        at += 1;
    }
    chars.len()
}

/// Strips quotes, escapes and blanks around.
fn clean(piece: &[char], separator: Option<char>) -> String {
    let mut out = String::with_capacity(piece.len());
    // Blanks after this length are trailing ones.
    let mut kept = 0;
    let mut quoted = false;
    let mut at = piece.iter().take_while(|&&c| c == ' ').count();
    while at < piece.len() {
        let here = piece[at];
        let escaped = (here == '\\')
            .then(|| {
                piece
                    .get(at + 1)
                    .and_then(|&next| unescape(next, separator))
            })
            .flatten();
        if let Some(escaped) = escaped {
            out.push(escaped);
            kept = out.len();
            at += 1;
        } else if here == '\'' && (quoted || piece[at + 1..].contains(&'\'')) {
            quoted = !quoted;
            if quoted {
                kept = out.len();
            }
        } else {
            out.push(here);
            if here != ' ' || quoted {
                kept = out.len();
            }
        }
        at += 1;
    }
    out.truncate(kept);
    out
}

/// What a backslash and `next` stand for; `None` leaves the backslash where it is.
fn unescape(next: char, separator: Option<char>) -> Option<char> {
    match next {
        '\'' | '"' | '\\' => Some(next),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        's' => Some(' '),
        _ if separator == Some(next) => Some(next),
        _ => None,
    }
}

/// The index of the bracket that closes the one `text` starts with; quotes do not hide brackets.
pub(super) fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, here) in text.char_indices() {
        if here == open {
            depth += 1;
        } else if depth == 0 {
            return None;
        } else if here == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hide_a_blank_and_vanish() {
        assert_eq!(split("a 'b c'  d", ' ', 10), ["a", "b c", "d"]);
        assert_eq!(split("it's", ' ', 10), ["it's"]);
    }

    #[test]
    fn an_escaped_separator_belongs_to_the_value() {
        assert_eq!(split(r"x=PCMU\,PCMA,y=1", ',', 10), ["x=PCMU,PCMA", "y=1"]);
        assert_eq!(split(r"a\nb", ',', 10), ["a\nb"]);
        assert_eq!(split("a=b=c", '=', 2), ["a", "b=c"]);
    }

    #[test]
    fn brackets_nest_and_ignore_quotes() {
        assert_eq!(closing("{a={b}}x", '{', '}'), Some(6));
        assert_eq!(closing("{a='}'}x", '{', '}'), Some(4));
        assert_eq!(closing("{a", '{', '}'), None);
    }
}
