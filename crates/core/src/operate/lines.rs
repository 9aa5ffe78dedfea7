//! Lines and nodes, as an operator sees them.

use std::collections::BTreeMap;
use std::time::Duration;

use faxgate_db::nodes::Node;
use faxgate_db::{Wake, lane_folder, lanes, nodes};
use faxgate_types::Timestamp;

use crate::app::App;
use crate::audit::{Actor, Chain, Entry};
use crate::error::{Error, Result};

/// A node that was not heard of for so long is taken for gone.
const HEARD_OF: Duration = Duration::from_secs(60);

/// The name of the line that test faxes go out by.
pub(crate) const SIMULATOR: &str = "simulator";

/// A line, over all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineState {
    /// Its name in the settings.
    pub name: String,
    /// The living nodes that place calls on it.
    pub nodes: Vec<String>,
    /// It takes no calls before this moment.
    pub paused_until: Option<Timestamp>,
    /// Why, for operators.
    pub pause_reason: Option<String>,
    /// Pauses in a row since it last worked.
    pub pauses: u32,
}

impl App {
    /// Every line that a living node has, and those that are paused, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn line_states(&self) -> Result<Vec<LineState>> {
        let now = self.now();
        let mut tx = self.db.system_read("list lines").await?;
        let (nodes, lanes) = (nodes::all(&mut tx).await?, lanes::all(&mut tx).await?);
        tx.commit().await?;
        let mut lines: BTreeMap<String, LineState> = BTreeMap::new();
        let line = |name: &str| LineState {
            name: name.to_owned(),
            nodes: Vec::new(),
            paused_until: None,
            pause_reason: None,
            pauses: 0,
        };
        for node in nodes.iter().filter(|node| lives(node, now)) {
            for name in node.lanes.split_whitespace() {
                let line = lines.entry(name.to_owned()).or_insert_with(|| line(name));
                line.nodes.push(node.name.clone());
            }
        }
        for lane in lanes {
            let line = lines
                .entry(lane.name.clone())
                .or_insert_with(|| line(&lane.name));
            line.paused_until = lane.paused_until.filter(|until| *until > now);
            line.pause_reason = lane.pause_reason;
            line.pauses = u32::try_from(lane.pauses).unwrap_or(0);
        }
        Ok(lines.into_values().collect())
    }

    /// Ends a line's pause: calls are placed on it again at once. And lets the folder count that a node of the line names next,
    /// for when it was moved.
    ///
    /// # Errors
    /// `NO_SUCH_LINE`.
    pub async fn resume_line(&self, name: &str) -> Result<()> {
        if !self
            .line_states()
            .await?
            .iter()
            .any(|line| line.name == name)
        {
            return Err(Error::not_found(
                "NO_SUCH_LINE",
                format!("there is no line `{name}`; `faxgate line list` shows them"),
            ));
        }
        let now = self.now();
        let mut tx = self.db.system("resume a line").await?;
        lanes::works(&mut tx, name, now).await?;
        lane_folder::forget(&mut tx, name, now).await?;
        tx.wake(Wake::Queue);
        let entry = Entry::new(Actor::Console, "line.resumed", name);
        self.audit(&mut tx, Chain::Gateway, entry).await?;
        tx.commit().await?;
        self.queue_changed.notify_one();
        Ok(())
    }

    /// Every node that ever dispatched, by name, each with whether it was heard of within the last minute.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn nodes(&self) -> Result<Vec<(Node, bool)>> {
        let now = self.now();
        let mut tx = self.db.system_read("list nodes").await?;
        let nodes = nodes::all(&mut tx).await?;
        tx.commit().await?;
        let with_life = |node: Node| {
            let lives = lives(&node, now);
            (node, lives)
        };
        Ok(nodes.into_iter().map(with_life).collect())
    }
}

/// Whether a node was heard of lately.
pub(crate) fn lives(node: &Node, now: Timestamp) -> bool {
    now.since(node.beat_at) < HEARD_OF
}
