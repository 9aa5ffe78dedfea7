//! Rate limits

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faxgate_test_support::{DEADLINE, Kind, TestDb, eventually, on_both_databases, run};
use serde_json::json;

use crate::under_test::{
    Answer, Ask, CDR_PASSWORD, CDR_USERNAME, Gateway, PASSWORD, Settings, USERNAME,
};

on_both_databases![
    every_answer_tells_where_the_caller_stands,
    a_used_up_quota_is_429_for_that_user_and_endpoint_alone,
    a_quota_of_zero_is_no_limit,
    logins_are_limited_by_address,
    behind_a_trusted_proxy_the_address_is_that_of_whoever_asks,
    nobodys_quota_is_untouched,
    a_tenants_own_quotas_hold_for_each_of_its_users,
    notices_without_a_good_signature_use_their_addresss_quota_up,
];

fn standing(answer: &Answer) -> (i64, i64) {
    (
        answer.number("X-RateLimit-Limit"),
        answer.number("X-RateLimit-Remaining"),
    )
}

fn now() -> i64 {
    use faxgate_types::Clock as _;
    faxgate_types::SystemClock.now().unix_seconds()
}

async fn every_answer_tells_where_the_caller_stands(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let nothing = "3bca1e12-f50e-4bc2-a667-c67956c051b0";
    for (method, path, status, limit) in [
        ("POST", "/api/fax/send/".to_owned(), 400, 100),
        ("POST", "/api/fax/upload/".to_owned(), 400, 50),
        ("GET", format!("/api/fax/status/{nothing}/"), 404, 1000),
        ("GET", "/api/fax/list/".to_owned(), 200, 500),
        ("POST", format!("/api/fax/cancel/{nothing}/"), 404, 1000),
        ("GET", format!("/api/fax/document/{nothing}/"), 404, 1000),
    ] {
        for used in 1..=2 {
            let before = now();
            let answer = gateway.ask(method, &path).token(&token).send().await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(standing(&answer), (limit, limit - used), "{path}");
            let full_again = answer.number("X-RateLimit-Reset");
            assert!(
                (before..=now() + (used * 3600 + limit - 1) / limit + 1).contains(&full_again),
                "{path}: {full_again}"
            );
        }
    }
    // A tenant that is not the caller's: known who, so it counts.
    let answer = gateway
        .ask("GET", "/api/fax/list/")
        .token(&token)
        .header("X-Tenant-ID", "foreign")
        .send()
        .await;
    assert_eq!((answer.status, standing(&answer)), (403, (500, 497)));
}

async fn a_used_up_quota_is_429_for_that_user_and_endpoint_alone(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| {
        s.with("RATE_LIMITS__LIST", "2")
            .with("RATE_LIMITS__SEND", "1")
    })
    .await;
    let token = gateway.sign_in().await;
    let list = || gateway.ask("GET", "/api/fax/list/").token(&token);
    assert_eq!(standing(&list().send().await), (2, 1));
    assert_eq!(standing(&list().send().await), (2, 0));
    let mut waits = Vec::new();
    for _ in 0..3 {
        let answer = list().send().await;
        answer.refused(429, "RATE_LIMITED", "try again in");
        assert_eq!(standing(&answer), (2, 0));
        waits.push(answer.number("Retry-After"));
        assert!(answer.number("X-RateLimit-Reset") > now() + 1800);
    }
    // Refusals do not count: the wait does not grow.
    assert!(
        waits.iter().all(|wait| (1..=1800).contains(wait)),
        "{waits:?}"
    );
    assert!(
        waits.is_sorted_by(|earlier, later| earlier >= later),
        "{waits:?}"
    );

    let member = gateway.member("default", "member", "member").await;
    assert_eq!(
        standing(
            &gateway
                .ask("GET", "/api/fax/list/")
                .token(&member)
                .send()
                .await
        ),
        (2, 1)
    );
    let send = || {
        gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .json(&json!({}))
    };
    assert_eq!(send().send().await.status, 400);
    send()
        .send()
        .await
        .refused(429, "RATE_LIMITED", "try again in");
}

