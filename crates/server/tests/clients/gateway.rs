//! The program under test.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use faxgate_imaging::sample;
use faxgate_test_support::{DEADLINE, TestDb, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The documented user, and their password.
const CREDENTIALS: (&str, &str) = ("admin", "admin123");
/// The documented sender, the gateway's own number.
pub(crate) const SENDER: &str = "5551234567";
/// The documented recipient.
pub(crate) const RECIPIENT: &str = "5559876543";

/// A `faxgate serve` with the documented user and number, whose calls go to the simulator inside it.
pub(crate) struct Gateway {
    _process: Child,
    url: String,
    folder: TempDir,
    // Last, so that the database goes when nobody uses it any more.
    _db: TestDb,
}

impl Gateway {
    pub(crate) async fn start(db: TestDb) -> Self {
        Self::start_with(db, &[]).await
    }

    /// With settings of its own besides.
    pub(crate) async fn start_with(db: TestDb, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = std::fs::File::create(folder.path().join("server.log")).expect("a log");
        let process = Command::new(env!("CARGO_BIN_EXE_faxgate"))
            .arg("serve")
            .env_clear()
            .envs(settings(&db, folder.path()))
            .envs(more.iter().copied())
            .current_dir(folder.path())
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn()
            .expect("faxgate serve starts");
        let mut gateway = Self {
            _process: process,
            url: String::new(),
            folder,
            _db: db,
        };
        let address = eventually("the gateway listens", DEADLINE, || async {
            address(&gateway.log())
        })
        .await;
        gateway.url = format!("http://{address}");
        gateway
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it and what is run beside it keep their files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A token of the documented user's.
    pub(crate) async fn token(&self) -> String {
        let (username, password) = CREDENTIALS;
        let http = reqwest::Client::builder().no_proxy().build();
        let answer = http
            .expect("a client")
            .post(format!("{}/api/auth/token/", self.url))
            .json(&json!({ "username": username, "password": password }))
            .send()
            .await
            .expect("the gateway answers");
        let body: Value = answer.json().await.expect("JSON");
        body["token"].as_str().expect("a token").to_owned()
    }

    /// Lays `document.pdf`, of three pages, where the clients run.
    pub(crate) fn document(&self) -> PathBuf {
        let path = self.folder.path().join("document.pdf");
        std::fs::write(&path, sample::document()).expect("a document");
        path
    }

    /// Runs a client to its end; gives what it printed.
    pub(crate) async fn run(&self, client: &mut Command) -> String {
        let running = client
            .current_dir(self.folder.path())
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(DEADLINE, running)
            .await
            .expect("the client comes to an end")
            .expect("the client runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}\n{errors}");
        printed
    }

    /// The other side of the line has to have got one fax, all of it, and no other call.
    pub(crate) async fn delivered_once_to(&self, recipient: &str) {
        let calls = self.folder.path().join("simulator/calls.jsonl");
        let calls = eventually("a call has ended", DEADLINE, || async {
            let calls = std::fs::read_to_string(&calls).ok()?;
            let calls: Result<Vec<Value>, _> = calls.lines().map(serde_json::from_str).collect();
            calls.ok().filter(|calls| calls.len() > 1)
        })
        .await;
        let [placed, ended] = calls.as_slice() else {
            panic!("more than one call: {calls:?}")
        };
        assert_eq!(placed["event"], "placed");
        assert_eq!(ended["event"], "ended");
        assert_eq!(ended["outcome"], "delivered");
        assert_eq!(ended["pages_delivered"], 3);
        let dialled = ended["destination"].as_str().expect("a destination");
        assert!(dialled.ends_with(recipient), "{dialled}");
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the gateway's log ---\n{}", self.log());
        }
    }
}

fn settings(db: &TestDb, folder: &Path) -> [(&'static str, String); 11] {
    let below = |name: &str| folder.join(name).display().to_string();
    let (username, password) = CREDENTIALS;
    [
        ("FAXGATE_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("FAXGATE_SERVER__LOG_FORMAT", "json".to_owned()),
        ("FAXGATE_SERVER__WORKERS", "2".to_owned()),
        ("FAXGATE_DATABASE__URL", db.url().to_owned()),
        ("FAXGATE_STORAGE__URL", format!("file://{}", below("files"))),
        ("FAXGATE_SIMULATOR__ENABLED", "true".to_owned()),
        ("FAXGATE_SIMULATOR__PACE", "fast".to_owned()),
        ("FAXGATE_SIMULATOR__SPOOL_DIR", below("simulator")),
        ("FAXGATE_BOOTSTRAP__USERNAME", username.to_owned()),
        ("FAXGATE_BOOTSTRAP__PASSWORD", password.to_owned()),
        ("FAXGATE_BOOTSTRAP__DIDS", SENDER.to_owned()),
    ]
}

/// The address that the log tells of.
fn address(log: &str) -> Option<String> {
    log.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some(line["fields"]["address"].as_str()?.to_owned())
    })
}
