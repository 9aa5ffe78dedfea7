//! Fax applications: what Telnyx calls a `connection_id` elsewhere.

use faxgate_types::Timestamp;
use serde_json::{Value, json};

/// A fax application.
#[derive(Clone, Debug)]
pub(super) struct Application {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) webhook_url: Option<String>,
    pub(super) failover_url: Option<String>,
    /// Members that are kept and shown, but change nothing here.
    pub(super) rest: serde_json::Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// Members with nothing behind them, and what they are at first.
fn rest() -> [(&'static str, Value); 6] {
    [
        ("webhook_timeout_secs", Value::Null),
        ("anchorsite_override", json!("Latency")),
        ("tags", json!([])),
        (
            "inbound",
            json!({"channel_limit": null, "sip_subdomain": null, "sip_subdomain_receive_settings": "only_my_connections"}),
        ),
        (
            "outbound",
            json!({"channel_limit": null, "outbound_voice_profile_id": null}),
        ),
        ("fax_email_recipient", Value::Null),
    ]
}

impl Application {
    pub(super) fn new(id: String, now: Timestamp) -> Self {
        Self {
            id,
            name: "simulated".to_owned(),
            active: true,
            webhook_url: None,
            failover_url: None,
            rest: rest()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Takes what a POST or PATCH gives; the name of the first member that does not fit otherwise.
    pub(super) fn change(&mut self, given: &Value, now: Timestamp) -> Result<(), &'static str> {
        if let Some(name) = given.get("application_name") {
            let name = name.as_str().filter(|name| !name.is_empty());
            self.name = name.ok_or("application_name")?.to_owned();
        }
        if let Some(active) = given.get("active") {
            self.active = active.as_bool().ok_or("active")?;
        }
        if let Some(url) = given.get("webhook_event_url") {
            let url = url.as_str().filter(|url| is_url(url));
            self.webhook_url = Some(url.ok_or("webhook_event_url")?.to_owned());
        }
        match given.get("webhook_event_failover_url") {
            None => {}
            Some(Value::Null) => self.failover_url = None,
            Some(Value::String(url)) if url.is_empty() => self.failover_url = None,
            Some(url) => {
                let url = url.as_str().filter(|url| is_url(url));
                self.failover_url = Some(url.ok_or("webhook_event_failover_url")?.to_owned());
            }
        }
        for (name, value) in &mut self.rest {
            match (given.get(name), value) {
                (Some(Value::Object(given)), Value::Object(kept)) => {
                    kept.extend(given.clone());
                }
                (Some(given), value) => *value = given.clone(),
                (None, _) => {}
            }
        }
        self.updated_at = now;
        Ok(())
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "record_type": "fax_application",
            "id": self.id,
            "application_name": self.name,
            "active": self.active,
            "webhook_event_url": self.webhook_url,
            "webhook_event_failover_url": self.failover_url,
            "created_at": self.created_at.to_seconds(),
            "updated_at": self.updated_at.to_seconds(),
        });
        if let Value::Object(members) = &mut shown {
            members.extend(self.rest.clone());
        }
        shown
    }
}

fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
