//! How inbound faxes are told of.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The hook of our FreeSWITCH configuration: one signed POST for each inbound fax, made from the call's CDR.
#[derive(Clone)]
#[non_exhaustive]
pub struct InboundPush {
    /// Where to: `…/api/fax/webhook/inbound/`.
    pub url: String,
    /// The key of `X-Webhook-Signature`.
    pub secret: String,
    /// Whether the pages travel inside.
    pub shape: PushShape,
    /// How often what was not taken is tried again (the hook's timer).
    pub sweep: Duration,
}

impl InboundPush {
    /// Pages inside, a sweep a minute.
    #[must_use]
    pub fn to(url: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            secret: secret.into(),
            shape: PushShape::Multipart,
            sweep: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for InboundPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundPush")
            .field("url", &self.url)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// Whether the pages travel inside the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushShape {
    /// `multipart/form-data`, the TIFF inside: FreeSWITCH shares no disk with the gateway.
    Multipart,
    /// JSON that names the file.
    Path,
}

impl FromStr for PushShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "multipart" => Ok(Self::Multipart),
            "path" => Ok(Self::Path),
            _ => Err("the pages travel as multipart or path".to_owned()),
        }
    }
}
