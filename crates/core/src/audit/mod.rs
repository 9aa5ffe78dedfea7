//! What was done, by whom: the audit log.
//!
//! Each tenant has a chain of entries, and the gateway one for what belongs to no tenant. An entry is written in the transaction of
//! what it tells of, so that neither is there without the other. How the chain is made and proven: `chain.rs`.
//!
//! Calls are not in it (the timeline has them, and writers to a chain wait for one another): people, keys, settings, who sent what
//! to how many, who read which document, what was removed.

mod actor;
mod anchor;
mod begin;
mod chain;
mod look;
mod origin;
mod seal;
mod verify;

use faxgate_db::Tx;
use faxgate_db::audit::{self as stored, Head, StoredEntry};
use serde_json::Value;

use crate::app::App;
use crate::error::Result;

pub use actor::Actor;
pub use anchor::{Anchor, Anchored};
pub use chain::Flaw;
pub use faxgate_db::audit::{Chain, Filter as AuditFilter, StoredEntry as AuditEntry};
pub use look::{AuditPage, audit_line};
pub use origin::coming_from;
pub(crate) use origin::{address, with_address};
pub(crate) use seal::SealKey;
pub(crate) use verify::ERASED;
pub use verify::{AuditReport, Sealed};

/// Something that was done.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    actor: Actor,
    action: &'static str,
    object: String,
    details: Value,
}

impl Entry {
    /// `action` is a word of the form `webhook.created`; `object` the id, or the name, of what it was done with.
    pub(crate) fn new(
        actor: impl Into<Actor>,
        action: &'static str,
        object: impl ToString,
    ) -> Self {
        Self {
            actor: actor.into(),
            action,
            object: object.to_string(),
            details: Value::Object(serde_json::Map::new()),
        }
    }

    /// More about it, as a JSON object. No secrets, and no more than fits on a page.
    pub(crate) fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// Text that is foreign, or may be: at most so many characters of it.
const MOST_TEXT: usize = 200;
/// Details that are longer are left out, and the entry says so.
const MOST_DETAILS: usize = 64 * 1024;

impl App {
    /// Writes an entry at the end of a chain, in the transaction of what it tells of: as the last thing before the commit, behind
    /// the events, since whoever else writes to the chain waits until then. A tenant's transaction can only write to that tenant's
    /// chain; for [`Chain::Gateway`] it takes a system transaction. Of two chains, the tenant's comes first.
    ///
    /// Where the request came from is added by itself, when there is one.
    pub(crate) async fn audit(
        &self,
        tx: &mut Tx,
        chain: impl Into<Chain>,
        entry: Entry,
    ) -> Result<()> {
        let (chain, now) = (chain.into(), self.now());
        let head = match stored::lock(tx, chain).await? {
            Some(head) => head,
            None => {
                let none = Head {
                    seq: 0,
                    hash: chain::BEFORE_THE_FIRST.to_owned(),
                    seal: None,
                };
                stored::begin(tx, chain, &none, now).await?;
                // Somebody else may have begun it, and gone on.
                stored::lock(tx, chain).await?.unwrap_or(none)
            }
        };
        let (actor, from) = (
            entry
                .actor
                .written(self.settings.records.console.as_deref()),
            address(),
        );
        let mut new = StoredEntry {
            seq: head.seq + 1,
            at: now,
            actor: actor.kind.to_owned(),
            actor_id: actor.id,
            actor_name: actor.name.as_deref().map(plain),
            token_id: actor.token,
            address: from.map(|from| from.to_string()),
            action: entry.action.to_owned(),
            object: plain(&entry.object),
            details: written(&entry.details),
            hash: String::new(),
        };
        new.hash = chain::hash(&head.hash, chain, &new);
        let end = Head {
            seq: new.seq,
            hash: new.hash.clone(),
            seal: self.seal_after(chain, &head, new.seq, &new.hash),
        };
        Ok(stored::append(tx, chain, &new, &end).await?)
    }

    /// The seal of a chain's new end. A chain whose end is not as the gateway sealed it is never sealed again by itself: that would
    /// wash away the trace of whoever changed it.
    fn seal_after(&self, chain: Chain, before: &Head, seq: i64, hash: &str) -> Option<String> {
        let key = self.seal_key()?;
        if before.seq == 0 && before.hash == chain::BEFORE_THE_FIRST
            || key.check(chain, before).is_ok()
        {
            return Some(key.seal(chain, seq, hash));
        }
        if before.seal.is_some() {
            tracing::error!(
                %chain,
                "the end of audit chain {chain} is not as the gateway left it; `faxgate audit verify` tells more"
            );
        }
        before.seal.clone()
    }

    pub(crate) fn seal_key(&self) -> Option<SealKey> {
        self.settings.records.seal.as_ref().map(SealKey::of)
    }
}

/// Without what a log, a terminal or a database stumbles over, and not too long.
fn plain(text: &str) -> String {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    shown.take(MOST_TEXT).collect()
}

fn written(details: &Value) -> String {
    let json = details.to_string();
    match json.len() <= MOST_DETAILS {
        true => json,
        false => format!(r#"{{"left_out":{}}}"#, json.len()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn foreign_text_is_cut_and_plain() {
        assert_eq!(plain("a\0b\r\nc"), "a b  c");
        assert_eq!(plain(&"ü".repeat(300)).chars().count(), MOST_TEXT);
        let long = json!({"text": "x".repeat(MOST_DETAILS)});
        assert_eq!(written(&long), r#"{"left_out":65547}"#);
    }
}
