//! A gateway process and a simulator inside this one.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use faxgate_simulator::{Options, Pace, Simulator};
use faxgate_test_support::{Kind, TestDb};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

pub(crate) const DID: &str = "+15551230001";
const FAXGATE: &str = env!("CARGO_BIN_EXE_faxgate");
const PASSWORD: &str = "line-password";

/// Everything that a measurement needs; gone when dropped.
pub(crate) struct Bench {
    pub(crate) db: TestDb,
    pub(crate) simulator: Simulator,
    pub(crate) folder: TempDir,
    http: reqwest::Client,
    address: String,
    token: String,
    process: Option<Child>,
}

impl Bench {
    pub(crate) async fn new(kind: Kind, pace: Pace) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listen = "127.0.0.1:0".parse().expect("an address");
        let mut options = Options::new(listen, folder.path().join("line"));
        options.password = PASSWORD.to_owned();
        options.pace = pace;
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address").to_string();
        Self {
            db: TestDb::new(kind).await,
            simulator: Simulator::start(options).await.expect("a simulator"),
            folder,
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            address,
            token: String::new(),
            process: None,
        }
    }

    fn command(&self) -> Command {
        let path = |path: &Path| path.display().to_string();
        let spool: PathBuf = self.folder.path().join("line");
        let mut command = Command::new(FAXGATE);
        let settings = [
            ("DATABASE__URL", self.db.url().to_owned()),
            (
                "STORAGE__URL",
                format!("file://{}", path(&self.folder.path().join("files"))),
            ),
            ("SERVER__LISTEN", self.address.clone()),
            ("SIMULATOR__ENABLED", "false".to_owned()),
            ("FREESWITCH__HOST", "127.0.0.1".to_owned()),
            ("FREESWITCH__PORT", self.simulator.addr().port().to_string()),
            ("FREESWITCH__PASSWORD", PASSWORD.to_owned()),
            ("FREESWITCH__GATEWAY", "carrier".to_owned()),
            ("FREESWITCH__SPOOL_DIR", path(&spool)),
            ("FREESWITCH__CDR_DIR", path(&spool.join("cdr"))),
            ("FREESWITCH__MAX_CHANNELS", "2000".to_owned()),
            ("FREESWITCH__CALLS_PER_SECOND", "0".to_owned()),
            ("DISPATCH__BATCH", "100".to_owned()),
            ("RATE_LIMITS__SEND", "0".to_owned()),
            ("RATE_LIMITS__UPLOAD", "0".to_owned()),
            ("RATE_LIMITS__STATUS", "0".to_owned()),
            ("RATE_LIMITS__LIST", "0".to_owned()),
            ("BOOTSTRAP__USERNAME", "nurse".to_owned()),
            ("BOOTSTRAP__PASSWORD", "correct horse".to_owned()),
            ("BOOTSTRAP__DIDS", DID.to_owned()),
        ];
        for (key, value) in settings {
            command.env(format!("FAXGATE_{key}"), value);
        }
        command.current_dir(self.folder.path()).kill_on_drop(true);
        command
    }

    /// Starts the gateway, and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("server.log"))
            .expect("a log");
        let process = self
            .command()
            .arg("serve")
            .stderr(Stdio::from(log))
            .spawn()
            .expect("faxgate starts");
        self.process = Some(process);
        loop {
            let health = format!("http://{}/health/ready", self.address);
            let answer = self.http.get(health).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if self.token.is_empty() {
            let body = json!({ "username": "nurse", "password": "correct horse" });
            let answer = self.post("auth/token/", body).await;
            self.token = answer["token"].as_str().expect("a token").to_owned();
        }
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        let mut process = self.process.take().expect("a running gateway");
        process.kill().await.expect("it dies");
    }

    pub(crate) async fn upload(&self, document: &[u8]) -> String {
        let head =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
        let body = [head.as_bytes(), document, b"\r\n--b--\r\n"].concat();
        let request = self
            .http
            .post(format!("http://{}/api/fax/upload/", self.address))
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(body);
        self.answer(request).await["filename"]
            .as_str()
            .expect("a name")
            .to_owned()
    }

    /// Sends a fax; answers its uuid.
    pub(crate) async fn send(&self, filename: &str, numbers: &str) -> String {
        let body = json!({ "username": DID, "filename": filename, "numbers": numbers });
        self.post("fax/send/", body).await["uuid"]
            .as_str()
            .expect("a uuid")
            .to_owned()
    }

    /// Whether the fax is in the list of those that were sent.
    pub(crate) async fn is_sent(&self, uuid: &str) -> bool {
        let url = format!("http://{}/api/fax/list/?status=sent", self.address);
        let list = self.answer(self.http.get(url)).await;
        list.to_string().contains(uuid)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("http://{}/api/{path}", self.address))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        self.answer(request).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Value {
        let request = match self.token.is_empty() {
            true => request,
            false => request.header("Authorization", format!("Token {}", self.token)),
        };
        let response = request.send().await.expect("the gateway answers");
        let status = response.status();
        let body = response.text().await.expect("a body");
        assert!(status.is_success(), "{status}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }
}

/// On a runtime of several threads.
pub(crate) fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future);
}

/// SQLite, and PostgreSQL where the environment names one.
pub(crate) fn kinds() -> Vec<Kind> {
    match std::env::var_os("FAXGATE_TEST_POSTGRES_URL") {
        Some(_) => vec![Kind::Sqlite, Kind::Postgres],
        None => vec![Kind::Sqlite],
    }
}
