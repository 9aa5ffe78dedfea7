//! Keys, and what is encrypted with them: XChaCha20-Poly1305 throughout, whose nonces are long enough to be drawn at random.

use bytes::{Bytes, BytesMut};
use chacha20poly1305::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use faxgate_files::StorageKey;
use faxgate_types::{Ambient, FileKeyId};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use crate::error::{Error, Result};

/// Bytes of a key.
pub(super) const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const ID: usize = 16;

/// How an encrypted file begins. No text in UTF-8 has the first byte, and no kind of document that can be faxed begins so.
const MAGIC: [u8; 8] = *b"\xf5FXV1\r\n\x1a";
/// Magic, the id of the file's key, nonce.
const HEADER: usize = MAGIC.len() + ID + NONCE;

/// By how many bytes an encrypted file is longer than what is in it.
pub const SEALED_OVERHEAD: u64 = (HEADER + TAG) as u64;

/// A key of 256 bits. `Debug` does not show it, and it is wiped when it is dropped.
#[derive(Clone, Debug)]
pub(super) struct Key(SecretSlice<u8>);

impl Key {
    /// `None`: it is not [`KEY`] bytes long.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        let key = SecretSlice::from(bytes);
        (key.expose_secret().len() == KEY).then_some(Self(key))
    }

    pub(super) fn random(ambient: &Ambient) -> Self {
        Self(ambient.bytes::<KEY>().to_vec().into())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        #[expect(clippy::expect_used, reason = "a key is as long as it has to be")]
        XChaCha20Poly1305::new_from_slice(self.0.expose_secret()).expect("32 bytes")
    }

    /// A name for it, the same in every process, from which nobody learns anything of it.
    pub(super) fn name(&self, purpose: &[u8]) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("any key will do");
        let name = mac.chain_update(purpose).finalize().into_bytes();
        hex::encode(&name[..8])
    }

    /// Another key, encrypted with this one: hex of the nonce and what follows. It opens only for what it is bound to.
    pub(super) fn wrap(&self, key: &Self, bound_to: &str, ambient: &Ambient) -> Result<String> {
        let nonce = ambient.bytes::<NONCE>();
        let payload = Payload {
            msg: key.0.expose_secret(),
            aad: bound_to.as_bytes(),
        };
        let wrapped = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let wrapped = wrapped.map_err(|error| Error::internal(error.to_string()))?;
        Ok(hex::encode([nonce.as_slice(), &wrapped].concat()))
    }

    /// What [`Key::wrap`] made; `None`: it was made with another key or for something else, or was changed.
    pub(super) fn unwrap(&self, wrapped: &str, bound_to: &str) -> Option<Self> {
        let wrapped = hex::decode(wrapped).ok()?;
        let (nonce, wrapped) = wrapped.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: wrapped,
            aad: bound_to.as_bytes(),
        };
        let key = self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?;
        Self::read(key)
    }

    /// A file, encrypted with this key: magic, the key's id, a nonce, and what follows. It opens only in its own place.
    pub(super) fn seal(
        &self,
        id: FileKeyId,
        place: &StorageKey,
        clear: &[u8],
        ambient: &Ambient,
    ) -> Result<Bytes> {
        let nonce = ambient.bytes::<NONCE>();
        let mut sealed = BytesMut::with_capacity(HEADER + clear.len() + TAG);
        for part in [&MAGIC[..], id.uuid().as_bytes(), &nonce, clear] {
            sealed.extend_from_slice(part);
        }
        let tag = self.cipher().encrypt_inout_detached(
            &XNonce::from(nonce),
            &bound_to(id, place),
            (&mut sealed[HEADER..]).into(),
        );
        let tag = tag.map_err(|error| Error::internal(error.to_string()))?;
        sealed.extend_from_slice(&tag);
        Ok(sealed.freeze())
    }

    /// What is in a file that [`Key::seal`] made; `None`: it is of another key or another place, or was changed.
    pub(super) fn open(&self, id: FileKeyId, place: &StorageKey, sealed: Bytes) -> Option<Bytes> {
        if held(&sealed) != Held::Sealed(*id.uuid().as_bytes()) {
            return None;
        }
        let mut sealed = BytesMut::from(sealed);
        let mut clear = sealed.split_off(HEADER);
        let tag = clear.split_off(clear.len().checked_sub(TAG)?);
        let nonce: [u8; NONCE] = sealed.get(HEADER - NONCE..)?.try_into().ok()?;
        let opened = self.cipher().decrypt_inout_detached(
            &XNonce::from(nonce),
            &bound_to(id, place),
            (&mut clear[..]).into(),
            &Tag::try_from(&tag[..]).ok()?,
        );
        opened.ok().map(|()| clear.freeze())
    }
}