async fn a_quota_of_zero_is_no_limit(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__LIST", "0")).await;
    let token = gateway.sign_in().await;
    for _ in 0..20 {
        let answer = gateway
            .ask("GET", "/api/fax/list/")
            .token(&token)
            .send()
            .await;
        answer.expect(200);
        assert_eq!(answer.header("X-RateLimit-Limit"), "");
    }
}

async fn logins_are_limited_by_address(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__LOGIN", "3")).await;
    let login = |password: &str| {
        let body = json!({"username": USERNAME, "password": password});
        gateway.ask("POST", "/api/auth/token/").json(&body)
    };
    for left in [2, 1, 0] {
        let answer = login("guess").send().await;
        answer.refused(401, "INVALID_CREDENTIALS", "");
        assert_eq!(standing(&answer), (3, left));
    }
    // Even the right one has to wait now, and a header cannot make it another address.
    let answer = login(PASSWORD)
        .header("X-Forwarded-For", "192.0.2.7")
        .send()
        .await;
    answer.refused(429, "RATE_LIMITED", "try again in");
    assert!((1..=20).contains(&answer.number("Retry-After")));
}

async fn behind_a_trusted_proxy_the_address_is_that_of_whoever_asks(db: TestDb) {
    let mut gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("RATE_LIMITS__LOGIN", "1")
            .with("SERVER__TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")
    })
    .await;
    for trusted in [true, false] {
        if !trusted {
            gateway.kill().await;
            let without = |settings: Settings| settings.without("SERVER__TRUSTED_PROXIES");
            gateway.start_again("api", without).await;
        }
        let log_in = |header: &str, told: &str| {
            let shown = json!({"username": USERNAME, "password": PASSWORD});
            let ask = gateway.ask("POST", "/auth/login").header(header, told);
            ask.json(&shown).send()
        };
        let one = log_in("X-Forwarded-For", "192.0.2.1").await.expect(200);
        // Whatever they wrote into it themselves.
        for told in [
            "192.0.2.1",
            "192.0.2.77, 192.0.2.1",
            "192.0.2.77, 192.0.2.1, 10.0.0.3",
        ] {
            let second = log_in("X-Forwarded-For", told).await;
            assert_eq!(second.status, 429, "{}", second.text());
        }
        let other = log_in("Forwarded", "for=192.0.2.2;proto=https").await;
        assert_eq!(other.status, if trusted { 200 } else { 429 });
        let token = one["access_token"].as_str().unwrap();
        let sessions = gateway.ask("GET", "/api/v1/auth/sessions").token(token);
        let sessions = sessions.send().await.expect(200);
        let sessions = sessions["data"].as_array().unwrap();
        let from = if trusted { "192.0.2.1" } else { "127.0.0.1" };
        assert!(
            sessions.iter().any(|s| s["address"] == from),
            "{sessions:?}"
        );
        if trusted {
            let audit = gateway.ask("GET", "/api/v1/audit?action=user.logged_in");
            let audit = audit.token(token).send().await.expect(200);
            assert!(audit.to_string().contains("192.0.2.2"), "{audit}");
        }
    }
}

async fn nobodys_quota_is_untouched(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for (method, path, limit) in [
        ("GET", "/api/fax/list/", 500),
        ("POST", "/api/fax/send/", 100),
        ("GET", "/api/v1/numbers", 1000),
    ] {
        for _ in 0..2 {
            let nobody = gateway.ask(method, path).token("wrong").send().await;
            assert_eq!((nobody.status, standing(&nobody)), (401, (limit, limit)));
        }
    }
}

