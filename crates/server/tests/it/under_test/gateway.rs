//! The real binary, started on a free port, stopped and inspected at the end.

use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};

use faxgate_test_support::{DEADLINE, TestDb, eventually};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};

use super::ask::Ask;
use super::documents::pdf;
use super::settings::{DID, PASSWORD, Settings, USERNAME};

/// A running gateway. When it is dropped, its log must not tell of a failure of its own.
pub(crate) struct Gateway {
    process: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
    http: reqwest::Client,
    settings: Settings,
    /// What errors of its log may say.
    expected: Vec<&'static str>,
    folder: TempDir,
    // Last, so that the database goes when nobody uses it any more.
    _db: TestDb,
}

impl Gateway {
    /// The API alone: what is sent stays `pending`.
    pub(crate) async fn api(db: TestDb) -> Self {
        Self::start(db, "api", |settings| settings).await
    }

    /// API, dispatcher and simulator: what is sent arrives.
    pub(crate) async fn whole(db: TestDb) -> Self {
        // Tests ask again and again how a fax stands.
        Self::start(db, "all", |settings| {
            settings
                .with("RATE_LIMITS__STATUS", "0")
                .with("RATE_LIMITS__LIST", "0")
        })
        .await
    }

    /// A gateway in one role, with the settings changed.
    pub(crate) async fn start(
        db: TestDb,
        role: &str,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let settings = change(Settings::new(&db, folder.path()));
        let log = Arc::default();
        let process = serve(&settings, folder.path(), role, &log);
        let address = eventually("the gateway listens", DEADLINE, async || listening(&log)).await;
        Self {
            process,
            address,
            log,
            // What the tests see is what the gateway sent: no redirects, no proxies.
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            settings,
            expected: Vec::new(),
            folder,
            _db: db,
        }
    }

