//! `faxgate-chaos`: see the crate's README and `docs/reliability.md`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use faxgate_chaos::{Database, Length, Plan, new_folder, run};

/// Breaks a running gateway on purpose, again and again, and judges it by the line's own log.
#[derive(Debug, Parser)]
struct Arguments {
    /// Kill a gateway so many times.
    #[arg(long, conflicts_with = "seconds")]
    kills: Option<usize>,
    /// Make faults for so long.
    #[arg(long)]
    seconds: Option<u64>,
    /// Faxes to send; ten for each kill if not given.
    #[arg(long)]
    faxes: Option<usize>,
    /// Which database: sqlite, postgres or both.
    #[arg(long, default_value = "both")]
    database: Which,
    /// Gateways that share a PostgreSQL; SQLite has one.
    #[arg(long, default_value_t = 2)]
    nodes: usize,
    /// Decides scenarios, faults and their order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many times as fast as a real line the simulated one is.
    #[arg(long, default_value = "30")]
    pace: String,
    /// The program to break, built with debug assertions.
    #[arg(long, default_value = "target/debug/faxgate")]
    faxgate: PathBuf,
    /// Where runs leave their files; a new temporary folder if not given, gone after a clean run.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// A throw-away PostgreSQL's superuser URL.
    #[arg(long, env = "FAXGATE_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
    Both,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let program = std::path::absolute(&arguments.faxgate)?;
    let length = match (arguments.kills, arguments.seconds) {
        (Some(kills), _) => Length::Kills(kills),
        (_, Some(seconds)) => Length::Time(Duration::from_secs(seconds)),
        _ => Length::Short(20),
    };
    let faxes = match (arguments.faxes, length) {
        (Some(faxes), _) => faxes,
        (_, Length::Kills(kills)) => 10 * kills,
        (_, Length::Time(span)) => 10 * usize::try_from(span.as_secs())?,
        (_, Length::Short(_)) => 200,
    };
    let temporary = tempfile::Builder::new()
        .prefix("faxgate-chaos-")
        .tempdir()?;
    let folder = arguments.folder.as_deref().unwrap_or(temporary.path());
    let mut clean = true;
    for (name, nodes) in [("sqlite", 1), ("postgres", arguments.nodes)] {
        let database = match (name, arguments.database) {
            ("sqlite", Which::Sqlite | Which::Both) => Database::Sqlite,
            ("postgres", Which::Postgres | Which::Both) => {
                let url = arguments.postgres.clone();
                Database::OwnPostgres(url.context("no PostgreSQL: see scripts/with-postgres")?)
            }
            _ => continue,
        };
        let plan = Plan {
            program: program.clone(),
            folder: new_folder(folder, name)?,
            database,
            nodes,
            faxes,
            length,
            seed: arguments.seed,
            pace: arguments.pace.clone(),
        };
        match run(&plan).await {
            Ok(report) => {
                println!("{report}");
                clean &= report.is_clean();
            }
            Err(error) => {
                eprintln!("{name}: nothing can be said of it: {error:#}");
                clean = false;
            }
        }
    }
    if clean {
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.folder.is_none() {
        eprintln!("The files of the run are in {}", temporary.keep().display());
    }
    Ok(ExitCode::FAILURE)
}
