//! One process to a node's name.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use faxgate_db::{Db, NodeLock, Options};
use faxgate_test_support::{DEADLINE, Kind, TestDb, eventually, on_both_databases, run};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::raw::postgres;
use crate::sharing::waits;

on_both_databases![
    a_name_is_held_once,
    a_caller_who_gives_up_waiting_holds_nothing,
    a_process_that_is_killed_lets_go_at_once
];

const HOLDER: &str = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

async fn hold(db: &Db) -> NodeLock {
    db.hold_node("node-1", DEADLINE).await.unwrap()
}

async fn assert_taken(db: &Db, name: &str) {
    let refused = db.hold_node(name, Duration::ZERO).await.err().unwrap();
    assert!(refused.is_node_taken(), "{refused}");
    assert!(refused.to_string().contains("another process"));
}

async fn a_name_is_held_once(db: TestDb) {
    let lock = hold(&db).await;
    let other = db.another_node();
    assert_taken(&other, "node-1").await;
    assert_taken(&db, "node-1").await;
    match db.kind() {
        Kind::Sqlite => assert_taken(&other, "node-2").await,
        Kind::Postgres => drop(other.hold_node("node-2", Duration::ZERO).await.unwrap()),
    }
    assert!(waits(pin!(lock.lost())).await);

    let mut waiting = pin!(hold(&other));
    assert!(waits(waiting.as_mut()).await);
    drop(lock);
    let next = waiting.await;
    assert_taken(&db, "node-1").await;
    drop(next);
}

async fn a_caller_who_gives_up_waiting_holds_nothing(db: TestDb) {
    let lock = hold(&db).await;
    let other = db.another_node();
    let mut waiting = Box::pin(hold(&other));
    assert!(waits(waiting.as_mut()).await);
    drop(waiting);
    drop(lock);
    drop(hold(&db).await);
}

/// Another process that holds the name; it is killed when this is dropped.
struct Process(Child);

impl Process {
    fn start(url: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program)
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "node_lock::another_process",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{url}").unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(said.any(|line| line.unwrap().ends_with("holds the name")));
        Self(child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn a_process_that_is_killed_lets_go_at_once(db: TestDb) {
    let process = Process::start(db.url());
    assert_taken(&db, "node-1").await;
    drop(process);
    drop(hold(&db).await);
}

/// Holds the name in the database whose URL it reads, until it is killed or nobody is there any more.
#[test]
#[ignore = "it is the other process of the test above"]
fn another_process() {
    let mut url = String::new();
    let mut input = BufReader::new(std::io::stdin());
    if input.read_line(&mut url).unwrap() == 0 {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _lock = runtime.block_on(async {
        let options = Options {
            url: url.trim().to_owned(),
            max_connections: 2,
        };
        hold(&Db::connect(&options).unwrap()).await
    });
    println!("holds the name");
    drop(input.read_to_end(&mut Vec::new()));
}

/// The server's process for the session that holds a name.
async fn holder(watch: &Client) -> Option<i32> {
    let query = format!("SELECT pid {HOLDER}");
    let rows = watch.query(&query, &[]).await.unwrap();
    assert!(rows.len() < 2);
    rows.first().map(|row| row.get(0))
}

async fn another_holder(watch: &Client, former: i32) {
    let changed = eventually("another session holds it", DEADLINE, async || {
        holder(watch).await.filter(|pid| *pid != former)
    });
    changed.await;
}

#[test]
fn a_session_that_breaks_is_opened_again() {
    run(Kind::Postgres, async |db| {
        let lock = hold(&db).await;
        let watch = postgres(&db).await;
        let former = holder(&watch).await.unwrap();
        let end = format!("SELECT pg_terminate_backend(pid) {HOLDER}");
        watch.execute(&end, &[]).await.unwrap();
        another_holder(&watch, former).await;
        assert!(waits(pin!(lock.lost())).await);
        assert_taken(&db.another_node(), "node-1").await;
    });
}

#[test]
fn a_name_that_another_took_meanwhile_is_lost() {
    run(Kind::Postgres, async |db| {
        let lock = hold(&db).await;
        assert!(waits(pin!(lock.lost())).await);
        let watch = postgres(&db).await;
        let other = postgres(&db).await;
        let taking = tokio::spawn(async move {
            let take = "SELECT pg_advisory_lock(hashtextextended('faxgate node node-1', 0))";
            other.execute(take, &[]).await.unwrap();
            other
        });
        eventually("the other is next", DEADLINE, async || {
            let waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
            watch.query_opt(waiting, &[]).await.unwrap()
        })
        .await;
        let end = format!("SELECT pg_terminate_backend(pid) {HOLDER}");
        watch.execute(&end, &[]).await.unwrap();
        timeout(DEADLINE, lock.lost()).await.unwrap();
        drop(taking.await.unwrap());
    });
}

/// The way to the server, which forgets the client when it is told to while the server still believes in it.
async fn way(server: SocketAddr, mut forget: watch::Receiver<u32>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut upstream = TcpStream::connect(server).await.unwrap();
            forget.mark_unchanged();
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {}
                _ = forget.changed() => kept.push(upstream),
            }
        }
    });
    address
}

#[test]
fn a_session_that_the_server_still_believes_in_is_ended() {
    run(Kind::Postgres, async |db| {
        let config: tokio_postgres::Config = db.url().parse().unwrap();
        let port = config.get_ports()[0];
        let (cut, forget) = watch::channel(0);
        let way = way(SocketAddr::from(([127, 0, 0, 1], port)), forget).await;
        let name = config.get_dbname().unwrap();
        let user = config.get_user().unwrap();
        let options = Options {
            url: format!("postgres://{user}@{way}/{name}"),
            max_connections: 2,
        };
        let lock = hold(&Db::connect(&options).unwrap()).await;
        let watch = postgres(&db).await;
        let former = holder(&watch).await.unwrap();
        cut.send(1).unwrap();
        another_holder(&watch, former).await;
        assert!(waits(pin!(lock.lost())).await);
    });
}