    /// A gateway that its settings keep from starting; gives the reason.
    pub(crate) async fn refuses_to_start(
        db: &TestDb,
        change: impl FnOnce(Settings) -> Settings,
    ) -> String {
        let folder = TempDir::new().unwrap();
        let settings = change(Settings::new(db, folder.path()));
        let output = command(&settings, folder.path()).arg("serve").output();
        let output = tokio::time::timeout(DEADLINE, output).await;
        let output = output.expect("it ends by itself").unwrap();
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Errors that say this are part of the test.
    pub(crate) fn expect_errors(&mut self, text: &'static str) {
        self.expected.push(text);
    }

    /// Waits until the process has ended by itself, and starts it again, in the same role with the settings changed.
    pub(crate) async fn start_again(
        &mut self,
        role: &str,
        change: impl FnOnce(Settings) -> Settings,
    ) {
        self.process.wait().await.unwrap();
        self.settings = change(self.settings.clone());
        self.log.lock().unwrap().clear();
        self.process = serve(&self.settings, self.folder.path(), role, &self.log);
        let log = Arc::clone(&self.log);
        self.address = eventually("the gateway listens", DEADLINE, async || listening(&log)).await;
    }

    /// Kills the process; then [`Gateway::start_again`].
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Asks the process to stop, as a service manager does; then [`Gateway::start_again`].
    pub(crate) fn terminate(&self) {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok());
        let process = id.and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The gateway's own folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A request without a token.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(
            &self.http,
            method,
            &format!("http://{}{path}", self.address),
        )
    }

    /// A new token for the first user, by password.
    pub(crate) async fn sign_in(&self) -> String {
        self.sign_in_as(USERNAME, PASSWORD).await
    }

    /// A new token, by password.
    pub(crate) async fn sign_in_as(&self, username: &str, password: &str) -> String {
        let body = serde_json::json!({"username": username, "password": password});
        let answer = self
            .ask("POST", "/api/auth/token/")
            .json(&body)
            .send()
            .await;
        answer.expect(200)["token"].as_str().unwrap().to_owned()
    }

    /// Uploads a PDF of so many pages; gives the name to send it by.
    pub(crate) async fn upload(&self, token: &str, pages: usize) -> String {
        let answer = self
            .ask("POST", "/api/fax/upload/")
            .token(token)
            .file("document.pdf", &pdf(pages))
            .send()
            .await;
        answer.expect(201)["filename"].as_str().unwrap().to_owned()
    }

    /// Sends a one-page fax from the first number; gives its uuid.
    pub(crate) async fn fax(&self, token: &str, numbers: &str) -> String {
        let filename = self.upload(token, 1).await;
        let body = serde_json::json!({"username": DID, "filename": filename, "numbers": numbers});
        let answer = self
            .ask("POST", "/api/fax/send/")
            .token(token)
            .json(&body)
            .send()
            .await;
        answer.expect(200)["uuid"].as_str().unwrap().to_owned()
    }

    /// The fax's status body.
    pub(crate) async fn status(&self, token: &str, uuid: &str) -> Value {
        self.ask("GET", &format!("/api/fax/status/{uuid}/"))
            .token(token)
            .send()
            .await
            .expect(200)
    }

    /// Waits until the fax has this status; gives its status body.
    pub(crate) async fn until(&self, token: &str, uuid: &str, status: &str) -> Value {
        eventually(&format!("fax {uuid} is {status}"), DEADLINE, async || {
            let body = self.status(token, uuid).await;
            (body["status"] == status).then_some(body)
        })
        .await
    }

    /// How many faxes the list has.
    pub(crate) async fn count(&self, token: &str) -> u64 {
        let answer = self.ask("GET", "/api/fax/list/").token(token).send().await;
        answer.expect(200)["count"].as_u64().unwrap()
    }

    /// Runs a command of the binary beside the running gateway; gives what it printed.
    pub(crate) async fn manage(&self, arguments: &[&str], input: &str) -> String {
        let output = self.command(arguments, input).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "faxgate {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs a command that is refused; gives the reason.
    pub(crate) async fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments, "").await;
        assert!(
            !output.status.success(),
            "faxgate {arguments:?}: {output:?}"
        );
        String::from_utf8(output.stderr).unwrap().trim().to_owned()
    }

    async fn command(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = command(&self.settings, self.folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        drop(stdin);
        child.wait_with_output().await.unwrap()
    }

    /// Waits until the fax's first recipient waits for this; gives the fax's status body.
    pub(crate) async fn until_waits_for(&self, token: &str, uuid: &str, code: &str) -> Value {
        eventually(
            &format!("fax {uuid} waits for {code}"),
            DEADLINE,
            async || {
                let body = self.status(token, uuid).await;
                (body["queue_items"][0]["waiting_for"]["code"] == code).then_some(body)
            },
        )
        .await
    }

    /// A second tenant with a number and a member; gives a token of that member.
    pub(crate) async fn another_tenant(&self, slug: &str, number: &str) -> String {
        self.manage(&["tenant", "create", slug], "").await;
        self.manage(&["did", "add", number, "--tenant", slug], "")
            .await;
        self.member(slug, &format!("{slug}-member"), "member").await
    }

    /// A new user of a tenant; gives a token of theirs.
    pub(crate) async fn member(&self, slug: &str, name: &str, role: &str) -> String {
        let create = [
            "user",
            "create",
            name,
            "--tenant",
            slug,
            "--role",
            role,
            "--password-stdin",
        ];
        self.manage(&create, PASSWORD).await;
        self.manage(&["token", "create", "--user", name], "").await
    }

    /// Waits until the simulator has learned of so many numbers, those added by commands included.
    pub(crate) async fn until_the_simulator_knows(&self, numbers: usize) {
        let told = format!("numbers that the simulator delivers to: {numbers}\"");
        eventually("the simulator knows the numbers", DEADLINE, async || {
            let log = self.log();
            log.iter().any(|line| line.contains(&told)).then_some(())
        })
        .await
    }

    /// All lines of the log so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the gateway's log ---\n{}", self.log().join("\n"));
            return;
        }
        let is_expected = |line: &String| self.expected.iter().any(|text| line.contains(text));
        for line in self.log().into_iter().filter(|line| !is_expected(line)) {
            assert!(
                !line.contains("\"level\":\"ERROR\"") && !line.contains("panicked at"),
                "the gateway failed: {line}"
            );
        }
        let gone = self.process.try_wait().unwrap();
        assert!(gone.is_none(), "the gateway ended by itself: {gone:?}");
    }
}

fn serve(settings: &Settings, folder: &Path, role: &str, log: &Arc<Mutex<Vec<String>>>) -> Child {
    let mut process = command(settings, folder)
        .args(["serve", "--role", role])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let stderr = process.stderr.take().unwrap();
    tokio::spawn(collect(stderr, Arc::clone(log)));
    process
}

fn command(settings: &Settings, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faxgate"));
    command
        .current_dir(folder)
        .envs(settings.variables())
        .kill_on_drop(true);
    command
}

async fn collect(stderr: ChildStderr, log: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.lock().unwrap().push(line);
    }
}

fn listening(log: &Mutex<Vec<String>>) -> Option<String> {
    let log = log.lock().unwrap();
    let told: Option<String> = log.iter().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some(line["fields"]["address"].as_str()?.to_owned())
    });
    let refused = log.iter().find(|line| line.starts_with("faxgate: "));
    assert!(refused.is_none(), "the gateway does not start: {refused:?}");
    told
}
