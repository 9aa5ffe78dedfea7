//! `faxgate demo`: the main job, end to end, through the REST API and over the simulated line.

mod client;
mod story;
mod table;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use faxgate_config::{Settings, SimulatorDecision};
use faxgate_imaging::CageConfig;

use crate::gateway::{Gateway, Role};
use crate::logging;
use crate::parts::{self, LinesOf};

/// How much faster than a real line: slow enough to watch, quick enough to wait for.
const PACE: &str = "20";

pub(super) async fn run(
    exit: bool,
    dir: Option<PathBuf>,
    listen: SocketAddr,
) -> anyhow::Result<ExitCode> {
    let (dir, temporary) = folder(dir)?;
    let listen = free_address(listen)?;
    let settings = settings(&dir, listen)?;
    logging::start(&settings.server)?;
    println!("faxgate demo: everything happens in {}", dir.display());
    let people = parts::app(
        &settings,
        LinesOf::ThisProcess(SimulatorDecision::EveryFax),
        CageConfig::default(),
    )
    .await?;
    let password = story::people(&people).await?;
    let gateway = Gateway::start(&settings, Role::All).await?;
    let address = gateway.address().context("the API does not listen")?;
    let told = story::tell(address, &password, &dir).await;
    let well = match told {
        Ok(well) => well,
        Err(error) => {
            gateway.stop().await;
            return Err(error);
        }
    };
    // Whoever reads the table wants to look at the pages.
    let _kept = temporary.map(tempfile::TempDir::keep);
    let code = if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    if exit {
        gateway.stop().await;
        return Ok(code);
    }
    println!(
        "\nThe gateway stays up on http://{address} (documentation: http://{address}/api/docs). Ctrl-C stops it."
    );
    super::asked_to_stop().await?;
    gateway.stop().await;
    Ok(code)
}

fn folder(dir: Option<PathBuf>) -> anyhow::Result<(PathBuf, Option<tempfile::TempDir>)> {
    match dir {
        Some(dir) => {
            std::fs::create_dir_all(&dir)
                .with_context(|| format!("{} cannot be made", dir.display()))?;
            anyhow::ensure!(
                !dir.join("faxgate.db").exists(),
                "{} has a demo in it already; choose another folder",
                dir.display()
            );
            Ok((std::path::absolute(dir)?, None))
        }
        None => {
            // Its name goes into dial strings: letters and digits only.
            let temporary = tempfile::Builder::new().prefix("faxgate-demo-").tempdir()?;
            Ok((temporary.path().to_owned(), Some(temporary)))
        }
    }
}

/// The address asked for, or another port there when it is taken.
fn free_address(wanted: SocketAddr) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(wanted).or_else(|_| TcpListener::bind((wanted.ip(), 0)))?;
    Ok(listener.local_addr()?)
}

fn settings(dir: &Path, listen: SocketAddr) -> anyhow::Result<Settings> {
    let within = |name: &str| dir.join(name).display().to_string();
    let variables = [
        ("FAXGATE_SERVER__LISTEN", listen.to_string()),
        ("FAXGATE_SERVER__WORKERS", "2".to_owned()),
        (
            "FAXGATE_SERVER__LOG_FILTER",
            "warn,faxgate_server::line=error".to_owned(),
        ),
        (
            "FAXGATE_DATABASE__URL",
            format!("sqlite://{}", within("faxgate.db")),
        ),
        (
            "FAXGATE_STORAGE__URL",
            format!("file://{}", within("files")),
        ),
        ("FAXGATE_SIMULATOR__SPOOL_DIR", within("line")),
        ("FAXGATE_SIMULATOR__PACE", PACE.to_owned()),
        // Busy twice is enough to see how it goes.
        ("FAXGATE_RETRY__BUSY_TRIES", "2".to_owned()),
        ("FAXGATE_RETRY__BUSY_SECONDS", "2".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    Settings::load(None, variables).context("the demo's settings cannot be used")
}
