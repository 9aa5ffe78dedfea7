//! The calls of a simulated line, inside the gateway or far from it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use faxgate_test_support::{DEADLINE, eventually};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::gateway::Gateway;
use super::settings::{CDR_PASSWORD, CDR_USERNAME, Settings, WEBHOOK_SECRET};

/// The uuid of the first call that the gateway's own simulator was told to place.
pub(crate) async fn placed_call(gateway: &Gateway) -> String {
    let log = gateway.folder().join("simulator/calls.jsonl");
    eventually("a call is placed", DEADLINE, async || {
        let call = log_of(&log).into_iter().next()?;
        Some(call["call_uuid"].as_str()?.to_owned())
    })
    .await
}

fn log_of(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// `faxgate simulate` in a folder of its own: all that it and the gateway know of one another are addresses.
pub(crate) struct RemoteLine {
    _process: Child,
    address: String,
    gateway: String,
    folder: TempDir,
}

impl RemoteLine {
    /// A line on which `did` is a number of ours.
    pub(crate) async fn start(did: &str) -> Self {
        let folder = TempDir::new().unwrap();
        // The two have to know one another's address beforehand.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let gateway = free.local_addr().unwrap().to_string();
        drop(free);
        let url = |path: &str| format!("http://{gateway}/api/fax/webhook/{path}/");
        let mut process = Command::new(env!("CARGO_BIN_EXE_faxgate"))
            .current_dir(folder.path())
            .args([
                "simulate",
                "--listen",
                "127.0.0.1:0",
                "--password",
                "far away",
            ])
            .args(["--spool", "line", "--call-log", "calls.jsonl", "--did", did])
            .args([
                "--cdr-url",
                &url("cdr"),
                "--cdr",
                "both",
                "--cdr-retries",
                "5",
            ])
            .args([
                "--cdr-credentials",
                &format!("{CDR_USERNAME}:{CDR_PASSWORD}"),
            ])
            .args([
                "--inbound-url",
                &url("inbound"),
                "--inbound-secret",
                WEBHOOK_SECRET,
            ])
            .args(["--inbound-shape", "multipart", "--inbound-sweep", "1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the simulator starts");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = lines.next_line().await.unwrap().unwrap();
        let address = said
            .split_whitespace()
            .find_map(|word| word.trim_end_matches(';').strip_prefix("127.0.0.1:"))
            .unwrap()
            .to_owned();
        Self {
            _process: process,
            address,
            gateway,
            folder,
        }
    }

    /// The settings of a gateway that uses it.
    pub(crate) fn settings(&self, settings: Settings) -> Settings {
        settings
            .with("SERVER__LISTEN", &self.gateway)
            .with("FREESWITCH__HOST", "127.0.0.1")
            .with("FREESWITCH__PORT", &self.address)
            .with("FREESWITCH__PASSWORD", "far away")
            .with("FREESWITCH__SPOOL", "remote")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.folder.path().join("line")
    }

    /// The calls that have ended, once there is one.
    pub(crate) async fn calls(&self) -> Vec<Value> {
        let log = self.folder.path().join("calls.jsonl");
        eventually("a call has ended", DEADLINE, async || {
            let mut calls = log_of(&log);
            calls.retain(|call| call["event"] == "ended");
            (!calls.is_empty()).then_some(calls)
        })
        .await
    }

    /// What it fetched over HTTP.
    pub(crate) fn fetched(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(self.spool().join("http_cache")).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files.map(|file| file.unwrap().path()).collect()
    }
}
