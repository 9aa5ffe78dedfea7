//! Master keys: what is not in the database, and opens all that is.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretSlice};

use super::cipher::Key;

/// What names of master keys are derived for: no other use of the same key has the same one.
const PURPOSE: &[u8] = b"faxgate: names of master keys, 1";

/// The master keys that this process was given. Cheap to clone; `Debug` shows none.
#[derive(Clone, Debug, Default)]
pub struct MasterKeys {
    /// New tenant keys are encrypted with the first; none: files are stored in clear.
    keys: Vec<Arc<MasterKey>>,
}

/// A master key.
#[derive(Debug)]
pub(super) struct MasterKey {
    pub(super) name: String,
    pub(super) key: Key,
}

/// Not 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 32 bytes")]
pub struct NotAMasterKey;

impl MasterKeys {
    /// The master key, and others that may have been it before, or will be next.
    ///
    /// # Errors
    /// One of them is not 32 bytes long.
    pub fn new(
        current: &SecretSlice<u8>,
        others: &[SecretSlice<u8>],
    ) -> Result<Self, NotAMasterKey> {
        let mut keys: Vec<Arc<MasterKey>> = Vec::new();
        for bytes in std::iter::once(current).chain(others) {
            let key = Key::read(bytes.expose_secret().to_vec()).ok_or(NotAMasterKey)?;
            let name = key.name(PURPOSE);
            keys.push(Arc::new(MasterKey { name, key }));
        }
        Ok(Self { keys })
    }

    /// Whether files are encrypted.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The name of the master key that tenants' keys are encrypted with now; it tells nothing of the key.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.current().map(|key| key.name.as_str())
    }

    pub(super) fn current(&self) -> Option<&MasterKey> {
        self.keys.first().map(AsRef::as_ref)
    }

    pub(super) fn named(&self, name: &str) -> Option<&MasterKey> {
        self.keys
            .iter()
            .find(|key| key.name == name)
            .map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_has_a_name_that_does_not_change() {
        let of = |byte: u8| SecretSlice::from(vec![byte; 32]);
        let keys = MasterKeys::new(&of(1), &[of(2)]).unwrap();
        let again = MasterKeys::new(&of(2), &[of(1)]).unwrap();
        assert_eq!(keys.name(), Some(again.keys[1].name.as_str()));
        assert!(keys.named(again.name().unwrap()).is_some());
        assert!(keys.named("another").is_none());
        assert!(!MasterKeys::default().is_set());
        assert_eq!(
            MasterKeys::new(&vec![0; 31].into(), &[]).unwrap_err(),
            NotAMasterKey
        );
        assert!(!format!("{keys:?}").contains("[1, 1"));
    }
}
