//! The program under test.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use faxgate_test_support::{DEADLINE, Kind, TestDb, eventually};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::client::http;
use crate::line::Line;

pub(crate) const FAXGATE: &str = env!("CARGO_BIN_EXE_faxgate");

/// A gateway: its settings, and the process once it runs.
pub(crate) struct Node {
    folder: PathBuf,
    name: String,
    settings: Vec<(String, String)>,
    process: Option<Child>,
}

impl Node {
    pub(crate) fn new(folder: &Path, name: &str, db: &TestDb, line: &Line) -> Self {
        let path = |path: &Path| path.display().to_string();
        let database = match db.kind() {
            Kind::Sqlite => format!("sqlite://{}", path(&folder.join("faxgate.db"))),
            Kind::Postgres => db.url().to_owned(),
        };
        let files = format!("file://{}", path(&folder.join("files")));
        let port = line.port.to_string();
        let cdrs = path(&line.spool.join("cdr"));
        let settings = [
            ("NODE__NAME", name),
            ("DATABASE__URL", &database),
            ("STORAGE__URL", &files),
            ("SIMULATOR__ENABLED", "false"),
            ("FREESWITCH__HOST", "127.0.0.1"),
            ("FREESWITCH__PORT", &port),
            ("FREESWITCH__PASSWORD", "line-password"),
            // So that the call log tells who placed a call.
            ("FREESWITCH__GATEWAY", name),
            ("FREESWITCH__SPOOL_DIR", &path(&line.spool)),
            ("FREESWITCH__CDR_DIR", &cdrs),
            ("FREESWITCH__MAX_CHANNELS", "100"),
            ("FREESWITCH__CALLS_PER_SECOND", "0"),
            ("DISPATCH__SEND_BY_SECONDS", "1"),
            ("DISPATCH__LEASE_SECONDS", "3"),
            ("DISPATCH__BATCH", "4"),
            ("RETRY__BACK_PRESSURE_SECONDS", "1"),
            ("RATE_LIMITS__SEND", "0"),
            ("RATE_LIMITS__STATUS", "0"),
            ("RATE_LIMITS__LIST", "0"),
            ("SERVER__WORKERS", "1"),
            ("SERVER__SHUTDOWN_SECONDS", "1"),
        ];
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            settings: settings
                .map(|(key, value)| (format!("FAXGATE_{key}"), value.to_owned()))
                .into(),
            process: None,
        }
    }

    /// With one more variable in its environment.
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.to_owned(), value.to_owned()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(FAXGATE);
        command
            .envs(self.settings.iter().cloned())
            .current_dir(&self.folder)
            .kill_on_drop(true);
        command
    }

    /// Runs a command of the operator's; answers what it printed.
    pub(crate) async fn operate(&self, arguments: &[&str], input: &str) -> String {
        let mut process = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("faxgate starts");
        let mut stdin = process.stdin.take().expect("a pipe");
        stdin
            .write_all(input.as_bytes())
            .await
            .expect("the command reads");
        drop(stdin);
        let output = process.wait_with_output().await.expect("the command ends");
        assert!(output.status.success(), "faxgate {arguments:?} failed");
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }

    fn serve(&self, role: &str) -> (Command, String) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address").to_string();
        let mut command = self.command();
        command
            .args(["serve", "--role", role])
            .env("FAXGATE_SERVER__LISTEN", &address);
        (command, address)
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).expect("a log")
    }

    /// Starts it in a role; answers where its API listens, if it has one.
    pub(crate) async fn start(&mut self, role: &str) -> String {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .expect("a log");
        let (mut command, address) = self.serve(role);
        let process = command.stderr(Stdio::from(log)).spawn();
        self.process = Some(process.expect("faxgate serve starts"));
        if role != "dispatch" {
            let health = format!("http://{address}/health/ready");
            eventually("the node is ready", DEADLINE, || async {
                let answer = http().get(&health).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
        address
    }

    /// Starts it, though it is expected to end by itself; answers what it said.
    pub(crate) async fn fails_to_start(&self) -> String {
        let (mut command, _) = self.serve("all");
        let output = command.stderr(Stdio::piped()).output();
        let output = tokio::time::timeout(DEADLINE, output)
            .await
            .expect("it ends")
            .expect("it starts");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Sends a signal; `kill -9` and SIGTERM end it, SIGSTOP and SIGCONT do not.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.process.as_ref().and_then(Child::id);
        let pid = pid
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?))
            .expect("a running node");
        kill_process(pid, signal).expect("the node gets a signal");
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Resolves when it has ended.
    pub(crate) async fn ended(&mut self) {
        let mut process = self.process.take().expect("a running node");
        tokio::time::timeout(DEADLINE, process.wait())
            .await
            .expect("the node ends")
            .expect("the node is waited for");
    }

    /// Resolves when it stands still, stopped by a failpoint.
    pub(crate) async fn stands_still(&self) {
        let pid = self
            .process
            .as_ref()
            .and_then(Child::id)
            .expect("a running node");
        eventually("the node stands still", DEADLINE, || async {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let state = stat.rsplit(')').next()?.trim_start().chars().next()?;
            (state == 'T').then_some(())
        })
        .await;
    }
}
