//! The simulated FreeSWITCH: a process of its own that can be killed, and that loses or keeps its CDRs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use faxgate_types::{Ambient, Timestamp};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The password of its event socket.
pub(crate) const PASSWORD: &str = "line-password";

/// `faxgate simulate`, always on the same port with the same folders.
pub(crate) struct Line {
    program: PathBuf,
    folder: PathBuf,
    pace: String,
    address: SocketAddr,
    control: SocketAddr,
    process: Child,
    ambient: Ambient,
    /// When it ended, so that what it had not read or not recorded was lost with it: until it ran again.
    pub(crate) deaths: Vec<(Timestamp, Timestamp)>,
}

/// How the line goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// Asked to stop: running calls end, and leave their records.
    Asked,
    /// Killed: running calls leave no records; those that lie there stay.
    Killed,
    /// Killed, and what records lay there are gone too.
    KilledWithRecords,
}

impl Line {
    pub(crate) async fn start(
        program: &Path,
        folder: &Path,
        pace: &str,
        ambient: Ambient,
    ) -> Result<Self> {
        let control = crate::node::free_address()?;
        let (process, address) = launch(program, folder, pace, "127.0.0.1:0", control).await?;
        Ok(Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            pace: pace.to_owned(),
            address,
            control,
            process,
            ambient,
            deaths: Vec::new(),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn spool(folder: &Path) -> PathBuf {
        folder.join("line")
    }

    pub(crate) fn call_log(folder: &Path) -> PathBuf {
        folder.join("calls.jsonl")
    }

    /// The file of scenarios it plays.
    pub(crate) fn scenarios(folder: &Path) -> PathBuf {
        folder.join("scenarios.json")
    }

    /// Orders a fault that only FreeSWITCH itself can have, over the simulator's control channel.
    pub(crate) async fn order(&self, fault: &str) -> Result<()> {
        let mut stream = TcpStream::connect(self.control).await?;
        stream.write_all(format!("{fault}\n").as_bytes()).await?;
        let mut said = String::new();
        BufReader::new(stream).read_line(&mut said).await?;
        ensure!(said.starts_with("ok"), "the line says to `{fault}`: {said}");
        Ok(())
    }

    /// Takes the line down and starts it again.
    pub(crate) async fn restart(&mut self, going: Going) -> Result<()> {
        let began = self.ambient.now();
        if going == Going::Asked {
            crate::signal::send(&self.process, rustix::process::Signal::TERM)?;
            self.process.wait().await?;
        } else {
            self.process.kill().await?;
        }
        if going == Going::KilledWithRecords {
            let cdrs = Self::spool(&self.folder).join("cdr");
            for entry in std::fs::read_dir(cdrs)? {
                // The gateway may have taken it meanwhile.
                let _ = std::fs::remove_file(entry?.path());
            }
        }
        let address = self.address.to_string();
        let (process, _) = launch(
            &self.program,
            &self.folder,
            &self.pace,
            &address,
            self.control,
        )
        .await?;
        self.process = process;
        self.deaths.push((began, self.ambient.now()));
        Ok(())
    }
}

async fn launch(
    program: &Path,
    folder: &Path,
    pace: &str,
    listen: &str,
    control: SocketAddr,
) -> Result<(Child, SocketAddr)> {
    let log = crate::node::log_file(folder, "line.log")?;
    let mut process = Command::new(program)
        .args(["simulate", "--listen", listen, "--password", PASSWORD])
        .args(["--pace", pace, "--spool"])
        .arg(Line::spool(folder))
        .arg("--call-log")
        .arg(Line::call_log(folder))
        .arg("--log-pages")
        .args(["--control", &control.to_string()])
        .arg("--scenario")
        .arg(Line::scenarios(folder))
        .stdout(Stdio::piped())
        .stderr(Stdio::from(log))
        .kill_on_drop(true)
        .spawn()
        .context("`faxgate simulate` does not start")?;
    let stdout = process.stdout.take().context("no standard output")?;
    let (mut stdout, mut said) = (BufReader::new(stdout), String::new());
    stdout.read_line(&mut said).await?;
    // It may have more to say, and would die of nobody listening.
    tokio::spawn(async move { tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await });
    let address = said
        .split_whitespace()
        .find_map(|word| word.trim_end_matches(';').parse().ok())
        .with_context(|| format!("the simulated line says {said:?}, which names no address"))?;
    Ok((process, address))
}
