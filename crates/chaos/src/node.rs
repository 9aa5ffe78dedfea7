//! One gateway: `faxgate serve`, started and ended as often as it takes.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::client;
use crate::line::{Line, PASSWORD};
use crate::signal;

/// The sender of every fax.
pub(crate) const DID: &str = "+15551230001";
/// Who sends them.
pub(crate) const USER: (&str, &str) = ("chaos", "a password for chaos");
/// After this long without a sign of life, a node's work is taken by the others.
pub(crate) const LEASE: Duration = Duration::from_secs(4);

/// Everything a gateway is started with, and the process once it runs.
pub(crate) struct Node {
    program: PathBuf,
    folder: PathBuf,
    name: String,
    settings: Vec<(String, String)>,
    pub(crate) address: SocketAddr,
    process: Option<Child>,
    /// How long each start took until the gateway was ready.
    pub(crate) starts: Vec<Duration>,
}

impl Node {
    /// A gateway that is not running yet. `line` is where it finds FreeSWITCH's event socket.
    pub(crate) fn new(
        program: &Path,
        folder: &Path,
        number: usize,
        database: &str,
        line: SocketAddr,
    ) -> Result<Self> {
        let path = |path: &Path| path.display().to_string();
        let spool = Line::spool(folder);
        let name = format!("node-{number}");
        let settings = [
            ("NODE__NAME", name.clone()),
            ("DATABASE__URL", database.to_owned()),
            (
                "STORAGE__URL",
                format!("file://{}", path(&folder.join("files"))),
            ),
            ("SERVER__SECRET", "one secret for all nodes".to_owned()),
            ("SERVER__WORKERS", "2".to_owned()),
            ("SIMULATOR__ENABLED", "false".to_owned()),
            ("FREESWITCH__HOST", "127.0.0.1".to_owned()),
            ("FREESWITCH__PORT", line.port().to_string()),
            ("FREESWITCH__PASSWORD", PASSWORD.to_owned()),
            ("FREESWITCH__GATEWAY", "carrier".to_owned()),
            ("FREESWITCH__SPOOL_DIR", path(&spool)),
            ("FREESWITCH__CDR_DIR", path(&spool.join("cdr"))),
            ("FREESWITCH__MAX_CHANNELS", "100".to_owned()),
            ("FREESWITCH__CALLS_PER_SECOND", "0".to_owned()),
            ("DISPATCH__POLL_INTERVAL_MS", "100".to_owned()),
            ("DISPATCH__LEASE_SECONDS", LEASE.as_secs().to_string()),
            ("DISPATCH__SEND_BY_SECONDS", "2".to_owned()),
            ("RATE_LIMITS__SEND", "0".to_owned()),
            ("RATE_LIMITS__UPLOAD", "0".to_owned()),
            ("RATE_LIMITS__STATUS", "0".to_owned()),
            ("RATE_LIMITS__LIST", "0".to_owned()),
            ("BOOTSTRAP__USERNAME", USER.0.to_owned()),
            ("BOOTSTRAP__PASSWORD", USER.1.to_owned()),
            ("BOOTSTRAP__DIDS", DID.to_owned()),
        ]
        .map(|(key, value)| (format!("FAXGATE_{key}"), value));
        // Waits of a second, and tries enough to outlast every fault: what fails for good then failed for a reason of its own.
        let waits = [
            "BUSY",
            "NO_ANSWER",
            "LINE",
            "NEGOTIATION",
            "PARTIAL",
            "NOT_FAX",
            "LOCAL",
        ];
        let waits = waits.iter().flat_map(|class| {
            let tries = if *class == "NOT_FAX" { "2" } else { "100" };
            [
                (format!("FAXGATE_RETRY__{class}_SECONDS"), "1".to_owned()),
                (format!("FAXGATE_RETRY__{class}_TRIES"), tries.to_owned()),
            ]
        });
        let more = [
            ("FAXGATE_RETRY__MAX_TRIES", "100"),
            ("FAXGATE_RETRY__BACK_PRESSURE_SECONDS", "1"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
        Ok(Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            name,
            settings: settings.into_iter().chain(waits).chain(more).collect(),
            address: free_address()?,
            process: None,
            starts: Vec::new(),
        })
    }

    /// Starts it, to end or stop at a failpoint if one is given; returns once it is ready, or has ended or stopped.
    pub(crate) async fn start(&mut self, failpoint: Option<&str>) -> Result<()> {
        let began = Instant::now();
        // A full disk is an error to a gateway whose files may not grow, not its end.
        let mut command = Command::new("sh");
        // Only the settings of the run: whoever started it may have some of their own.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FAXGATE_") {
                command.env_remove(name);
            }
        }
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" serve"])
            .arg(&self.program)
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .env("FAXGATE_SERVER__LISTEN", self.address.to_string())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(failpoint) = failpoint {
            command.env("FAXGATE_TEST_FAILPOINT", failpoint);
        }
        let mut process = command.spawn().context("`faxgate serve` does not start")?;
        let mut said = process.stderr.take().context("no standard error")?;
        let log = log_file(&self.folder, &format!("{}.log", self.name))?;
        tokio::spawn(async move {
            let mut log = tokio::fs::File::from_std(log);
            let _ = tokio::io::copy(&mut said, &mut log).await;
        });
        let process = self.process.insert(process);
        let health = format!("http://{}/health/ready", self.address);
        let http = client::http()?;
        while began.elapsed() < Duration::from_secs(60) {
            if let Some(status) = process.try_wait()? {
                if failpoint.is_some() {
                    return Ok(());
                }
                bail!("{} ended with {status} while it started", self.name);
            }
            if failpoint.is_some() && signal::is_stopped(process)? {
                return Ok(());
            }
            let answer = http.get(&health).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                self.starts.push(began.elapsed());
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("{} is not ready after a minute", self.name)
    }

    /// `kill -9`, if it still runs.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill().await?;
        }
        Ok(())
    }

    /// Waits for it to end by itself.
    pub(crate) async fn ends_within(&mut self, span: Duration) -> Result<bool> {
        let process = self.process.as_mut().context("it does not run")?;
        Ok(match timeout(span, process.wait()).await {
            Ok(ended) => {
                ended?;
                true
            }
            Err(_) => false,
        })
    }

    /// Waits for it to stop (as by `SIGSTOP`) by itself.
    pub(crate) async fn stops_within(&self, span: Duration) -> Result<bool> {
        let until = Instant::now() + span;
        while Instant::now() < until {
            if signal::is_stopped(self.running()?)? {
                return Ok(true);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(false)
    }

    /// `SIGTERM`: it drains and ends.
    pub(crate) fn ask_to_stop(&self) -> Result<()> {
        signal::send(self.running()?, Signal::TERM)
    }

    pub(crate) fn pause(&self) -> Result<()> {
        signal::send(self.running()?, Signal::STOP)
    }

    pub(crate) fn proceed(&self) -> Result<()> {
        signal::send(self.running()?, Signal::CONT)
    }

    pub(crate) fn fill_disk(&self, is_full: bool) -> Result<()> {
        signal::limit_files(self.running()?, is_full.then_some(4096))
    }

    fn running(&self) -> Result<&Child> {
        self.process.as_ref().context("it does not run")
    }
}

/// A file of a run's folder, to add to.
pub(crate) fn log_file(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    let file = File::options().create(true).append(true).open(&path);
    file.with_context(|| format!("{} cannot be written", path.display()))
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
