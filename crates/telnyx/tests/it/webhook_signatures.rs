//! Signatures: made here with keys of RFC 8032's test vectors, and refused in every way that they can be wrong.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use faxgate_telnyx::webhook::{KeyError, SignatureError, Verifier};

/// RFC 8032, section 7.1, tests 1 and 2: secret and public keys.
const FIRST: (&str, &str) = (
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
);
const SECOND: (&str, &str) = (
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
);
const NOW: i64 = 1_790_000_000;
const BODY: &[u8] = br#"{"data":{"event_type":"fax.delivered","id":"e1","payload":{}}}"#;

fn base64_of(hexadecimal: &str) -> String {
    STANDARD.encode(hex::decode(hexadecimal).unwrap())
}

fn verifier() -> Verifier {
    Verifier::new(&[&base64_of(FIRST.1)]).unwrap()
}

fn sign_with(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let secret: [u8; 32] = hex::decode(secret).unwrap().try_into().unwrap();
    let message = [timestamp.as_bytes(), b"|", body].concat();
    STANDARD.encode(SigningKey::from_bytes(&secret).sign(&message).to_bytes())
}

fn sign(timestamp: &str, body: &[u8]) -> String {
    sign_with(FIRST.0, timestamp, body)
}

#[test]
fn the_keys_are_those_of_the_rfc() {
    for (secret, public) in [FIRST, SECOND] {
        let secret: [u8; 32] = hex::decode(secret).unwrap().try_into().unwrap();
        let key = SigningKey::from_bytes(&secret).verifying_key();
        assert_eq!(hex::encode(key.to_bytes()), public);
    }
}

/// `openssl pkeyutl -sign -rawin` (OpenSSL 3.0) over `1790000000|` and the body, with the first key.
#[test]
fn what_another_implementation_signed_is_believed() {
    let signature =
        "6xB1ahl5s6DF56LjmB8ylaY5Lbz3cFh4KCG1UcqZriD5eO200Dx7X4P2WPrhCcFZNYsksTwKvM1bYOA84LhMCQ==";
    let verdict = verifier().verify("1790000000", signature, BODY, NOW);
    assert_eq!(verdict, Ok(()));
}

#[test]
fn what_the_account_signed_is_believed() {
    let timestamp = NOW.to_string();
    let signature = sign(&timestamp, BODY);
    assert_eq!(verifier().verify(&timestamp, &signature, BODY, NOW), Ok(()));
    let hexadecimal = Verifier::new(&[FIRST.1]).unwrap();
    assert_eq!(
        hexadecimal.verify(&timestamp, &signature, BODY, NOW),
        Ok(())
    );
}

#[test]
fn either_of_two_keys_will_do_and_no_third() {
    let timestamp = NOW.to_string();
    let both = Verifier::new(&[&base64_of(SECOND.1), &base64_of(FIRST.1)]).unwrap();
    for secret in [FIRST.0, SECOND.0] {
        let signature = sign_with(secret, &timestamp, BODY);
        assert_eq!(both.verify(&timestamp, &signature, BODY, NOW), Ok(()));
    }
    let third = sign_with(&"07".repeat(32), &timestamp, BODY);
    assert_eq!(
        both.verify(&timestamp, &third, BODY, NOW),
        Err(SignatureError::Forged)
    );
    let second = sign_with(SECOND.0, &timestamp, BODY);
    assert_eq!(
        verifier().verify(&timestamp, &second, BODY, NOW),
        Err(SignatureError::Forged)
    );
}

#[test]
fn a_body_that_was_changed_or_written_anew_is_refused() {
    let timestamp = NOW.to_string();
    let signature = sign(&timestamp, BODY);
    let value: serde_json::Value = serde_json::from_slice(BODY).unwrap();
    let pretty = serde_json::to_vec_pretty(&value).unwrap();
    let with_newline = [BODY, b"\n"].concat();
    let delivered_twice = [BODY, BODY].concat();
    for body in [
        pretty.as_slice(),
        &with_newline,
        &delivered_twice,
        &BODY[1..],
        b"",
    ] {
        let verdict = verifier().verify(&timestamp, &signature, body, NOW);
        assert_eq!(verdict, Err(SignatureError::Forged));
    }
}

#[test]
fn the_timestamp_is_part_of_what_is_signed() {
    let signature = sign(&NOW.to_string(), BODY);
    let later = (NOW + 1).to_string();
    assert_eq!(
        verifier().verify(&later, &signature, BODY, NOW),
        Err(SignatureError::Forged)
    );
    // The bar cannot be moved: digits of the body's beginning are not digits of the time.
    let moved = sign(&NOW.to_string(), b"7|x");
    let verdict = verifier().verify(&format!("{NOW}7"), &moved, b"x", NOW);
    assert_eq!(verdict, Err(SignatureError::Future));
}