async fn a_tenants_own_quotas_hold_for_each_of_its_users(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let ours = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", "5557654321").await;
    let other = gateway.member("clinic", "other", "read-only").await;
    let list = async |token: &str| {
        gateway
            .ask("GET", "/api/fax/list/")
            .token(token)
            .send()
            .await
    };
    assert_eq!(standing(&list(&theirs).await), (500, 499));
    let set = ["tenant", "set", "clinic", "--rate-limit", "list=2"];
    let set = [&set[..], &["--rate-limit", "status=0"]].concat();
    let shown = gateway.manage(&set, "").await;
    assert!(shown.contains("requests list\t2 an hour and user\n"));
    assert!(shown.contains("requests status\tno limit\n"));
    for token in [&theirs, &other] {
        assert_eq!(standing(&list(token).await), (2, 1));
        assert_eq!(standing(&list(token).await), (2, 0));
        list(token)
            .await
            .refused(429, "RATE_LIMITED", "try again in");
    }
    // None at all for one endpoint, and nothing of it for another tenant.
    let nothing = "/api/fax/status/3bca1e12-f50e-4bc2-a667-c67956c051b0/";
    let unlimited = gateway.ask("GET", nothing).token(&theirs).send().await;
    assert_eq!(
        (unlimited.status, unlimited.header("X-RateLimit-Limit")),
        (404, "")
    );
    assert_eq!(standing(&list(&ours).await), (500, 499));
    // A tenant that is not theirs: known who, counted as everybody.
    let ask = gateway.ask("GET", "/api/fax/list/").token(&theirs);
    let foreign = ask.header("X-Tenant-ID", "default").send().await;
    assert_eq!((foreign.status, standing(&foreign)), (403, (500, 498)));
    // A choice is taken away by name, and others stay.
    let set = json!({"rate_limits": {"list": null}});
    let path = "/api/v1/tenants/clinic";
    let ask = gateway.ask("PATCH", path).token(&ours).json(&set);
    let changed = ask.send().await.expect(200);
    assert_eq!(changed["data"]["rate_limits"], json!({"status": 0}));
    assert_eq!(standing(&list(&theirs).await), (500, 497));
}

async fn notices_without_a_good_signature_use_their_addresss_quota_up(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__WEBHOOK", "40")).await;
    let notice = json!({
        "event": "fax.failed", "uuid": "abc123-def456", "from": "+15551234567", "to": "+15559876543",
        "timestamp": "2025-08-24T10:30:00Z",
    });
    let body = notice.to_string();
    let inbound = || gateway.ask("POST", "/api/fax/webhook/inbound/");
    // Whoever comes over a proxy is not this machine.
    let from_afar = |ask: Ask| ask.header("X-Forwarded-For", "192.0.2.7");
    for left in [20, 0] {
        let forged = from_afar(inbound()).header("X-Webhook-Signature", "00");
        let answer = forged.text(&body).send().await;
        assert_eq!((answer.status, standing(&answer)), (401, (40, left)));
    }
    let waits = from_afar(inbound()).signed(body.as_bytes()).send().await;
    waits.refused(429, "RATE_LIMITED", "try again in");
    assert!((1..=60).contains(&waits.number("Retry-After")));
    // Who has shown by a header who it is, and this machine itself, are taken in all the same.
    let record = json!({"variables": {"uuid": "24f6d820-268f-4c39-8aab-ba63dc5cd2e2"}});
    let credentials = format!("{CDR_USERNAME}:{CDR_PASSWORD}");
    let basic = format!("Basic {}", STANDARD.encode(credentials));
    let cdr = || from_afar(gateway.ask("POST", "/api/fax/webhook/cdr/")).json(&record);
    cdr()
        .header("Authorization", &basic)
        .send()
        .await
        .expect(200);
    cdr()
        .send()
        .await
        .refused(429, "RATE_LIMITED", "try again in");
    let answer = inbound().signed(body.as_bytes()).send().await;
    answer.expect(200);
    assert_eq!(answer.header("X-RateLimit-Limit"), "");
}

