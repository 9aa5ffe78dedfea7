//! One process: killed, stopped, and busy.

use faxgate_imaging::sample;
use faxgate_test_support::{DEADLINE, TestDb, eventually};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::client::{Client, DID, people};
use crate::line::Line;
use crate::node::Node;

/// A line, a node that runs, and a nurse at it.
struct Stage {
    line: Line,
    node: Node,
    client: Client,
    _folder: TempDir,
}

impl Stage {
    async fn new(db: &TestDb, pace: &str, dids: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let line = Line::start(folder.path(), pace, dids).await;
        // A lease that outlasts whatever else the machine has to do.
        let mut node = Node::new(folder.path(), "only", db, &line)
            .with("FAXGATE_DISPATCH__LEASE_SECONDS", "10")
            .with("FAXGATE_DISPATCH__SEND_BY_SECONDS", "2");
        let token = people(&node).await;
        let base = node.start("all").await;
        Self {
            line,
            node,
            client: Client { base, token },
            _folder: folder,
        }
    }
}

/// All faxes are on the line when the server is killed; and killed again while it picks up, and once more near the end.
pub(crate) async fn killed_while_sending(db: TestDb) {
    const FAXES: usize = 50;
    let Stage {
        line,
        mut node,
        mut client,
        _folder,
    } = Stage::new(&db, "15", &[]).await;
    client.send_each(FAXES).await;
    for (placed, delivered) in [(FAXES, 0), (0, FAXES / 4), (0, FAXES * 3 / 4)] {
        line.has_placed(placed).await;
        line.has_delivered(delivered).await;
        node.kill().await;
        client.base = node.start("all").await;
    }
    assert_eq!(client.all_have_ended().await, FAXES as u64);
    assert_eq!(
        line.called_again(),
        [""; 0],
        "a fax that had succeeded was sent again"
    );
    let deliveries = line.deliveries();
    assert_eq!(deliveries.len(), FAXES, "each destination got its fax");
    assert!(deliveries.values().all(|times| *times == 1));
}

/// Faxes come in while the gateway is down; all of them appear, once each.
pub(crate) async fn called_while_down(db: TestDb) {
    const INBOUND: usize = 20;
    let Stage {
        line,
        mut node,
        mut client,
        _folder,
    } = Stage::new(&db, "15", &[DID]).await;
    // As many lines as faxes: a number takes one call at a time unless it is said otherwise.
    node.operate(&["destination", "set", DID, "--max-calls", "20"], "")
        .await;
    let filename = client.upload(&sample::document()).await;
    // The number is our own, so each of these comes back as a call to us.
    for _ in 0..INBOUND {
        client.send(&filename, DID).await;
    }
    line.has_placed(INBOUND).await;
    node.kill().await;
    line.has_delivered(INBOUND).await;
    client.base = node.start("all").await;
    eventually("every inbound fax has appeared", DEADLINE, || async {
        (client.count("inbound&status=received").await >= INBOUND as u64).then_some(())
    })
    .await;
    assert_eq!(client.all_have_ended().await, INBOUND as u64);
    assert_eq!(
        client.count("inbound").await,
        INBOUND as u64,
        "none appears twice"
    );
}

/// Many calls of one fax begin and end at the same time, all writing to its row and to its tenant's.
pub(crate) async fn broadcasting(db: TestDb) {
    const RECIPIENTS: usize = 100;
    let Stage {
        line,
        node,
        client,
        _folder,
    } = Stage::new(&db, "fast", &[]).await;
    let filename = client.upload(&sample::document()).await;
    let numbers: Vec<String> = (0..RECIPIENTS).map(|n| format!("+1555777{n:04}")).collect();
    let fax = client.send(&filename, &numbers.join(",")).await;
    assert_eq!(client.all_have_ended().await, 1);
    assert_eq!(client.fax(&fax).await["status"], "sent");
    let calls = line.calls();
    assert_eq!(calls.len(), RECIPIENTS);
    assert!(calls.values().all(|times| *times == 1), "one call each");
    let log = node.log();
    assert!(!log.contains("ERROR"), "nobody waited in a circle:\n{log}");
}

/// A polite stop ends before its calls do, and its next start goes on with them.
pub(crate) async fn stopped_in_mid_call(db: TestDb) {
    let Stage {
        line,
        mut node,
        mut client,
        _folder,
    } = Stage::new(&db, "10", &[]).await;
    client.send_each(6).await;
    line.has_placed(6).await;
    // The calls last longer than it may take to stop.
    node.signal(Signal::TERM);
    node.ended().await;
    client.base = node.start("all").await;
    assert_eq!(client.all_have_ended().await, 6);
    assert_eq!(line.placed_and_delivered(), (6, 6));
}
