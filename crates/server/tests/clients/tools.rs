//! The languages that the clients are written in, and what they import.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Output, Stdio};

use tokio::process::Command;

/// A Python that has `requests`.
pub(crate) async fn python() -> Command {
    let program = told("FAXGATE_TEST_PYTHON");
    works(Command::new(&program).args(["-c", "import requests"])).await;
    Command::new(program)
}

/// A Python that has Telnyx' library, and what that checks signatures with.
pub(crate) async fn python_with_telnyx() -> Command {
    let program = told("FAXGATE_TEST_PYTHON");
    works(
        Command::new(&program).args(["-c", "import nacl.signing, telnyx.lib.webhook_verification"]),
    )
    .await;
    Command::new(program)
}

/// A Python that has the official library of Standard Webhooks.
pub(crate) async fn python_with_standard_webhooks() -> Command {
    let program = told("FAXGATE_TEST_PYTHON");
    works(Command::new(&program).args(["-c", "import standardwebhooks.webhooks"])).await;
    Command::new(program)
}

/// Schemathesis, which asks for everything that an OpenAPI document describes.
pub(crate) async fn schemathesis() -> Command {
    let program = told("FAXGATE_TEST_PYTHON");
    works(Command::new(&program).args(["-m", "schemathesis.cli", "--version"])).await;
    let mut schemathesis = Command::new(program);
    schemathesis.args(["-m", "schemathesis.cli"]);
    schemathesis
}

/// A Node.js that has `axios` and `form-data`.
pub(crate) async fn node() -> Command {
    let modules = told("FAXGATE_TEST_NODE_MODULES");
    let command = || {
        let mut node = Command::new("node");
        node.env("NODE_PATH", &modules);
        node
    };
    works(command().args(["-e", "require('axios'); require('form-data')"])).await;
    command()
}

/// A shell that has `curl` and `jq`.
pub(crate) async fn bash_with_curl_and_jq() -> Command {
    works(Command::new("curl").arg("--version")).await;
    works(Command::new("jq").arg("--version")).await;
    Command::new("bash")
}

fn told(variable: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| missing(&format!("{variable} is not set")))
}

/// Tries a tool out, so that a missing one is called missing and not a fault of the gateway's.
async fn works(command: &mut Command) {
    let tried = format!("{:?}", command.as_std());
    match command.stdin(Stdio::null()).output().await {
        Ok(Output { status, .. }) if status.success() => {}
        Ok(Output { stderr, .. }) => {
            let _ = std::io::stderr().write_all(&stderr);
            missing(&format!("{tried} fails"))
        }
        Err(error) => missing(&format!("{tried} cannot run ({error})")),
    }
}

fn missing(what: &str) -> ! {
    panic!(
        "{what}: run `scripts/test -p faxgate-server --test clients`, which installs what the clients need"
    )
}
