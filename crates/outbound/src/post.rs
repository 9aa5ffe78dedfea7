//! Sending something to an address.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};

use crate::client::Outbound;
use crate::error::OutboundError;

/// What is sent, and how much of the answer is taken.
#[derive(Clone, Debug)]
pub struct Post {
    /// The headers; nothing else goes along but `Host`, `User-Agent`, `Accept` and the body's length.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How long it may take in all, from looking the name up to the last byte taken.
    pub timeout: Duration,
    /// So much of the answer's body is taken, bytes; the rest is left unread.
    pub max_bytes: usize,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The status. A redirect is an answer like others.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The beginning of the body.
    pub body: Bytes,
    /// Whether there was more of it, or it broke off.
    pub is_cut: bool,
}

impl Outbound {
    /// Sends `post` to `url`, behind the same guard as [`Outbound::get`]. Once a status has come there is an answer, whatever
    /// becomes of its body.
    ///
    /// # Errors
    /// No answer came: see the predicates of [`OutboundError`].
    pub async fn post(&self, url: &str, post: Post) -> Result<Posted, OutboundError> {
        let url = self.check(url)?;
        let response = self
            .client()
            .post(url)
            .headers(post.headers)
            .body(post.body)
            .timeout(post.timeout)
            .send()
            .await
            .map_err(OutboundError::from_request)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let (body, is_cut) = beginning(response, post.max_bytes).await;
        Ok(Posted {
            status,
            headers,
            body,
            is_cut,
        })
    }
}

/// The first bytes of an answer's body, and whether that is not all of it.
async fn beginning(mut response: Response, most: usize) -> (Bytes, bool) {
    let mut bytes = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = most - bytes.len();
                if chunk.len() > room {
                    bytes.extend_from_slice(&chunk[..room]);
                    return (bytes.freeze(), true);
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(None) => return (bytes.freeze(), false),
            Err(_) => return (bytes.freeze(), true),
        }
    }
}
