//! `Authorization: Token …` (the reference) and `Authorization: Bearer …` (RFC 6750).

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use faxgate_core::Error;

use super::headers::single;

/// No token of ours is nearly as long.
const LONGEST: usize = 512;

/// The token that a request shows.
///
/// # Errors
/// `NOT_AUTHENTICATED` (401) when there is none, or none that can be read.
pub(crate) fn token(headers: &HeaderMap) -> Result<&str, Error> {
    let refused = |message| Error::unauthenticated("NOT_AUTHENTICATED", message);
    let value = single(headers, AUTHORIZATION.as_str())
        .map_err(|_| refused("Send one Authorization header, not several."))?
        .ok_or_else(|| {
            refused(
                "Authentication credentials were not provided; send the header \"Authorization: Token …\" with a token from /api/auth/token/.",
            )
        })?;
    let text = value
        .to_str()
        .map_err(|_| refused("The Authorization header has bytes that no token has."))?;
    let (scheme, token) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    if !scheme.eq_ignore_ascii_case("token") && !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused(
            "The Authorization header has an unknown scheme; send \"Authorization: Token …\".",
        ));
    }
    let token = token.trim();
    if token.is_empty()
        || token.len() > LONGEST
        || !token.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(refused(
            "The Authorization header has no token after the scheme; send \"Authorization: Token …\".",
        ));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn of(value: &[u8]) -> Result<String, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        token(&headers)
            .map(str::to_owned)
            .map_err(|error| error.kind.http())
    }

    #[test]
    fn both_schemes_are_read_in_any_case() {
        for value in [
            "Token abc",
            "token abc",
            "Bearer abc",
            "BEARER   abc ",
            " Token abc",
        ] {
            assert_eq!(of(value.as_bytes()), Ok("abc".to_owned()), "{value}");
        }
    }

    #[test]
    fn whatever_is_no_token_is_401() {
        for value in [
            "",
            "Token",
            "Token ",
            "abc",
            "Basic YWJjOmFiYw==",
            "Token a b",
            "Tokenabc",
        ] {
            assert_eq!(of(value.as_bytes()), Err(401), "{value}");
        }
        assert_eq!(of("Token é".as_bytes()), Err(401));
        assert_eq!(
            of(format!("Token {}", "a".repeat(513)).as_bytes()),
            Err(401)
        );
        assert_eq!(token(&HeaderMap::new()).unwrap_err().kind.http(), 401);
    }

    #[test]
    fn two_headers_are_refused() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Token a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Token b"));
        assert_eq!(token(&headers).unwrap_err().kind.http(), 401);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in prop::collection::vec(any::<u8>(), 0..700)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(AUTHORIZATION, value);
                if let Ok(token) = token(&headers) {
                    prop_assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
                }
            }
        }
    }
}
