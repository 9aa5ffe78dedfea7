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

/// No file of the process may grow beyond so many bytes: to it, the disk is full. `None`: as much as it likes.
pub(crate) fn limit_files(process: &Child, bytes: Option<u64>) -> Result<()> {
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Some(pid(process)?), Resource::Fsize, limit)?;
    Ok(())
}
