//! What a path names.

use actix_web::HttpRequest;

/// What actix leaves encoded when it decodes a path, since it may mean something there.
const LEFT: [(&str, char); 3] = [("2B", '+'), ("2F", '/'), ("25", '%')];

/// A part of the path, decoded to its end: `%2B13125550100` is the number `+13125550100`.
pub(crate) fn text(request: &HttpRequest, name: &str) -> String {
    decoded(request.match_info().query(name))
}

fn decoded(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, behind)) = rest.split_once('%') {
        text.push_str(before);
        let code = behind.get(..2).unwrap_or_default();
        match LEFT.iter().find(|(hex, _)| hex.eq_ignore_ascii_case(code)) {
            Some((_, letter)) => {
                text.push(*letter);
                rest = &behind[2..];
            }
            None => {
                text.push('%');
                rest = behind;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_encoded_is_decoded_once() {
        for (part, text) in [
            ("+13125550100", "+13125550100"),
            ("%2B13125550100", "+13125550100"),
            ("a%2fb%25", "a/b%"),
            ("%252B", "%2B"),
            ("100%", "100%"),
            ("%é%2", "%é%2"),
        ] {
            assert_eq!(decoded(part), text, "{part}");
        }
    }
}
