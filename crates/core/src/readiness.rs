//! Whether this process can do its work, and what is missing around it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use faxgate_db::routes::ON_NET;
use faxgate_db::{lanes, nodes};

use crate::app::App;
use crate::error::{Error, Result};
use crate::operate::{SIMULATOR, lives};

/// Who takes test faxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestMode {
    /// Nobody: they are refused.
    Off,
    /// This process.
    Here,
    /// Another process, when one with a simulator lives.
    Elsewhere,
}

impl App {
    /// Whether the gateway can do its work: the database answers and has every migration, and every task that never ends
    /// is running. Answers what is missing all the same, in sentences: faxes are taken in, but wait.
    ///
    /// # Errors
    /// `DATABASE_UNAVAILABLE`, `NOT_MIGRATED`, `NOT_READY`.
    pub async fn is_ready(&self) -> Result<Vec<String>> {
        self.has_every_migration().await?;
        if let Some(trouble) = self.health.trouble() {
            return Err(Error::unavailable("NOT_READY", trouble));
        }
        let now = self.now();
        let mut tx = self.db.system_read("readiness").await?;
        let (nodes, lanes) = (nodes::all(&mut tx).await?, lanes::all(&mut tx).await?);
        tx.commit().await?;
        let mut missing = Vec::new();
        let living: Vec<&str> = nodes
            .iter()
            .filter(|node| lives(node, now))
            .flat_map(|node| node.lanes.split_whitespace())
            .filter(|lane| *lane != ON_NET)
            .collect();
        let is_paused = |name: &str| {
            let paused = |lane: &&lanes::Lane| lane.name == name;
            let until = lanes.iter().find(paused).and_then(|lane| lane.paused_until);
            until.is_some_and(|until| until > now)
        };
        if !nodes.iter().any(|node| lives(node, now)) {
            missing.push("no process dispatches: what is sent waits".to_owned());
        } else if living.is_empty() {
            missing.push("no line is connected: what is sent waits".to_owned());
        } else if living.iter().all(|name| is_paused(name)) {
            missing.push("every line is paused: what is sent waits".to_owned());
        } else {
            let paused: BTreeSet<&str> =
                living.into_iter().filter(|name| is_paused(name)).collect();
            missing.extend(
                paused
                    .into_iter()
                    .map(|name| format!("line `{name}` is paused; `faxgate line list` says why")),
            );
        }
        if !self.lines_in_trouble().is_empty() {
            missing.push("a line of this process is not used; the log says why".to_owned());
        }
        Ok(missing)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `DATABASE_UNAVAILABLE`.
    pub async fn reach_database(&self) -> Result<()> {
        self.db.is_migrated().await?;
        Ok(())
    }

    async fn has_every_migration(&self) -> Result<()> {
        if self.migrated.load(Ordering::Relaxed) {
            return Ok(());
        }
        if !self.db.is_migrated().await? {
            return Err(Error::unavailable(
                "NOT_MIGRATED",
                "the database is older than this program; run `faxgate migrate`",
            ));
        }
        // Migrations only go forward: asked once, it is so.
        self.migrated.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether somebody takes test faxes now.
    pub(crate) async fn takes_test_faxes(&self) -> Result<bool> {
        match self.settings.test_mode {
            TestMode::Off => Ok(false),
            TestMode::Here => Ok(true),
            TestMode::Elsewhere => {
                let now = self.now();
                let mut tx = self.db.system_read("who takes test faxes").await?;
                let nodes = nodes::all(&mut tx).await?;
                tx.commit().await?;
                let takes = |node: &nodes::Node| {
                    lives(node, now) && node.lanes.split_whitespace().any(|lane| lane == SIMULATOR)
                };
                Ok(nodes.iter().any(takes))
            }
        }
    }
}
