//! Signals to a child of ours.

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tokio::process::Child;

fn pid(process: &Child) -> Result<Pid> {
    process
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
        .context("the process has ended already")
}

pub(crate) fn send(process: &Child, signal: Signal) -> Result<()> {
    Ok(kill_process(pid(process)?, signal)?)
}

/// Whether the process stands still, as Linux tells of it (proc_pid_stat(5)).
pub(crate) fn is_stopped(process: &Child) -> Result<bool> {
    let pid = pid(process)?.as_raw_nonzero();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').unwrap_or_default();
    Ok(rest.trim_start().starts_with('T'))
}

/// No file of the process may grow beyond so many bytes: to it, the disk is full. `None`: as much as it likes.
pub(crate) fn limit_files(process: &Child, bytes: Option<u64>) -> Result<()> {
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Some(pid(process)?), Resource::Fsize, limit)?;
    Ok(())
}
