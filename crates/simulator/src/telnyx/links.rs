//! Links to the documents of inbound faxes, which expire.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use faxgate_types::{Ambient, Timestamp};

use super::answer::Answer;
use super::seen::{Document, DocumentKind};

/// Links, by their token.
#[derive(Debug, Default)]
pub(super) struct Links(HashMap<String, Link>);

#[derive(Debug)]
struct Link {
    fax_id: String,
    until: Timestamp,
}

impl Links {
    /// A new link, in the shape of a presigned one.
    pub(super) fn make(
        &mut self,
        address: SocketAddr,
        fax_id: &str,
        lifetime: Duration,
        ambient: &Ambient,
    ) -> String {
        let token = hex::encode(ambient.bytes::<16>());
        let link = Link {
            fax_id: fax_id.to_owned(),
            until: ambient.now() + lifetime,
        };
        self.0.insert(token.clone(), link);
        let seconds = lifetime.as_secs();
        format!("http://{address}/_media/{token}?X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host")
    }

    /// The fax that a link leads to; `None`: expired, or never made.
    pub(super) fn follow(&self, token: &str, now: Timestamp) -> Option<&str> {
        let link = self.0.get(token)?;
        (now < link.until).then_some(link.fax_id.as_str())
    }

    /// Ends every link.
    pub(super) fn expire(&mut self) {
        self.0.clear();
    }
}

/// A document, as the storage behind a link gives it.
pub(super) fn handed_out(document: Document) -> Answer {
    Answer {
        status: 200,
        content_type: match document.kind {
            DocumentKind::Pdf => "application/pdf",
            DocumentKind::Tiff => "image/tiff",
        },
        headers: Vec::new(),
        body: document.bytes,
    }
}

/// What the storage says of a link that has expired.
pub(super) fn expired() -> Answer {
    const BODY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    Answer {
        status: 403,
        content_type: "application/xml",
        headers: Vec::new(),
        body: Bytes::from_static(BODY.as_bytes()),
    }
}
