//! The programs under test.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use faxgate_test_support::{DEADLINE, eventually};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

const FAXGATE: &str = env!("CARGO_BIN_EXE_faxgate");

/// A `faxgate simulate` of its own.
pub(crate) struct Line {
    _process: Child,
    pub(crate) port: u16,
    pub(crate) spool: PathBuf,
    pub(crate) call_log: PathBuf,
}

impl Line {
    pub(crate) async fn start(folder: &Path, pace: &str, dids: &[&str]) -> Self {
        let (spool, call_log) = (folder.join("line"), folder.join("calls.jsonl"));
        let mut command = Command::new(FAXGATE);
        command.args([
            "simulate",
            "--listen",
            "127.0.0.1:0",
            "--password",
            "line-password",
            "--pace",
            pace,
        ]);
        command
            .arg("--spool")
            .arg(&spool)
            .arg("--call-log")
            .arg(&call_log);
        for did in dids {
            command.args(["--did", did]);
        }
        let mut process = command
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the simulator starts");
        let mut said = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut said)
            .await
            .expect("the simulator says where it listens");
        let address = said.split_whitespace().find_map(|word| {
            word.trim_end_matches(';')
                .parse::<std::net::SocketAddr>()
                .ok()
        });
        Self {
            _process: process,
            port: address
                .expect("an address in what the simulator says")
                .port(),
            spool,
            call_log,
        }
    }
}

/// A gateway in a folder: its settings, and the process once it runs.
pub(crate) struct Server {
    folder: PathBuf,
    settings: Vec<(&'static str, String)>,
    process: Option<Child>,
}

impl Server {
    pub(crate) fn new(folder: &Path, database: &str, line: &Line) -> Self {
        let path = |path: &Path| path.display().to_string();
        let settings = vec![
            ("FAXGATE_DATABASE__URL", database.to_owned()),
            (
                "FAXGATE_STORAGE__URL",
                format!("file://{}", path(&folder.join("files"))),
            ),
            ("FAXGATE_SIMULATOR__ENABLED", "false".to_owned()),
            ("FAXGATE_FREESWITCH__HOST", "127.0.0.1".to_owned()),
            ("FAXGATE_FREESWITCH__PORT", line.port.to_string()),
            ("FAXGATE_FREESWITCH__PASSWORD", "line-password".to_owned()),
            ("FAXGATE_FREESWITCH__GATEWAY", "carrier".to_owned()),
            ("FAXGATE_FREESWITCH__SPOOL_DIR", path(&line.spool)),
            ("FAXGATE_FREESWITCH__CDR_DIR", path(&line.spool.join("cdr"))),
            ("FAXGATE_FREESWITCH__MAX_CHANNELS", "100".to_owned()),
            ("FAXGATE_DISPATCH__SEND_BY_SECONDS", "2".to_owned()),
            ("FAXGATE_DISPATCH__LEASE_SECONDS", "10".to_owned()),
            ("FAXGATE_RETRY__BACK_PRESSURE_SECONDS", "1".to_owned()),
            ("FAXGATE_RATE_LIMITS__SEND", "0".to_owned()),
            ("FAXGATE_RATE_LIMITS__STATUS", "0".to_owned()),
            ("FAXGATE_RATE_LIMITS__LIST", "0".to_owned()),
            ("FAXGATE_SERVER__WORKERS", "2".to_owned()),
        ];
        Self {
            folder: folder.to_owned(),
            settings,
            process: None,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(FAXGATE);
        command
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env_remove("FAXGATE_TEST_POSTGRES_URL")
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

    /// Starts serving on a port that was free a moment ago; answers the address.
    pub(crate) async fn start(&mut self) -> String {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))
            .expect("a log");
        let process = self
            .command()
            .arg("serve")
            .env("FAXGATE_SERVER__LISTEN", &address)
            .stderr(Stdio::from(log))
            .spawn()
            .expect("faxgate serve starts");
        self.process = Some(process);
        let health = format!("http://{address}/health/ready");
        eventually("the server is ready", DEADLINE, || async {
            crate::story::http()
                .get(&health)
                .send()
                .await
                .ok()
                .filter(|answer| answer.status().is_success())
        })
        .await;
        address
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        let mut process = self.process.take().expect("a running server");
        process.kill().await.expect("the server dies");
    }
}
