//! One webhook on its way: tries, then the failover address.

use std::time::Duration;

use serde_json::json;

use super::super::account::Account;
use super::super::seen::Delivery;
use super::Letter;

/// Seconds of the line between two tries.
const BETWEEN: Duration = Duration::from_secs(1);

/// Tries the application's address, then its failover address, until one of them answers 2xx.
pub(super) async fn deliver(account: &Account, letter: &Letter) {
    for url in letter.urls.iter().flatten() {
        for attempt in 1..=account.options.webhook_tries {
            if attempt > 1 {
                tokio::time::sleep(account.options.pace.patience(BETWEEN)).await;
            }
            if try_once(account, letter, url, attempt).await {
                return;
            }
        }
    }
    tracing::debug!(
        event_id = letter.event_id,
        event_type = letter.event_type,
        "nobody took a webhook"
    );
}

async fn try_once(account: &Account, letter: &Letter, url: &str, attempt: u32) -> bool {
    let body = json!({
        "data": letter.data,
        "meta": {"attempt": attempt, "delivered_to": url},
    })
    .to_string();
    let timestamp = account.now().unix_seconds().to_string();
    let signature = account.signer.sign(&timestamp, body.as_bytes());
    let status = match account.http.posting() {
        Some(client) => client
            .post(url)
            .timeout(account.options.webhook_timeout)
            .header("content-type", "application/json")
            .header("telnyx-timestamp", &timestamp)
            .header("telnyx-signature-ed25519", &signature)
            .body(body.clone())
            .send()
            .await
            .ok()
            .map(|answer| answer.status()),
        None => None,
    };
    account.state().delivered(Delivery {
        event_id: letter.event_id.clone(),
        event_type: letter.event_type.to_owned(),
        fax_id: letter.fax_id.clone(),
        url: url.to_owned(),
        attempt,
        body,
        timestamp,
        signature,
        status: status.map(|status| status.as_u16()),
    });
    account.tell();
    status.is_some_and(|status| status.is_success())
}
