//! Events of a fax, as they are told.

use serde_json::{Value, json};

use super::super::fax::{Fax, Status};

/// What is told beyond the fax itself.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct More {
    pub(in super::super) call_duration_secs: Option<u32>,
    pub(in super::super) page_count: Option<u32>,
    pub(in super::super) partial_content: Option<bool>,
    pub(in super::super) media_url: Option<String>,
}

/// The type of the event that says a fax has got here; `None`: nobody is told.
pub(super) fn event_type(fax: &Fax) -> Option<&'static str> {
    match fax.status {
        Status::Queued => Some("fax.queued"),
        Status::MediaProcessed => Some("fax.media.processed"),
        Status::Originated => None,
        Status::Sending => Some("fax.sending.started"),
        Status::Delivered => Some("fax.delivered"),
        Status::Failed => Some("fax.failed"),
        Status::Receiving => Some("fax.receiving.started"),
        Status::MediaProcessing => Some("fax.media.processing.started"),
        Status::Received => Some("fax.received"),
    }
}

/// The payload of a fax as it is now.
pub(super) fn payload(fax: &Fax, user_id: &str, more: More) -> Value {
    let asked = &fax.asked;
    let mut payload = json!({
        "fax_id": fax.id,
        "connection_id": asked.connection_id,
        "direction": fax.direction(),
        "from": asked.from,
        "to": asked.to,
        "user_id": user_id,
        "status": fax.status.word(),
    });
    let mut put = |name: &str, value: Value| {
        payload[name] = value;
    };
    if fax.inbound {
        put(
            "caller_id",
            json!(asked.caller_id.as_ref().unwrap_or(&asked.from)),
        );
    } else if let Some(name) = &asked.media_name {
        put("media_name", json!(name));
    } else {
        put("original_media_url", json!(asked.media_url));
    }
    if let Some(state) = &asked.client_state {
        put("client_state", json!(state));
    }
    if fax.status == Status::Failed {
        put("failure_reason", json!(fax.failure_reason));
        put("internal_failure_reason", json!(fax.failure_reason));
    }
    if let Some(seconds) = more.call_duration_secs {
        put("call_duration_secs", json!(seconds));
    }
    if let Some(pages) = more.page_count {
        put("page_count", json!(pages));
    }
    if let Some(partial) = more.partial_content {
        put("partial_content", json!(partial));
    }
    if let Some(url) = more.media_url {
        put("media_url", json!(url));
    }
    payload
}
