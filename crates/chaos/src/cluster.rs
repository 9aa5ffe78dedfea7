//! A throw-away PostgreSQL that may be stopped under everybody's feet.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;
use tokio_postgres::NoTls;

/// The role that owns the databases of runs, as an ordinary one does in production.
const OWNER: &str = "faxgate_chaos";

/// A PostgreSQL of our own.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    url: String,
    programs: PathBuf,
    data: PathBuf,
}

impl Cluster {
    /// Asks the server at `url` (its superuser's) where its programs and its data lie.
    pub(crate) async fn at(url: &str) -> Result<Self> {
        let client = connect(url).await?;
        let programs = client
            .query_one("SELECT setting FROM pg_config WHERE name = 'BINDIR'", &[])
            .await?;
        let data = client.query_one("SHOW data_directory", &[]).await?;
        Ok(Self {
            url: url.to_owned(),
            programs: PathBuf::from(programs.get::<_, String>(0)),
            data: PathBuf::from(data.get::<_, String>(0)),
        })
    }

    /// A new, empty database; its URL.
    pub(crate) async fn create(&self, name: &str) -> Result<String> {
        let client = connect(&self.url).await?;
        client
            .batch_execute(&format!(
                "DO $$ BEGIN CREATE ROLE {OWNER} LOGIN CREATEROLE; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ))
            .await?;
        client
            .batch_execute(&format!("CREATE DATABASE {name} OWNER {OWNER}"))
            .await?;
        let (_, place) = self.url.rsplit_once('@').context("no host in the URL")?;
        let host = place.split('/').next().unwrap_or(place);
        Ok(format!("postgres://{OWNER}@{host}/{name}"))
    }

    /// Stops it as a crash would: nothing is flushed, nobody is told.
    pub(crate) async fn stop(&self) -> Result<()> {
        let program = self.programs.join("pg_ctl");
        let script = format!(
            "{} stop --pgdata={} --mode=immediate --silent",
            program.display(),
            self.data.display()
        );
        self.as_owner(&script).await
    }

    /// Starts it with the words it was started with before, and waits until it answers.
    pub(crate) async fn start(&self) -> Result<()> {
        let words = std::fs::read_to_string(self.data.join("postmaster.opts"))?;
        let script = format!(
            "setsid {} >>{}/chaos.log 2>&1 &",
            words.trim(),
            self.data.display()
        );
        self.as_owner(&script).await?;
        for _ in 0..600 {
            if connect(&self.url).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("PostgreSQL does not come back")
    }

    /// PostgreSQL refuses to run as root, so root asks its owner.
    async fn as_owner(&self, script: &str) -> Result<()> {
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh", "-c", script]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let status = command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await?;
        ensure!(status.success(), "`{script}` fails with {status}");
        Ok(())
    }
}

async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
