//! Bulk calls beside urgent ones, on the simulator's line.

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use super::{Desk, numbers};
use crate::under_test::DID;

on_both_databases![an_urgent_fax_is_the_next_call_while_thousands_of_bulk_ones_wait];

/// The numbers that were called, in order.
fn called(desk: &Desk) -> Vec<String> {
    let log = desk.gateway.folder().join("simulator/calls.jsonl");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let events = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let placed = events.filter(|event| event["event"] == "placed");
    placed
        .map(|event| event["destination"].as_str().unwrap().to_owned())
        .collect()
}

/// Calls take as long as on a real line, so those that are there stay for the whole test: four channels, three of them for bulk.
async fn an_urgent_fax_is_the_next_call_while_thousands_of_bulk_ones_wait(db: TestDb) {
    let desk = Desk::open(db, "all", |settings| {
        settings
            .with("SIMULATOR__MAX_CHANNELS", "5")
            .with("SIMULATOR__PACE", "real")
            .with("DISPATCH__BULK_PERCENT", "60")
    })
    .await;
    let other = desk.gateway.another_tenant("clinic", "5557654321").await;
    let id = desk
        .broadcast(json!({"numbers": numbers(3000), "start": true}))
        .await;
    eventually("bulk takes what it may", DEADLINE, async || {
        (called(&desk).len() == 3).then_some(())
    })
    .await;
    desk.until(&id, "all others wait", |b| {
        b["counts"]["queued"].as_i64().unwrap() + b["counts"]["sending"].as_i64().unwrap() == 3000
    })
    .await;
    assert_eq!(called(&desk).len(), 3, "two channels are kept");
    let send = async |token: &str, from: &str, number: &str, priority: &str| {
        let filename = desk.gateway.upload(token, 1).await;
        let body = json!({"username": from, "filename": filename, "numbers": number, "priority": priority});
        let ask = desk.gateway.ask("POST", "/api/fax/send/").token(token);
        ask.json(&body).send().await.expect(200);
    };
    let next = async |number: &str, place: usize| {
        let call = eventually("the next call is placed", DEADLINE, async || {
            called(&desk).get(place).cloned()
        })
        .await;
        assert!(call.ends_with(number), "{call} instead of {number}");
    };
    send(&desk.token, DID, "3125550111", "urgent").await;
    next("3125550111", 3).await;
    send(&other, "5557654321", "3125550122", "normal").await;
    next("3125550122", 4).await;
}
