//! API tokens: a prefix that scanners find, 178 random bits, and a checksum that catches typing errors without asking
//! the database.

use std::fmt;

use faxgate_types::Ambient;
use sha2::{Digest, Sha256};

const PREFIX: &str = "fxg_";
const RANDOM_CHARS: usize = 30;
const CHECKSUM_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token in the clear. Shown once, never stored.
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn generate(ambient: &Ambient) -> Self {
        let mut text = PREFIX.to_owned();
        while text.len() < PREFIX.len() + RANDOM_CHARS {
            let [byte] = ambient.bytes::<1>();
            // 248 is the largest multiple of 62 in a byte: all characters stay equally likely.
            if byte < 248 {
                text.push(char::from(BASE62[usize::from(byte) % 62]));
            }
        }
        text.push_str(&checksum(&text));
        Self(text)
    }

    /// Takes what somebody showed; `None` when it cannot be a token of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let length = PREFIX.len() + RANDOM_CHARS + CHECKSUM_CHARS;
        if text.len() != length || !text.starts_with(PREFIX) || !text.is_ascii() {
            return None;
        }
        let (body, check) = text.split_at(length - CHECKSUM_CHARS);
        (checksum(body) == check).then(|| Self(text.to_owned()))
    }

    /// SHA-256 in lower-case hex: all that is kept.
    pub(crate) fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// Its last four characters, to know it by.
    pub(crate) fn last_four(&self) -> String {
        self.0[self.0.len() - 4..].to_owned()
    }

    pub(crate) fn expose(self) -> String {
        self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_wrong_character_is_seen() {
        let token = Token::generate(&Ambient::system()).expose();
        assert_eq!(token.len(), 40);
        assert!(Token::parse(&token).is_some());
        let wrong = token.replacen(char::from(token.as_bytes()[10]), "-", 1);
        assert!(Token::parse(&wrong).is_none());
        assert!(Token::parse("9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b").is_none());
        assert!(Token::parse("").is_none());
    }

    #[test]
    fn a_token_never_shows_itself() {
        let token = Token::generate(&Ambient::system());
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(token.sha256().len(), 64);
    }
}