#[test]
fn five_minutes_either_way_are_tolerated_and_no_more() {
    for (offset, verdict) in [
        (-300, Ok(())),
        (300, Ok(())),
        (-301, Err(SignatureError::Stale)),
        (301, Err(SignatureError::Future)),
    ] {
        let timestamp = (NOW + offset).to_string();
        let signature = sign(&timestamp, BODY);
        assert_eq!(
            verifier().verify(&timestamp, &signature, BODY, NOW),
            verdict,
            "{offset}"
        );
    }
    let timestamp = (NOW - 11).to_string();
    let strict = verifier().with_tolerance(Duration::from_secs(10));
    let verdict = strict.verify(&timestamp, &sign(&timestamp, BODY), BODY, NOW);
    assert_eq!(verdict, Err(SignatureError::Stale));
}

#[test]
fn a_timestamp_that_is_no_number_is_refused() {
    for odd in [
        "",
        " 1790000000",
        "1790000000 ",
        "+1790000000",
        "-1",
        "1.79e9",
        "0x6ab13b80",
        "99999999999999999999",
        "9223372036854775808",
        "١٧٩",
        "1790000000|",
    ] {
        let signature = sign(odd, BODY);
        let verdict = verifier().verify(odd, &signature, BODY, NOW);
        assert_eq!(verdict, Err(SignatureError::Timestamp), "{odd:?}");
    }
}

#[test]
fn a_clock_at_the_end_of_time_breaks_nothing() {
    for now in [i64::MIN, i64::MAX] {
        let verdict = verifier().verify("1790000000", &sign("1790000000", BODY), BODY, now);
        assert!(verdict.is_err());
    }
}

#[test]
fn a_signature_has_one_form() {
    let timestamp = NOW.to_string();
    let good = sign(&timestamp, BODY);
    let bytes = STANDARD.decode(&good).unwrap();
    let url_safe = good.replace('+', "-").replace('/', "_");
    // The last character before the padding carries four bits that decode to nothing.
    let mut spare_bits = good.clone().into_bytes();
    spare_bits[85] += 1;
    let odd = [
        String::new(),
        good.trim_end_matches('=').to_owned(),
        format!(" {good}"),
        format!("{good}\n"),
        STANDARD_NO_PAD.encode(&bytes),
        STANDARD.encode(&bytes[..63]),
        STANDARD.encode([&bytes[..], &[0]].concat()),
        STANDARD.encode([&bytes[..], &bytes[..]].concat()),
        hex::encode(&bytes),
        String::from_utf8(spare_bits).unwrap(),
        "é".repeat(44),
    ];
    for signature in odd {
        let verdict = verifier().verify(&timestamp, &signature, BODY, NOW);
        assert_eq!(verdict, Err(SignatureError::Encoding), "{signature:?}");
    }
    if url_safe != good {
        assert!(verifier().verify(&timestamp, &url_safe, BODY, NOW).is_err());
    }
}

#[test]
fn a_signature_is_not_malleable() {
    let timestamp = NOW.to_string();
    let mut bytes = STANDARD.decode(sign(&timestamp, BODY)).unwrap();
    // S + L, the order of the group, signs the same where S is not held below L.
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0_u16;
    for (place, add) in bytes[32..].iter_mut().zip(order.unwrap()) {
        let sum = u16::from(*place) + u16::from(add) + carry;
        *place = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    let verdict = verifier().verify(&timestamp, &STANDARD.encode(bytes), BODY, NOW);
    assert_eq!(verdict, Err(SignatureError::Forged));
}

#[test]
fn keys_that_cannot_be_used_are_told_apart() {
    let error = |keys: &[&str]| Verifier::new(keys).unwrap_err();
    let good = base64_of(FIRST.1);
    assert_eq!(error(&[]), KeyError::Count);
    assert_eq!(error(&[&good, &good, &good]), KeyError::Count);
    assert_eq!(error(&["not a key!"]), KeyError::Encoding);
    assert_eq!(error(&[&STANDARD.encode([7; 31])]), KeyError::Length(31));
    assert_eq!(error(&[""]), KeyError::Length(0));
    // The neutral element: a signature of zeroes would fit anything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert_eq!(error(&[&STANDARD.encode(neutral)]), KeyError::Point);
    assert_eq!(error(&[&good, "not a key!"]), KeyError::Encoding);
    assert!(Verifier::new(&[&format!(" {good}\n")]).is_ok());
}