fn bound_to(id: FileKeyId, place: &StorageKey) -> Vec<u8> {
    [&MAGIC[..], id.uuid().as_bytes(), place.as_str().as_bytes()].concat()
}

/// What lies in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Bytes as they are.
    Clear,
    /// Encrypted, with the key of this id.
    Sealed([u8; ID]),
    /// The beginning of something encrypted.
    Torn,
}

/// What these bytes are, as far as they say so themselves.
pub(super) fn held(bytes: &[u8]) -> Held {
    let Some(rest) = bytes.strip_prefix(&MAGIC) else {
        return Held::Clear;
    };
    match rest.first_chunk() {
        Some(id) if bytes.len() >= HEADER + TAG => Held::Sealed(*id),
        _ => Held::Torn,
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;
    use proptest::prelude::*;

    use super::*;

    fn place(name: &str) -> StorageKey {
        StorageKey::new("0198c0de-7a7b", "pages", name).unwrap()
    }

    #[test]
    fn a_wrapped_key_opens_with_its_own_key_for_what_it_is_bound_to() {
        let ambient = Ambient::system();
        let (outer, other, key) = (
            Key::random(&ambient),
            Key::random(&ambient),
            Key::random(&ambient),
        );
        let wrapped = outer.wrap(&key, "a", &ambient).unwrap();
        let opened = outer.unwrap(&wrapped, "a").unwrap();
        assert_eq!(opened.name(b"test"), key.name(b"test"));
        assert_ne!(opened.name(b"test"), key.name(b"another use"));
        assert!(outer.unwrap(&wrapped, "b").is_none());
        assert!(other.unwrap(&wrapped, "a").is_none());
        for wrong in ["", "00", "not hex", &wrapped[2..]] {
            assert!(outer.unwrap(wrong, "a").is_none(), "{wrong}");
        }
        assert_ne!(outer.wrap(&key, "a", &ambient).unwrap(), wrapped);
        assert!(!format!("{key:?}").contains(&hex::encode(key.0.expose_secret())));
    }

    proptest! {
        #[test]
        fn a_file_comes_back_and_nothing_else_does(clear in prop::collection::vec(any::<u8>(), 0..300), at in any::<usize>(), flip in 1..=255_u8, cut in any::<usize>()) {
            let ambient = Ambient::system();
            let (key, id) = (Key::random(&ambient), FileKeyId::generate(&ambient));
            let sealed = key.seal(id, &place("a"), &clear, &ambient).unwrap();
            prop_assert_eq!(sealed.len() as u64, clear.len() as u64 + SEALED_OVERHEAD);
            prop_assert_eq!(held(&sealed), Held::Sealed(*id.uuid().as_bytes()));
            let opened = key.open(id, &place("a"), sealed.clone());
            prop_assert_eq!(opened.as_deref(), Some(&clear[..]));
            prop_assert!(key.open(id, &place("b"), sealed.clone()).is_none());
            prop_assert!(key.open(FileKeyId::generate(&ambient), &place("a"), sealed.clone()).is_none());
            prop_assert!(Key::random(&ambient).open(id, &place("a"), sealed.clone()).is_none());

            let mut changed = sealed.to_vec();
            let at = at % changed.len();
            changed[at] ^= flip;
            prop_assert!(key.open(id, &place("a"), changed.into()).is_none());
            let cut = sealed.slice(..cut % sealed.len());
            prop_assert!(key.open(id, &place("a"), cut).is_none());
        }

        #[test]
        fn foreign_bytes_are_never_taken_for_encrypted_ones_without_a_key(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let ambient = Ambient::system();
            let opened = Key::random(&ambient).open(FileKeyId::generate(&ambient), &place("a"), bytes.into());
            prop_assert!(opened.is_none());
        }
    }

    #[test]
    fn documents_are_told_from_what_is_encrypted() {
        for clear in [
            &b""[..],
            b"%PDF-1.7",
            b"II*\0",
            b"MM\0*",
            b"\xf5",
            b"\xf5FXV",
        ] {
            assert_eq!(held(clear), Held::Clear, "{clear:?}");
        }
        assert_eq!(held(&MAGIC), Held::Torn);
    }
}
