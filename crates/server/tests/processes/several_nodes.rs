//! Several processes on one database: they share the work, take over from one another, and never place a call twice.

use faxgate_imaging::sample;
use faxgate_test_support::TestDb;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::client::{Client, people};
use crate::line::Line;
use crate::node::Node;

async fn folder_and_line(pace: &str) -> (TempDir, Line) {
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line::start(folder.path(), pace, &[]).await;
    (folder, line)
}

pub(crate) async fn roles_apart(db: TestDb) {
    let (folder, line) = folder_and_line("fast").await;
    let mut api = Node::new(folder.path(), "front", &db, &line);
    let mut dispatcher = Node::new(folder.path(), "back", &db, &line);
    let token = people(&api).await;
    let base = api.start("api").await;
    dispatcher.start("dispatch").await;
    let client = Client { base, token };
    client.send_each(3).await;
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

pub(crate) async fn killed(db: TestDb) {
    const FAXES: usize = 40;
    let (folder, line) = folder_and_line("15").await;
    let mut doomed = Node::new(folder.path(), "doomed", &db, &line);
    let mut heir = Node::new(folder.path(), "heir", &db, &line);
    let token = people(&heir).await;
    let base = heir.start("all").await;
    doomed.start("all").await;
    let client = Client { base, token };
    client.send_each(FAXES).await;
    line.has_placed(FAXES).await;
    for node in ["doomed", "heir"] {
        let has_placed = line.log().iter().any(|entry| entry["gateway"] == node);
        assert!(has_placed, "{node} takes its share");
    }
    doomed.signal(Signal::KILL);
    assert_eq!(client.all_have_ended().await, FAXES as u64);
    assert_eq!(line.placed_and_delivered(), (FAXES, FAXES));
    assert!(line.deliveries().values().all(|times| *times == 1));
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
