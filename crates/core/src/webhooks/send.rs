//! One try.

use std::time::Duration;

use bytes::Bytes;
use faxgate_db::webhooks::{Attempt, Claimed};
use faxgate_outbound::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use faxgate_outbound::{OutboundError, Post, Posted};
use faxgate_webhooks::{
    ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER, Verdict, retry_after, sign,
};
use tokio::time::Instant;

use crate::app::App;
use crate::error::{Error, Result};

/// So much of an answer is kept, bytes.
const KEPT_OF_ANSWER: usize = 4096;
const LONGEST_ERROR: usize = 500;

/// How a try went.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// As the log will have it.
    pub(super) attempt: Attempt,
    /// What it means.
    pub(super) verdict: Verdict,
    /// How long the endpoint asks to be left alone.
    pub(super) asked: Option<Duration>,
}

impl App {
    /// Sends a delivery once.
    pub(super) async fn send_webhook(&self, claimed: &Claimed) -> Sent {
        let (started_at, began) = (self.now(), Instant::now());
        let answer = match self.signed(claimed) {
            Ok(post) => {
                let answer = self.outbound.post(&claimed.url, post).await;
                answer.map_err(|error| told(&error))
            }
            Err(error) => Err(error.to_string()),
        };
        let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut attempt = Attempt {
            number: claimed.leased.fence,
            started_at,
            duration_ms: Some(took),
            status: None,
            response_body: None,
            error: None,
        };
        match answer {
            Ok(answer) => {
                let status = answer.status.as_u16();
                attempt.status = Some(status.into());
                attempt.response_body = Some(shown(&answer));
                if answer.status.is_redirection() {
                    attempt.error = Some("redirects are not followed".to_owned());
                }
                Sent {
                    attempt,
                    verdict: Verdict::of(status),
                    asked: self.asked(&answer),
                }
            }
            Err(error) => {
                attempt.error = Some(error);
                Sent {
                    attempt,
                    verdict: Verdict::Failed,
                    asked: None,
                }
            }
        }
    }

    /// The request, signed for this moment by every secret that counts.
    fn signed(&self, claimed: &Claimed) -> Result<Post> {
        let now = self.now();
        let former = claimed
            .former
            .as_ref()
            .filter(|(_, until)| *until > now)
            .map(|(secret, _)| secret);
        let secrets: Vec<Secret> = [&claimed.secret]
            .into_iter()
            .chain(former)
            .map(|secret| secret.0.parse())
            .collect::<Result<_, faxgate_webhooks::SecretError>>()
            .map_err(Error::internal)?;
        let (id, body) = (&claimed.event_id, Bytes::from(claimed.body.clone()));
        let signature = sign(&secrets, id, now.unix_seconds(), &body);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            (ID_HEADER, id.as_str()),
            (TIMESTAMP_HEADER, &now.unix_seconds().to_string()),
            (SIGNATURE_HEADER, &signature),
        ] {
            let value = HeaderValue::from_str(value).map_err(Error::internal)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Post {
            headers,
            body,
            timeout: self.settings.webhooks.timeout,
            max_bytes: KEPT_OF_ANSWER,
        })
    }

    fn asked(&self, answer: &Posted) -> Option<Duration> {
        let value = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
        retry_after(value, self.now().unix_seconds())
    }
}

/// The beginning of an answer as text that every database holds.
fn shown(answer: &Posted) -> String {
    String::from_utf8_lossy(&answer.body).replace('\0', "\u{fffd}")
}

/// What kept an answer from coming, with its causes.
fn told(error: &OutboundError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text.chars().take(LONGEST_ERROR).collect()
}
