//! The note that a fax carries through its life.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// `client_state`: bytes of the sender's choice, base64 on the wire, that come back in the fax and in each of its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ClientState(String);

impl ClientState {
    /// The state that carries `bytes`.
    #[must_use]
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// What it carries; `None` when the text is not base64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.0).ok()
    }

    /// What it carries, when that is text; `None` when it is not base64 or not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    /// As it stands on the wire. Foreign text when it was read.
    #[must_use]
    pub fn encoded(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientState {
    /// The state that stands so on the wire.
    fn from(encoded: String) -> Self {
        Self(encoded)
    }
}
