//! Requests of two tenants, so many at once that each connection to the database serves both in turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;
use tokio::task::JoinSet;

use super::town::unlimited;
use crate::under_test::{Gateway, pdf};

on_both_databases![ten_thousand_requests_over_two_connections_mix_nothing_up,];

const REQUESTS: usize = 10_000;
const AT_ONCE: usize = 32;

/// A tenant, and what its answers have to say.
struct Side {
    token: String,
    marker: &'static str,
    stranger: &'static str,
    number: &'static str,
    filename: String,
    fax: String,
    contact: String,
    list: String,
}

async fn side(
    gateway: &Gateway,
    slug: &'static str,
    stranger: &'static str,
    number: &'static str,
) -> Side {
    gateway.another_tenant(slug, number).await;
    let token = gateway.member(slug, &format!("{slug}-boss"), "admin").await;
    let made = async |path: &str, body: serde_json::Value| {
        let answer = gateway
            .ask("POST", path)
            .token(&token)
            .json(&body)
            .send()
            .await;
        answer.expect(201)["data"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let contact = made(
        "/api/v1/contacts",
        json!({"fax_number": "+13125550188", "name": slug}),
    )
    .await;
    let list = made("/api/v1/lists", json!({"name": slug})).await;
    let ask = gateway.ask("POST", "/api/fax/upload/").token(&token);
    let uploaded = ask
        .file(&format!("{slug}.pdf"), &pdf(1))
        .send()
        .await
        .expect(201);
    let filename = uploaded["filename"].as_str().unwrap().to_owned();
    let body = json!({"username": number, "filename": filename, "numbers": "5550001111"});
    let sent = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .json(&body)
        .send()
        .await;
    let fax = sent.expect(200)["uuid"].as_str().unwrap().to_owned();
    Side {
        token,
        marker: slug,
        stranger,
        number,
        filename,
        fax,
        contact,
        list,
    }
}

/// What is wrong with the answer to one request; every kind of request has its turn.
async fn one(gateway: &Gateway, own: &Side, other: &Side, n: usize) -> Option<String> {
    let ask = |method: &str, path: &str| gateway.ask(method, path).token(&own.token);
    let (marker, wanted) = (own.marker, own.marker.to_owned());
    let (what, answer, status, wanted) = match n / 2 % 10 {
        0 => (
            "me",
            ask("GET", "/api/v1/auth/me").send().await,
            200,
            format!("{marker}-boss"),
        ),
        1 => (
            "contact",
            ask("GET", &format!("/api/v1/contacts/{}", own.contact))
                .send()
                .await,
            200,
            wanted,
        ),
        2 => (
            "contacts",
            ask("GET", "/api/v1/contacts?limit=5").send().await,
            200,
            wanted,
        ),
        3 => {
            let change = json!({"company": format!("{marker} {n}")});
            let path = format!("/api/v1/contacts/{}", own.contact);
            (
                "change",
                ask("PATCH", &path).json(&change).send().await,
                200,
                format!("{marker} {n}"),
            )
        }
        4 => (
            "fax",
            ask("GET", &format!("/api/fax/status/{}/", own.fax))
                .send()
                .await,
            200,
            own.fax.clone(),
        ),
        5 => (
            "faxes",
            ask("GET", "/api/fax/list/?limit=2").send().await,
            200,
            own.number.trim_start_matches("+1").to_owned(),
        ),
        6 => (
            "stranger's",
            ask("GET", &format!("/api/v1/contacts/{}", other.contact))
                .send()
                .await,
            404,
            "NO_SUCH_CONTACT".to_owned(),
        ),
        7 => {
            let new = json!({"name": format!("{marker} list {n}")});
            (
                "new list",
                ask("POST", "/api/v1/lists").json(&new).send().await,
                201,
                format!("{marker} list {n}"),
            )
        }
        8 => (
            "list",
            ask("GET", &format!("/api/v1/lists/{}", own.list))
                .send()
                .await,
            200,
            wanted,
        ),
        _ if (n / 20).is_multiple_of(4) => {
            let body =
                json!({"username": own.number, "filename": own.filename, "numbers": "5550001111"});
            (
                "send",
                ask("POST", "/api/fax/send/").json(&body).send().await,
                200,
                "uuid".to_owned(),
            )
        }
        _ => {
            let body = json!({"username": own.number, "filename": other.filename, "numbers": "5550001111"});
            (
                "stranger's file",
                ask("POST", "/api/fax/send/").json(&body).send().await,
                400,
                "FILE_NOT_FOUND".to_owned(),
            )
        }
    };
    let text = answer.text();
    let strangers = [
        own.stranger,
        other.number.trim_start_matches("+1"),
        &other.contact,
        &other.fax,
        &other.list,
    ];
    let told = strangers.iter().find(|secret| text.contains(*secret));
    let is_right = answer.status == status && text.contains(&wanted) && told.is_none();
    (!is_right).then(|| {
        format!(
            "{what} of {marker}, request {n}: {} {told:?} {text}",
            answer.status
        )
    })
}

async fn ten_thousand_requests_over_two_connections_mix_nothing_up(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        unlimited(settings).with("DATABASE__MAX_CONNECTIONS", "2")
    })
    .await;
    let one_side = side(&gateway, "quarkish", "plainly", "+15557650001").await;
    let other_side = side(&gateway, "plainly", "quarkish", "+15557650002").await;
    let (gateway, sides) = (Arc::new(gateway), Arc::new([one_side, other_side]));
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (gateway, sides, next) = (Arc::clone(&gateway), Arc::clone(&sides), Arc::clone(&next));
        clients.spawn(async move {
            let (mut done, mut wrong) = (0, Vec::new());
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= REQUESTS {
                    return (done, wrong);
                }
                let (own, other) = (&sides[n % 2], &sides[(n + 1) % 2]);
                wrong.extend(one(&gateway, own, other, n).await);
                done += 1;
            }
        });
    }
    let (mut done, mut wrong) = (0, Vec::new());
    while let Some(client) = clients.join_next().await {
        let (some, bad) = client.unwrap();
        done += some;
        wrong.extend(bad);
    }
    assert_eq!(done, REQUESTS);
    assert!(
        wrong.is_empty(),
        "{} of {done} are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(10)].join("\n")
    );
}
