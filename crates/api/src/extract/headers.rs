//! `X-Test-Mode`, `Idempotency-Key`, `X-Tenant-ID`, `Content-Type`.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use faxgate_core::Error;

/// A header's one value.
///
/// # Errors
/// `BAD_HEADER` when it is there more than once.
pub(crate) fn single<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> Result<Option<&'a HeaderValue>, Error> {
    let mut values = headers.get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return Err(bad(name, "send it once, not several times"));
    }
    Ok(first)
}

fn bad(name: &str, message: &str) -> Error {
    Error::bad_input("BAD_HEADER", format!("{name}: {message}")).field(name, message)
}

/// Whether `X-Test-Mode` asks for a simulated fax.
///
/// # Errors
/// `BAD_HEADER` for anything but `true` and `false`: a typing error must not dial a real number.
pub(crate) fn test_mode(headers: &HeaderMap) -> Result<bool, Error> {
    let Some(value) = single(headers, "X-Test-Mode")? else {
        return Ok(false);
    };
    match value
        .to_str()
        .unwrap_or("?")
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(bad("X-Test-Mode", "must be true or false")),
    }
}

/// The `Idempotency-Key` or `X-Idempotency-Key`: 1 to 255 visible ASCII characters.
///
/// # Errors
/// `BAD_HEADER` for any other, and when the two differ.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    match (
        key(headers, "Idempotency-Key")?,
        key(headers, "X-Idempotency-Key")?,
    ) {
        (Some(one), Some(other)) if one != other => Err(bad(
            "X-Idempotency-Key",
            "is another key than Idempotency-Key",
        )),
        (one, other) => Ok(one.or(other)),
    }
}

fn key(headers: &HeaderMap, name: &str) -> Result<Option<String>, Error> {
    let Some(value) = single(headers, name)? else {
        return Ok(None);
    };
    let key = value.as_bytes().trim_ascii();
    if (1..=255).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic) {
        Ok(Some(String::from_utf8_lossy(key).into_owned()))
    } else {
        Err(bad(
            name,
            "must be 1 to 255 visible ASCII characters, such as a UUID",
        ))
    }
}

/// The tenant that `X-Tenant-ID` names; what no tenant can be called stays a name that none has.
///
/// # Errors
/// `BAD_HEADER` when it is there more than once.
pub(crate) fn tenant(headers: &HeaderMap) -> Result<Option<String>, Error> {
    named(headers, "X-Tenant-ID")
}

/// The tenant that `X-Tenant-ID` or `X-Client-Id` names, for `/api/v1`.
///
/// # Errors
/// `BAD_HEADER` when one is there more than once, or they name different ones.
pub(crate) fn client(headers: &HeaderMap) -> Result<Option<String>, Error> {
    match (tenant(headers)?, named(headers, "X-Client-Id")?) {
        (Some(tenant), Some(client)) if tenant != client => {
            Err(bad("X-Client-Id", "names another tenant than X-Tenant-ID"))
        }
        (tenant, client) => Ok(tenant.or(client)),
    }
}

fn named(headers: &HeaderMap, name: &str) -> Result<Option<String>, Error> {
    Ok(single(headers, name)?.map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.chars().filter(|c| !c.is_control()).take(256).collect()
    }))
}

/// A media type without its parameters, in lower case; `None` when the request has none.
///
/// # Errors
/// `BAD_HEADER` when the body is compressed, or there are several types.
pub(crate) fn media_type(headers: &HeaderMap) -> Result<Option<String>, Error> {
    if let Some(coding) = single(headers, CONTENT_ENCODING.as_str())?
        && !coding
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"identity")
    {
        return Err(bad("Content-Encoding", "send the body uncompressed"));
    }
    Ok(single(headers, CONTENT_TYPE.as_str())?.map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        text.split(';').next().unwrap_or_default().trim().to_owned()
    }))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;
    use proptest::prelude::*;

    use super::*;

    fn with(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn test_mode_is_true_or_false_and_never_guessed() {
        assert!(!test_mode(&HeaderMap::new()).unwrap());
        assert!(test_mode(&with("X-Test-Mode", &["true"])).unwrap());
        assert!(test_mode(&with("X-Test-Mode", &["True"])).unwrap());
        assert!(!test_mode(&with("X-Test-Mode", &["false"])).unwrap());
        for wrong in ["", "ture", "yes", "on", "é"] {
            assert_eq!(
                test_mode(&with("X-Test-Mode", &[wrong])).unwrap_err().code,
                "BAD_HEADER"
            );
        }
        assert!(test_mode(&with("X-Test-Mode", &["true", "false"])).is_err());
    }

    fn append(headers: &mut HeaderMap, name: &str, value: &str) {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }

    #[test]
    fn a_client_is_a_tenant_and_the_two_names_of_a_header_must_agree() {
        let mut headers = with("X-Client-Id", &["acme"]);
        assert_eq!(client(&headers).unwrap().as_deref(), Some("acme"));
        append(&mut headers, "X-Tenant-ID", "acme");
        assert_eq!(client(&headers).unwrap().as_deref(), Some("acme"));
        append(&mut headers, "X-Idempotency-Key", "k1");
        let key = idempotency_key(&headers).unwrap();
        assert_eq!(key.as_deref(), Some("k1"));
        append(&mut headers, "Idempotency-Key", "k2");
        assert!(idempotency_key(&headers).is_err());
        let mut headers = with("X-Client-Id", &["acme"]);
        append(&mut headers, "X-Tenant-ID", "other");
        assert!(client(&headers).is_err());
    }

    #[test]
    fn an_idempotency_key_has_1_to_255_visible_characters() {
        assert_eq!(idempotency_key(&HeaderMap::new()).unwrap(), None);
        let longest = "k".repeat(255);
        for good in [
            "k",
            "3bca1e12-f50e-4bc2-a667-c67956c051b0",
            longest.as_str(),
        ] {
            let key = idempotency_key(&with("Idempotency-Key", &[good])).unwrap();
            assert_eq!(key.as_deref(), Some(good));
        }
        let long = "k".repeat(256);
        for wrong in ["", "   ", "a b", "schlüssel", long.as_str()] {
            let error = idempotency_key(&with("Idempotency-Key", &[wrong])).unwrap_err();
            assert!(error.details.contains_key("Idempotency-Key"), "{wrong}");
        }
    }

    #[test]
    fn a_media_type_comes_without_its_parameters() {
        let headers = with("Content-Type", &["Application/JSON; charset=utf-8"]);
        assert_eq!(
            media_type(&headers).unwrap().as_deref(),
            Some("application/json")
        );
        assert_eq!(media_type(&HeaderMap::new()).unwrap(), None);
        assert!(media_type(&with("Content-Encoding", &["gzip"])).is_err());
        assert!(media_type(&with("Content-Encoding", &["identity"])).is_ok());
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_or_pass_control_characters(value in prop::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                for name in ["x-test-mode", "idempotency-key", "x-tenant-id", "content-type"] {
                    let mut headers = HeaderMap::new();
                    headers.insert(HeaderName::from_static(name), value.clone());
                    let _ = test_mode(&headers);
                    let _ = media_type(&headers);
                    if let Ok(Some(key)) = idempotency_key(&headers) {
                        prop_assert!(key.len() <= 255);
                    }
                    if let Ok(Some(tenant)) = tenant(&headers) {
                        prop_assert!(!tenant.chars().any(char::is_control) && tenant.chars().count() <= 256);
                    }
                }
            }
        }
    }
}