/// Two gateways that count together.
async fn two(db: TestDb) -> (Gateway, Gateway) {
    let url = db.url().to_owned();
    let first = Gateway::start(db, "api", |s| {
        s.with("RATE_LIMITS__SHARED", "true")
            .with("RATE_LIMITS__LIST", "6")
            .with("NODE__NAME", "one")
    })
    .await;
    let second = Gateway::start(TestDb::empty(Kind::Postgres).await, "api", |s| {
        s.with("DATABASE__URL", &url)
            .with("RATE_LIMITS__SHARED", "true")
            .with("RATE_LIMITS__LIST", "6")
            .with("NODE__NAME", "two")
    })
    .await;
    (first, second)
}

/// Waits until both count in the database, by an endpoint that the test has no other use for.
async fn until_they_count_together(first: &Gateway, second: &Gateway, token: &str) {
    let nothing = "/api/fax/status/3bca1e12-f50e-4bc2-a667-c67956c051b0/";
    let remaining = async |gateway: &Gateway| {
        let answer = gateway.ask("GET", nothing).token(token).send().await;
        answer.number("X-RateLimit-Remaining")
    };
    eventually("the gateways count together", DEADLINE, async || {
        // Each in turn, several times: whoever counts for itself sees only every other of them.
        let mut seen = Vec::new();
        for gateway in [first, second, first, second] {
            seen.push(remaining(gateway).await);
        }
        seen.windows(2)
            .all(|pair| pair[1] == pair[0] - 1)
            .then_some(())
    })
    .await;
}

#[test]
fn gateways_on_one_database_share_a_quota() {
    run(Kind::Postgres, async |db| {
        let (first, second) = two(db).await;
        let token = first.sign_in().await;
        until_they_count_together(&first, &second, &token).await;
        let list = async |gateway: &Gateway| {
            gateway
                .ask("GET", "/api/fax/list/")
                .token(&token)
                .send()
                .await
        };
        for (gateway, left) in [
            (&first, 5),
            (&second, 4),
            (&second, 3),
            (&first, 2),
            (&second, 1),
            (&first, 0),
        ] {
            assert_eq!(standing(&list(gateway).await), (6, left));
        }
        for gateway in [&first, &second] {
            let answer = list(gateway).await;
            answer.refused(429, "RATE_LIMITED", "try again in");
            assert_eq!(standing(&answer), (6, 0));
            assert!((1..=600).contains(&answer.number("Retry-After")));
        }
    });
}

#[test]
fn while_the_database_does_not_count_each_gateway_counts_for_itself() {
    run(Kind::Postgres, async |db| {
        let other = db.another_node();
        let (first, second) = two(db).await;
        let token = first.sign_in().await;
        until_they_count_together(&first, &second, &token).await;
        let list = async |gateway: &Gateway| {
            gateway
                .ask("GET", "/api/fax/list/")
                .token(&token)
                .send()
                .await
        };
        for left in [5, 4] {
            assert_eq!(standing(&list(&first).await), (6, left));
        }
        // Whoever holds all rows keeps the counters from answering.
        let mut holds = other.system("a test").await.unwrap();
        let held = faxgate_db::counters::forget(&mut holds, i64::MAX).await;
        assert!(held.unwrap() > 0);
        // What went through this gateway it knows; of the other one's it knows nothing.
        assert_eq!(standing(&list(&first).await), (6, 3));
        assert_eq!(standing(&list(&second).await), (6, 5));
        drop(holds);
    });
}

#[test]
fn on_sqlite_there_is_nobody_to_share_with_and_the_log_says_so() {
    run(Kind::Sqlite, async |db| {
        let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__SHARED", "true")).await;
        let token = gateway.sign_in().await;
        let answer = gateway
            .ask("GET", "/api/fax/list/")
            .token(&token)
            .send()
            .await;
        assert_eq!(standing(&answer), (500, 499));
        let says = |line: &String| line.contains("rate_limits.shared is set, and changes nothing");
        assert!(gateway.log().iter().any(says));
    });
}
