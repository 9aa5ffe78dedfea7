//! `[storage]`

use secrecy::SecretString;

use crate::section::{Check, Section, section};
use crate::urls::StorageUrl;

section! {
    /// `[storage]`: where documents and pages are kept.
    pub struct Storage {
        /// `file://DIRECTORY` or `s3://BUCKET/PREFIX`.
        pub url: StorageUrl,
        /// Largest file kept or read back, bytes.
        pub max_bytes: u64,
        /// S3: address of a service other than Amazon's.
        pub endpoint: Option<String>,
        /// S3: region; `None`: `us-east-1`.
        pub region: Option<String>,
        /// S3: key id; `None`: the instance's own role.
        pub access_key_id: Option<String>,
        /// S3: key.
        pub secret_access_key: Option<SecretString>,
        /// S3: whether an endpoint without TLS may be used.
        pub allow_http: bool,
    }
}

impl Check for Storage {
    fn check(&self, section: &mut Section<'_>) {
        section.within("max_bytes", self.max_bytes, 1 << 20..=4 << 30);
        section.require(
            self.access_key_id.is_some() || self.secret_access_key.is_none(),
            "access_key_id",
            "is needed with storage.secret_access_key",
        );
        section.require(
            self.secret_access_key.is_some() || self.access_key_id.is_none(),
            "secret_access_key",
            "is needed with storage.access_key_id",
        );
        if let Some(endpoint) = &self.endpoint {
            let secure = endpoint.starts_with("https://");
            section.require(
                secure || endpoint.starts_with("http://"),
                "endpoint",
                "must begin with https:// (or http:// with storage.allow_http)",
            );
            section.require(
                secure || !endpoint.starts_with("http://") || self.allow_http,
                "endpoint",
                "has no TLS; set storage.allow_http = true if that is meant",
            );
        }
    }
}
