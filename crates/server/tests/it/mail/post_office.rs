//! A mail server beside the gateway: aiosmtpd, and what it got.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use faxgate_test_support::{DEADLINE, eventually};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// A running mail server.
pub(super) struct PostOffice {
    _process: Child,
    _stdin: ChildStdin,
    told: Arc<Mutex<Vec<Value>>>,
    pub(super) port: u16,
}

/// Python, with what `scripts/test` installs for it.
fn python(script: &str) -> Command {
    let program = std::env::var_os("FAXGATE_TEST_PYTHON").unwrap_or_else(|| {
        panic!("FAXGATE_TEST_PYTHON is not set: run `scripts/test -p faxgate-server mail`, which installs what mail is tried with")
    });
    let mut command = Command::new(program);
    command
        .arg(format!(
            "{}/tests/it/mail/{script}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl PostOffice {
    pub(super) async fn open() -> Self {
        let mut process = python("smtp_server.py").spawn().unwrap();
        let told: Arc<Mutex<Vec<Value>>> = Arc::default();
        let stdout = process.stdout.take().unwrap();
        let stdin = process.stdin.take().unwrap();
        let into = Arc::clone(&told);
        tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                into.lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap());
            }
        });
        let port = eventually("the mail server listens", DEADLINE, async || {
            let told = told.lock().unwrap();
            told.first().and_then(|told| told["port"].as_u64())
        })
        .await;
        Self {
            _process: process,
            _stdin: stdin,
            told,
            port: u16::try_from(port).unwrap(),
        }
    }

    /// What it told of somebody: messages, refusals.
    pub(super) fn of(&self, event: &str, to: &str) -> Vec<Value> {
        let told = self.told.lock().unwrap();
        let fits = |entry: &&Value| {
            entry["event"] == event && (entry["to"] == to || entry["to"] == json!([to]))
        };
        told.iter().filter(fits).cloned().collect()
    }

    /// Waits for so many messages to somebody.
    pub(super) async fn messages(&self, to: &str, many: usize) -> Vec<Value> {
        eventually(&format!("{many} messages to {to}"), DEADLINE, async || {
            let got = self.of("message", to);
            (got.len() >= many).then_some(got)
        })
        .await
    }

    /// Waits for a message to somebody.
    pub(super) async fn message(&self, to: &str) -> Value {
        self.messages(to, 1).await.remove(0)
    }
}

/// A header of a message; empty when it is not there.
pub(super) fn header<'a>(message: &'a Value, name: &str) -> &'a str {
    let headers = message["headers"].as_array().unwrap();
    let found = headers.iter().find(|header| {
        let own = header[0].as_str().unwrap();
        own.eq_ignore_ascii_case(name)
    });
    found.map_or("", |header| header[1].as_str().unwrap())
}

/// Hands a message to the gateway's intake; gives the code and the text of the answer.
pub(super) async fn hand_in(port: u16, from: &str, to: &[&str], message: &str) -> (u64, String) {
    let mut process = python("smtp_client.py").spawn().unwrap();
    let asked = json!({"port": port, "from": from, "to": to, "message": message});
    let mut stdin = process.stdin.take().unwrap();
    stdin
        .write_all(format!("{asked}\n").as_bytes())
        .await
        .unwrap();
    drop(stdin);
    let output = process.wait_with_output().await.unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = answer["text"].as_str().unwrap_or_default().to_owned();
    (answer["code"].as_u64().unwrap(), text)
}
