//! What a node keeps alive, hands over when it stops, and ends when nobody can tell any more.

use std::time::Duration;

use faxgate_db::nodes::{self, Node};
use faxgate_db::{Wake, attempts, handover, items, jobs};
use faxgate_types::{ItemId, Timestamp};

use super::Open;
use crate::app::App;
use crate::error::Result;

/// A node that has not beaten for so long does not come back.
const NODE_IS_GONE: Duration = Duration::from_secs(24 * 3600);
/// How long past its bound a call may still be claimed by whoever has its line.
const GRACE: Duration = Duration::from_secs(15 * 60);
/// Leases that are given up ended so long ago, so that they have for everybody, however other nodes' clocks go.
const LONG_AGO: Duration = Duration::from_secs(24 * 3600);

impl App {
    /// The heartbeat: keeps the items that living tasks hold, says that this node lives and which lines it has, and takes back
    /// claims of nodes that have stopped beating.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn keep(
        &self,
        held: &[ItemId],
        lanes: &[&str],
        started_at: Timestamp,
        lease: Duration,
    ) -> Result<()> {
        let now = self.now();
        let node = Node {
            name: self.node().to_owned(),
            started_at,
            beat_at: now,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lanes: lanes.join(" "),
        };
        let mut tx = self.db.system("heartbeat").await?;
        items::renew(&mut tx, self.node(), held, now + lease).await?;
        let freed = items::hand_back(&mut tx, self.node(), false, now).await?;
        if freed > 0 {
            tx.wake(Wake::Queue);
        }
        nodes::beat(&mut tx, &node).await?;
        tx.commit().await?;
        if freed > 0 {
            tracing::warn!(
                items = freed,
                "took back {freed} items of a node that stopped beating"
            );
            self.queue_changed.notify_one();
        }
        Ok(())
    }

    /// Lets go of everything, for others to take over at once: claims go back to the queue, and the leases of open calls end.
    ///
    /// # Errors
    /// When the database cannot be reached: then the leases lapse by themselves.
    pub async fn hand_over(&self, held: &[ItemId]) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("hand over").await?;
        items::hand_back(&mut tx, self.node(), true, now).await?;
        jobs::hand_back(&mut tx, self.node()).await?;
        handover::release(&mut tx, self.node(), held, now - LONG_AGO).await?;
        tx.wake(Wake::Everything);
        tx.commit().await?;
        Ok(())
    }

    /// Takes over calls on lines that no node has any more, some time after they must have ended: nobody will ever be asked.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn adopt_abandoned(&self, lease: Duration) -> Result<Vec<Open>> {
        let now = self.now();
        let mut tx = self.db.system("calls on lines that are gone").await?;
        let nodes = nodes::all(&mut tx).await?;
        let lanes: Vec<&str> = nodes
            .iter()
            .filter(|node| now.since(node.beat_at) < NODE_IS_GONE)
            .flat_map(|node| node.lanes.split_whitespace())
            .collect();
        let gone = handover::Abandoned {
            node: self.node(),
            lanes: &lanes,
            overdue_before: now - GRACE,
            now,
            until: now + lease,
        };
        let mut adopted = Vec::new();
        for item in handover::abandoned(&mut tx, gone).await? {
            if let Some(attempt) = attempts::adopt(&mut tx, item.id, item.fence).await? {
                adopted.push(Open { item, attempt });
            }
        }
        tx.commit().await?;
        Ok(adopted)
    }
}
