//! Bounds of the cage.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::worker::WORKER_ARGUMENT;

/// How workers are started, and how many at a time.
#[derive(Clone, Debug)]
pub struct CageConfig {
    /// The program to start, by its absolute path: one that calls [`worker::main`](crate::worker::main) first.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Workers at a time.
    pub concurrency: usize,
    /// Bounds of one conversion.
    pub limits: Limits,
}

impl Default for CageConfig {
    /// This very binary (`/proc/self/exe`, so that replacing it on disk does not
    /// change what runs) with [`WORKER_ARGUMENT`], one worker a core.
    fn default() -> Self {
        Self {
            program: own_program(),
            arguments: vec![WORKER_ARGUMENT.into()],
            concurrency: std::thread::available_parallelism().map_or(1, NonZero::get),
            limits: Limits::default(),
        }
    }
}

fn own_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().unwrap_or_default()
    }
}

/// Bounds of one conversion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space in bytes: 1.5 GiB. A superfine A4 page needs some 0.1 GiB,
    /// the hungriest of 1,765 sound PDFs 1.2 GiB.
    pub memory_bytes: u64,
    /// Processor seconds: 60.
    pub cpu_seconds: u64,
    /// Time from start to end: 90 s.
    pub wall: Duration,
    /// Largest document: 64 MiB.
    pub input_bytes: u64,
    /// Largest result: 256 MiB.
    pub output_bytes: u64,
    /// Most pages of a fax: 350, Telnyx's bound.
    pub max_pages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 1536 << 20,
            cpu_seconds: 60,
            wall: Duration::from_secs(90),
            input_bytes: 64 << 20,
            output_bytes: 256 << 20,
            max_pages: 350,
        }
    }
}
