//! What happens.

use std::collections::BTreeMap;

use faxgate_imaging::sample;
use faxgate_test_support::{DEADLINE, TestDb, eventually};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::client::{Client, DID};
use crate::node::{Line, Node};

async fn folder_and_line(pace: &str) -> (TempDir, Line) {
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line::start(folder.path(), pace).await;
    (folder, line)
}

/// A clinic with a nurse and a number; answers the nurse's token.
async fn people(node: &Node) -> String {
    node.operate(&["tenant", "create", "clinic"], "").await;
    let user = ["user", "create", "nurse", "--tenant", "clinic"];
    let user = [&user[..], &["--role", "member", "--password-stdin"]].concat();
    node.operate(&user, "correct horse\n").await;
    node.operate(&["did", "add", DID, "--tenant", "clinic"], "")
        .await;
    node.operate(&["token", "create", "--user", "nurse"], "")
        .await
}

/// So many faxes to as many numbers.
async fn send(client: &Client, faxes: usize) {
    let filename = client.upload(&sample::document()).await;
    for n in 0..faxes {
        client.send(&filename, &format!("+1555777{n:04}")).await;
    }
}

async fn until_placed(line: &Line, calls: usize) {
    eventually("calls are placed", DEADLINE, || async {
        (line.placed_and_delivered().0 >= calls).then_some(())
    })
    .await;
}

/// How often each number got its fax.
fn deliveries(line: &Line) -> BTreeMap<String, u32> {
    let mut deliveries = BTreeMap::new();
    for entry in line.log() {
        if entry["outcome"] == "delivered" {
            let number = entry["destination"].to_string();
            *deliveries.entry(number).or_default() += 1;
        }
    }
    deliveries
}

pub(crate) async fn roles_apart(db: TestDb) {
    let (folder, line) = folder_and_line("fast").await;
    let mut api = Node::new(folder.path(), "front", &db, &line);
    let mut dispatcher = Node::new(folder.path(), "back", &db, &line);
    let token = people(&api).await;
    let base = api.start("api").await;
    dispatcher.start("dispatch").await;
    let client = Client { base, token };
    send(&client, 3).await;
    assert_eq!(client.all_have_ended().await, 3);
    assert!(line.log().iter().all(|entry| entry["gateway"] == "back"));
}

pub(crate) async fn one_name_twice(db: TestDb) {
    let (folder, line) = folder_and_line("fast").await;
    let mut first = Node::new(folder.path(), "only", &db, &line);
    let second = Node::new(folder.path(), "only", &db, &line);
    first.start("all").await;
    let said = second.fails_to_start().await;
    assert!(said.contains("under the name `only`"), "{said}");
    // And the first goes on; once it has ended, the name is free.
    first.signal(Signal::TERM);
    first.ended().await;
    first.start("all").await;
}

pub(crate) async fn stopped_in_mid_call(db: TestDb) {
    let (folder, line) = folder_and_line("10").await;
    let mut node = Node::new(folder.path(), "only", &db, &line);
    let token = people(&node).await;
    let base = node.start("all").await;
    let mut client = Client { base, token };
    send(&client, 6).await;
    until_placed(&line, 6).await;
    // The calls last longer than it may take to stop.
    node.signal(Signal::TERM);
    node.ended().await;
    client.base = node.start("all").await;
    assert_eq!(client.all_have_ended().await, 6);
    assert_eq!(line.placed_and_delivered(), (6, 6));
}

pub(crate) async fn killed(db: TestDb) {
    const FAXES: usize = 40;
    let (folder, line) = folder_and_line("15").await;
    let mut doomed = Node::new(folder.path(), "doomed", &db, &line);
    let mut heir = Node::new(folder.path(), "heir", &db, &line);
    let token = people(&heir).await;
    let base = heir.start("all").await;
    doomed.start("all").await;
    let client = Client { base, token };
    send(&client, FAXES).await;
    until_placed(&line, FAXES).await;
    for node in ["doomed", "heir"] {
        let has_placed = line.log().iter().any(|entry| entry["gateway"] == node);
        assert!(has_placed, "{node} takes its share");
    }
    doomed.signal(Signal::KILL);
    assert_eq!(client.all_have_ended().await, FAXES as u64);
    assert_eq!(line.placed_and_delivered(), (FAXES, FAXES));
    assert!(deliveries(&line).values().all(|times| *times == 1));
}

pub(crate) async fn suspended(db: TestDb) {
    let (folder, line) = folder_and_line("fast").await;
    // It stands still after its first intent is committed, with the command unsent.
    let mut sleeper = Node::new(folder.path(), "sleeper", &db, &line)
        .with("FAXGATE_TEST_FAILPOINT", "after_intent:1:stop");
    let mut awake = Node::new(folder.path(), "awake", &db, &line);
    let token = people(&awake).await;
    sleeper.start("dispatch").await;
    // Only the sleeper dispatches yet.
    let mut api = Node::new(folder.path(), "api", &db, &line);
    let base = api.start("api").await;
    let client = Client { base, token };
    let filename = client.upload(&sample::document()).await;
    let fax = client.send(&filename, "+15557770001").await;
    sleeper.stands_still().await;
    awake.start("dispatch").await;
    assert_eq!(client.all_have_ended().await, 1);
    let story = client.fax(&fax).await.to_string();
    assert!(story.contains("no call was placed"), "{story}");
    sleeper.signal(Signal::CONT);
    // It works again: with the other gone, it is the one to send the next.
    awake.signal(Signal::TERM);
    awake.ended().await;
    client.send(&filename, "+15557770002").await;
    assert_eq!(client.all_have_ended().await, 2);
    assert_eq!(line.placed_and_delivered(), (2, 2));
    let gateways: Vec<_> = line
        .log()
        .iter()
        .filter(|entry| entry["event"] == "placed")
        .map(|entry| entry["gateway"].to_string())
        .collect();
    assert_eq!(gateways, ["\"awake\"", "\"sleeper\""]);
}
