//! The line that all nodes dial, and what its call log says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use faxgate_test_support::{DEADLINE, eventually};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::node::FAXGATE;

/// A `faxgate simulate` that all nodes dial.
pub(crate) struct Line {
    _process: Child,
    pub(crate) port: u16,
    pub(crate) spool: PathBuf,
    log: PathBuf,
}

impl Line {
    /// A line of this pace; calls to `dids` come back to whoever listens.
    pub(crate) async fn start(folder: &Path, pace: &str, dids: &[&str]) -> Self {
        let (spool, log) = (folder.join("line"), folder.join("calls.jsonl"));
        let mut process = Command::new(FAXGATE)
            .args(["simulate", "--listen", "127.0.0.1:0", "--pace", pace])
            .args(["--password", "line-password"])
            .arg("--spool")
            .arg(&spool)
            .arg("--call-log")
            .arg(&log)
            .args(dids.iter().flat_map(|did| ["--did", did]))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the simulator starts");
        let mut said = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut said)
            .await
            .expect("the simulator says where it listens");
        let address = said.split_whitespace().find_map(|word| {
            word.trim_end_matches(';')
                .parse::<std::net::SocketAddr>()
                .ok()
        });
        let port = address
            .expect("an address in what the simulator says")
            .port();
        Self {
            _process: process,
            port,
            spool,
            log,
        }
    }

    /// The call log, as far as it is written.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// How many calls were placed, and how many of them have ended with every page delivered.
    pub(crate) fn placed_and_delivered(&self) -> (usize, usize) {
        let log = self.log();
        let of = |key: &str, word: &str| log.iter().filter(|entry| entry[key] == word).count();
        (of("event", "placed"), of("outcome", "delivered"))
    }

    /// Resolves when so many calls are placed.
    pub(crate) async fn has_placed(&self, calls: usize) {
        eventually("calls are placed", DEADLINE, || async {
            (self.placed_and_delivered().0 >= calls).then_some(())
        })
        .await;
    }

    /// Resolves when so many calls have delivered every page.
    pub(crate) async fn has_delivered(&self, calls: usize) {
        eventually("calls have ended", DEADLINE, || async {
            (self.placed_and_delivered().1 >= calls).then_some(())
        })
        .await;
    }

    /// How often each number was called.
    pub(crate) fn calls(&self) -> BTreeMap<String, u32> {
        self.by_number("event", "placed")
    }

    /// How often each number got its fax.
    pub(crate) fn deliveries(&self) -> BTreeMap<String, u32> {
        self.by_number("outcome", "delivered")
    }

    /// Numbers that were called again after they had got their fax.
    pub(crate) fn called_again(&self) -> Vec<String> {
        let mut delivered = BTreeSet::new();
        let mut again = Vec::new();
        for entry in self.log() {
            let number = entry["destination"].to_string();
            if entry["event"] == "placed" && delivered.contains(&number) {
                again.push(number);
            } else if entry["outcome"] == "delivered" {
                delivered.insert(number);
            }
        }
        again
    }

    fn by_number(&self, key: &str, word: &str) -> BTreeMap<String, u32> {
        let mut numbers = BTreeMap::new();
        for entry in self.log().iter().filter(|entry| entry[key] == word) {
            *numbers.entry(entry["destination"].to_string()).or_default() += 1;
        }
        numbers
    }
}
