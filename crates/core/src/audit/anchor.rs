//! Anchors: where chains ended at a moment, kept where whoever can write to the database cannot.
//!
//! The seal shows that the gateway wrote an end, and not that it was the last: a database that was put back as a whole to yesterday is
//! sound in itself. So the ends are noted once a day in the gateway's own chain, and `faxgate audit anchor` writes them to a file.

use std::time::Duration;

use faxgate_db::audit::{self as stored, Chain, Filter};
use faxgate_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Actor, Entry};
use crate::app::App;
use crate::error::Result;

/// What is done when ends are noted.
pub(super) const NOTED: &str = "audit.anchored";
/// Ends in one entry.
const AT_ONCE: usize = 400;
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// Where chains ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// When.
    pub made_at: Timestamp,
    /// The chains.
    pub chains: Vec<Anchored>,
}

/// Where a chain ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchored {
    /// `gateway`, or a tenant's id.
    pub chain: String,
    /// The number of its last entry.
    pub seq: i64,
    /// That entry's hash.
    pub hash: String,
    /// The seal of that end.
    pub seal: Option<String>,
}

impl App {
    /// Where all chains end now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn anchor(&self) -> Result<Anchor> {
        let mut tx = self.db.system_read("where audit chains end").await?;
        let mut chains = Vec::new();
        for name in stored::chains(&mut tx).await? {
            let Ok(chain) = name.parse::<Chain>() else {
                continue;
            };
            if let Some(head) = stored::head(&mut tx, chain).await? {
                chains.push(Anchored {
                    chain: name,
                    seq: head.seq,
                    hash: head.hash,
                    seal: head.seal,
                });
            }
        }
        tx.commit().await?;
        Ok(Anchor {
            made_at: self.now(),
            chains,
        })
    }

    /// Notes the ends of all chains in the gateway's own, once a day, whichever node is first.
    pub(crate) async fn note_ends(&self) -> Result<()> {
        let ends = self.anchor().await?.chains;
        let tenants: Vec<&Anchored> = ends
            .iter()
            .filter(|end| end.chain != Chain::Gateway.to_string())
            .collect();
        if tenants.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.system("note the ends of audit chains").await?;
        // Whoever holds it is alone from here on.
        stored::lock(&mut tx, Chain::Gateway).await?;
        let lately = Filter {
            action: Some(NOTED.to_owned()),
            from: Some(self.now() - EVERY),
            ..Filter::default()
        };
        if stored::count(&mut tx, Chain::Gateway, &lately).await? > 0 {
            tx.commit().await?;
            return Ok(());
        }
        for ends in tenants.chunks(AT_ONCE) {
            let noted: Vec<_> = ends
                .iter()
                .map(|end| json!([end.chain, end.seq, end.hash]))
                .collect();
            let entry =
                Entry::new(Actor::System, NOTED, ends.len()).details(json!({"ends": noted}));
            self.audit(&mut tx, Chain::Gateway, entry).await?;
        }
        Ok(tx.commit().await?)
    }
}
