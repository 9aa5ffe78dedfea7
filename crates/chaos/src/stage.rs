//! The gateways, their wires and the line, and how each fault is done to them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use faxgate_types::Ambient;
use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::faults::Fault;
use crate::line::Line;
use crate::node::{LEASE, Node};
use crate::proxy::{Proxy, Wire};

/// How long a failpoint is waited for: a gateway that has nothing to do does not come there.
const PATIENCE: Duration = Duration::from_secs(6);

/// Everything that runs.
pub(crate) struct Stage {
    pub(crate) line: Line,
    pub(crate) nodes: Vec<Node>,
    wires: Vec<Proxy>,
    cluster: Option<Cluster>,
    /// `kill -9` of a gateway so far.
    pub(crate) kills: usize,
    /// Faults so far, by name.
    pub(crate) faults: BTreeMap<String, usize>,
}

impl Stage {
    pub(crate) async fn set(
        program: &Path,
        folder: &Path,
        pace: &str,
        database: &str,
        nodes: usize,
        cluster: Option<Cluster>,
    ) -> Result<Self> {
        let line = Line::start(program, folder, pace, Ambient::system()).await?;
        let (mut gateways, mut wires) = (Vec::new(), Vec::new());
        for number in 1..=nodes {
            let wire = Proxy::start(line.address()).await?;
            let mut node = Node::new(program, folder, number, database, wire.address())?;
            node.start(None).await?;
            gateways.push(node);
            wires.push(wire);
        }
        Ok(Self {
            line,
            nodes: gateways,
            wires,
            cluster,
            kills: 0,
            faults: BTreeMap::new(),
        })
    }

    pub(crate) fn has_cluster(&self) -> bool {
        self.cluster.is_some()
    }

    /// Makes one thing go wrong, and right again.
    pub(crate) async fn suffer(&mut self, fault: &Fault, random: &mut StdRng) -> Result<()> {
        let mut met = true;
        let at = random.random_range(0..self.nodes.len());
        match fault {
            Fault::Kill(moment) => {
                sleep(*moment).await;
                self.kill(at).await?;
                self.stay_away(random).await;
                self.nodes[at].start(None).await?;
            }
            Fault::KillAt(point, count) => {
                self.kill(at).await?;
                self.nodes[at]
                    .start(Some(&format!("{point}:{count}")))
                    .await?;
                met = self.nodes[at].ends_within(PATIENCE).await?;
                self.kill(at).await?;
                self.stay_away(random).await;
                self.nodes[at].start(None).await?;
            }
            Fault::KillAfterSend => {
                self.wires[at].set(Wire::BetraysAnswer);
                met = self.wires[at].ordered_within(PATIENCE).await;
                self.kill(at).await?;
                self.wires[at].set(Wire::Passes);
                self.nodes[at].start(None).await?;
            }
            Fault::KillBeforeLateOrder(late) => {
                self.wires[at].set(Wire::HoldsOrder);
                met = self.wires[at].ordered_within(PATIENCE).await;
                self.kill(at).await?;
                self.wires[at].set(Wire::Passes);
                self.nodes[at].start(None).await?;
                sleep(*late).await;
                self.wires[at].release();
            }
            Fault::Pause(span) => {
                self.nodes[at].pause()?;
                sleep(*span).await;
                self.nodes[at].proceed()?;
            }
            Fault::PauseAt(point, span) => {
                self.kill(at).await?;
                self.nodes[at]
                    .start(Some(&format!("{point}:1:stop")))
                    .await?;
                met = self.nodes[at].stops_within(PATIENCE).await?;
                if met {
                    sleep(*span).await;
                    self.nodes[at].proceed()?;
                } else {
                    // It must not stop later on, when nobody would wake it.
                    self.kill(at).await?;
                    self.nodes[at].start(None).await?;
                }
            }
            Fault::Stop => {
                self.nodes[at].ask_to_stop()?;
                self.nodes[at].ends_within(Duration::from_secs(20)).await?;
                self.kill(at).await?;
                self.nodes[at].start(None).await?;
            }
            Fault::Line(going) => self.line.restart(*going).await?,
            Fault::Cut => self.wires[at].cut(),
            Fault::HalfOpen => {
                self.wires[at].deafen();
                sleep(Duration::from_secs(10)).await;
            }
            Fault::Stall(span) => {
                self.wires[at].set(Wire::Stalls);
                sleep(*span).await;
                self.wires[at].set(Wire::Passes);
            }
            Fault::EventsLost(events) => self.line.order(&format!("lose-events {events}")).await?,
            Fault::EventsTwice(events) => {
                self.line.order(&format!("repeat-events {events}")).await?;
            }
            Fault::ReplyLost => self.line.order("lose-reply 1 originate").await?,
            Fault::Database(span) => {
                if let Some(cluster) = &self.cluster {
                    cluster.stop().await?;
                    sleep(*span).await;
                    cluster.start().await?;
                }
            }
            Fault::DiskFull(span) => {
                self.nodes[at].fill_disk(true)?;
                sleep(*span).await;
                self.nodes[at].fill_disk(false)?;
            }
        }
        let name = match met {
            true => fault.name(),
            // It had nothing to do that would have taken it there; it was killed all the same.
            false => format!("{}: not reached", fault.name()),
        };
        *self.faults.entry(name).or_default() += 1;
        Ok(())
    }

    /// Starts what does not run (a gateway may have given itself up), and lets everything pass.
    pub(crate) async fn calm(&mut self) -> Result<()> {
        for (node, wire) in self.nodes.iter_mut().zip(&self.wires) {
            wire.set(Wire::Passes);
            if node.ends_within(Duration::ZERO).await? {
                node.kill().await?;
                node.start(None).await?;
            }
        }
        Ok(())
    }

    async fn kill(&mut self, at: usize) -> Result<()> {
        self.nodes[at].kill().await?;
        self.kills += 1;
        Ok(())
    }

    /// A gateway comes back at once, mostly; with a second one, at times only after its work was taken over.
    async fn stay_away(&self, random: &mut StdRng) {
        if self.nodes.len() > 1 && random.random_range(0..10) == 0 {
            sleep(LEASE + Duration::from_secs(2)).await;
        } else if random.random_range(0..4) == 0 {
            sleep(Duration::from_millis(random.random_range(0..1500))).await;
        }
    }
}
