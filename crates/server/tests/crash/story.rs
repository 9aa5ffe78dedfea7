//! What happens.

use faxgate_imaging::sample;
use faxgate_test_support::{DEADLINE, Kind, TestDb, eventually};
use serde_json::{Value, json};

use crate::judge::judge;
use crate::processes::{Line, Server};

const FAXES: usize = 50;
const DID: &str = "+15551230001";

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}

/// A client of the API.
struct Client {
    base: String,
    token: String,
}

impl Client {
    async fn get(&self, path: &str) -> Value {
        let request = http().get(format!("http://{}/api/fax/{path}", self.base));
        answer(request.header("Authorization", format!("Token {}", self.token))).await
    }

    async fn send(&self, filename: &str, number: &str) -> String {
        let body = json!({ "username": DID, "filename": filename, "numbers": number }).to_string();
        let request = http()
            .post(format!("http://{}/api/fax/send/", self.base))
            .header("Authorization", format!("Token {}", self.token))
            .header("Content-Type", "application/json")
            .body(body);
        answer(request).await["uuid"]
            .as_str()
            .expect("a uuid")
            .to_owned()
    }

    async fn upload(&self, document: &[u8]) -> String {
        let mut body =
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"
                .to_vec();
        body.extend_from_slice(document);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let request = http()
            .post(format!("http://{}/api/fax/upload/", self.base))
            .header("Authorization", format!("Token {}", self.token))
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(body);
        answer(request).await["filename"]
            .as_str()
            .expect("a filename")
            .to_owned()
    }

    /// Faxes of a direction, by status.
    async fn count(&self, query: &str) -> u64 {
        self.get(&format!("list/?{query}")).await["count"]
            .as_u64()
            .expect("a count")
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("the server answers");
    let status = response.status();
    let body = response.text().await.expect("a body");
    assert!(status.is_success(), "{status}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

fn database(db: &TestDb, folder: &std::path::Path) -> String {
    match db.kind() {
        Kind::Sqlite => format!("sqlite://{}", folder.join("faxgate.db").display()),
        Kind::Postgres => db.url().to_owned(),
    }
}

async fn people(server: &Server) -> String {
    server.operate(&["tenant", "create", "clinic"], "").await;
    let user = [
        "user",
        "create",
        "nurse",
        "--tenant",
        "clinic",
        "--role",
        "member",
        "--password-stdin",
    ];
    server.operate(&user, "correct horse\n").await;
    server
        .operate(&["did", "add", DID, "--tenant", "clinic"], "")
        .await;
    server
        .operate(&["token", "create", "--user", "nurse"], "")
        .await
}

/// 50 faxes are on the line when the server is killed; and killed again while it picks up, and once more near the end.
pub(crate) async fn kill_while_sending(db: TestDb) {
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line::start(folder.path(), "15", &[]).await;
    let mut server = Server::new(folder.path(), &database(&db, folder.path()), &line);
    let token = people(&server).await;
    let mut client = Client {
        base: server.start().await,
        token,
    };
    let filename = client.upload(&sample::document()).await;
    for n in 0..FAXES {
        client.send(&filename, &format!("+1555777{n:04}")).await;
    }
    for (what, reached) in [
        (
            "all calls are placed",
            Box::new(|placed, _| placed >= FAXES) as Box<dyn Fn(usize, usize) -> bool>,
        ),
        (
            "some calls have ended",
            Box::new(|_, ended| ended >= FAXES / 4),
        ),
        (
            "most calls have ended",
            Box::new(|_, ended| ended >= FAXES * 3 / 4),
        ),
    ] {
        eventually(what, DEADLINE, || async {
            let seen = judge(&line.call_log);
            reached(seen.placed.len(), seen.delivered.len()).then_some(())
        })
        .await;
        server.kill().await;
        client.base = server.start().await;
    }
    eventually("every fax has ended", DEADLINE, || async {
        let open = client.count("direction=outbound&status=pending").await
            + client.count("direction=outbound&status=processing").await;
        (open == 0).then_some(())
    })
    .await;
    assert_eq!(
        client.count("direction=outbound&status=sent").await,
        FAXES as u64
    );
    let seen = judge(&line.call_log);
    assert_eq!(
        seen.called_again,
        Vec::<String>::new(),
        "a fax that had succeeded was sent again"
    );
    assert_eq!(seen.delivered.len(), FAXES, "each destination got its fax");
    assert!(seen.delivered.values().all(|times| *times == 1));
}

/// 20 faxes come in while the gateway is down; all of them appear, once each.
pub(crate) async fn receive_while_down(db: TestDb) {
    const INBOUND: usize = 20;
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line::start(folder.path(), "15", &[DID]).await;
    let mut server = Server::new(folder.path(), &database(&db, folder.path()), &line);
    let token = people(&server).await;
    let mut client = Client {
        base: server.start().await,
        token,
    };
    // As many lines as faxes: a number takes one call at a time unless it is said otherwise.
    server
        .operate(&["destination", "set", DID, "--max-calls", "20"], "")
        .await;
    let filename = client.upload(&sample::document()).await;
    // The number is our own, so each of these comes back as a call to us.
    for _ in 0..INBOUND {
        client.send(&filename, DID).await;
    }
    eventually("all calls are placed", DEADLINE, || async {
        let placed: u32 = judge(&line.call_log).placed.values().sum();
        (placed as usize >= INBOUND).then_some(())
    })
    .await;
    server.kill().await;
    eventually("all calls have ended without us", DEADLINE, || async {
        let delivered: u32 = judge(&line.call_log).delivered.values().sum();
        (delivered as usize >= INBOUND).then_some(())
    })
    .await;
    client.base = server.start().await;
    eventually("every inbound fax has appeared", DEADLINE, || async {
        (client.count("direction=inbound&status=received").await >= INBOUND as u64).then_some(())
    })
    .await;
    eventually("every outbound fax is sent", DEADLINE, || async {
        (client.count("direction=outbound&status=sent").await == INBOUND as u64).then_some(())
    })
    .await;
    assert_eq!(
        client.count("direction=inbound").await,
        INBOUND as u64,
        "none appears twice"
    );
}

/// Many calls of one fax begin and end at the same time, all writing to its row and to its tenant's.
pub(crate) async fn broadcast(db: TestDb) {
    const RECIPIENTS: usize = 100;
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line::start(folder.path(), "fast", &[]).await;
    let mut server = Server::new(folder.path(), &database(&db, folder.path()), &line);
    let token = people(&server).await;
    let client = Client {
        base: server.start().await,
        token,
    };
    let filename = client.upload(&sample::document()).await;
    let numbers: Vec<String> = (0..RECIPIENTS).map(|n| format!("+1555777{n:04}")).collect();
    let fax = client.send(&filename, &numbers.join(",")).await;
    let status = eventually("every recipient is done", DEADLINE, || async {
        let status = client.get(&format!("status/{fax}/")).await;
        (status["status"] != "pending" && status["status"] != "processing").then_some(status)
    })
    .await;
    assert_eq!(status["status"], "sent");
    let seen = judge(&line.call_log);
    assert_eq!(seen.placed.len(), RECIPIENTS);
    assert!(
        seen.placed.values().all(|times| *times == 1),
        "one call each"
    );
    let log = std::fs::read_to_string(folder.path().join("server.log")).expect("a log");
    assert!(!log.contains("ERROR"), "nobody waited in a circle:\n{log}");
}
