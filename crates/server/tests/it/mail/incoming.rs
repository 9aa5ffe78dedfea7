//! Faxes that come as mail.

use std::path::{Path, PathBuf};

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use super::post_office::{hand_in, header};
use super::{House, message, nurse};

on_both_databases!(
    a_message_in_the_maildir_becomes_faxes_once,
    whoever_may_not_send_is_refused_and_not_answered,
    a_gateway_killed_between_fax_and_maildir_sends_once,
    the_smtp_intake_answers_when_the_fax_is_committed,
    what_a_tenant_says_of_senders_is_no_other_tenants_matter,
    what_was_attached_and_cannot_be_faxed_is_told,
    whoever_has_sent_enough_waits_and_others_pass,
);

const NURSE: &str = "nurse@clinic.example";
const TO: &str = "5550001111@fax.gateway.example";
const VOUCHED: &str =
    "Authentication-Results: mx.gateway.example; dmarc=pass header.from=clinic.example\r\n";

async fn house(db: TestDb, more: &[(&str, &str)]) -> House {
    let house = House::with(db, |settings| {
        let settings = settings
            .with("MAIL__INTAKE_DOMAIN", "fax.gateway.example")
            .with("MAIL__INTAKE_MAILDIR", "maildir")
            .with("MAIL__INTAKE_LISTEN", "127.0.0.1:0")
            .with("MAIL__INTAKE_VOUCHED_BY", "mx.gateway.example");
        more.iter()
            .fold(settings, |settings, (key, value)| settings.with(key, value))
    })
    .await;
    house.set(&nurse()).await;
    house.confirm("clinic.example", "default").await;
    house
}

/// Delivers a message as a mail server does: whole, into `new`.
fn deliver(house: &House, name: &str, text: &str) -> PathBuf {
    let maildir = house.gateway.folder().join("maildir");
    for folder in ["tmp", "new"] {
        std::fs::create_dir_all(maildir.join(folder)).unwrap();
    }
    std::fs::write(maildir.join("tmp").join(name), text).unwrap();
    std::fs::rename(
        maildir.join("tmp").join(name),
        maildir.join("new").join(name),
    )
    .unwrap();
    maildir
}

async fn is_there(path: &Path) {
    eventually(&format!("{}", path.display()), DEADLINE, async || {
        path.exists().then_some(())
    })
    .await;
}

async fn intake(house: &House) -> Vec<Value> {
    house.list("/api/v1/mail/intake").await
}

async fn a_message_in_the_maildir_becomes_faxes_once(db: TestDb) {
    let house = house(db, &[]).await;
    let text = message(NURSE, TO, "one", VOUCHED, 2);
    let maildir = deliver(&house, "1.a", &text);
    is_there(&maildir.join("processed/1.a")).await;
    // The same once more, by another way: other trace headers.
    deliver(
        &house,
        "2.a",
        &format!("Received: from elsewhere\r\n{text}"),
    );
    is_there(&maildir.join("processed/2.a")).await;
    let list = intake(&house).await;
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(
        (&list[0]["status"], &list[0]["source"]),
        (&json!("accepted"), &json!("maildir"))
    );
    let faxes = list[0]["faxes"].as_array().unwrap().clone();
    assert_eq!(faxes.len(), 2);
    for (fax, pages) in faxes.iter().zip([1, 2]) {
        let body = house
            .gateway
            .until(&house.token, fax.as_str().unwrap(), "sent")
            .await;
        assert_eq!(body["pages"], pages, "{body}");
    }
    assert_eq!(house.gateway.count(&house.token).await, 2);
    // One answer, and a result for each fax.
    let got = house.post.messages(NURSE, 3).await;
    let answer = got
        .iter()
        .find(|got| header(got, "Subject") == "Re: Results")
        .unwrap();
    assert_eq!(header(answer, "In-Reply-To"), "<one@clinic.example>");
    assert_eq!(header(answer, "Auto-Submitted"), "auto-replied");
    assert_eq!(
        got.iter()
            .filter(|got| header(got, "Subject").ends_with("was sent"))
            .count(),
        2
    );
}

async fn whoever_may_not_send_is_refused_and_not_answered(db: TestDb) {
    let house = house(db, &[]).await;
    let set = house
        .set(&json!({
            "intake": {"enabled": true, "needs_token": true},
            "senders": [{"from": "@clinic.example", "user": crate::under_test::USERNAME}],
        }))
        .await;
    let token = set["intake"]["token"].as_str().unwrap().to_owned();
    let shown = house
        .gateway
        .ask("GET", "/api/v1/mail")
        .token(&house.token)
        .send()
        .await
        .expect(200);
    assert_eq!(shown["data"]["intake"]["needs_token"], true);
    assert!(
        shown["data"]["intake"].get("token").is_none(),
        "it is shown once"
    );
    let vouched = VOUCHED;
    let forged = format!(
        "Authentication-Results: mx.gateway.example; dmarc=fail header.from=clinic.example\r\n{vouched}"
    );
    let good = format!("5550001111+{token}@fax.gateway.example");
    let refused = [
        (
            "01.stranger",
            message("x@evil.example", &good, "1", vouched, 1),
        ),
        ("02.forged", message(NURSE, &good, "2", &forged, 1)),
        ("03.unvouched", message(NURSE, &good, "3", "", 1)),
        ("04.tokenless", message(NURSE, TO, "4", vouched, 1)),
        (
            "05.vacation",
            message(
                NURSE,
                &good,
                "5",
                &format!("{vouched}Auto-Submitted: auto-replied\r\n"),
                1,
            ),
        ),
        (
            "06.list",
            message(
                NURSE,
                &good,
                "6",
                &format!("{vouched}List-Id: <l.example>\r\n"),
                1,
            ),
        ),
        (
            "07.bulk",
            message(
                NURSE,
                &good,
                "7",
                &format!("{vouched}Precedence: bulk\r\n"),
                1,
            ),
        ),
        (
            "08.elsewhere",
            message(NURSE, "5550001111@other.example", "8", vouched, 1),
        ),
        ("09.nonsense", "no message at all".to_owned()),
    ];
    for (name, text) in &refused {
        let maildir = deliver(&house, name, text);
        is_there(&maildir.join("refused").join(name)).await;
    }
    assert_eq!(house.gateway.count(&house.token).await, 0);
    assert_eq!(intake(&house).await, Vec::<Value>::new());
    // Known, vouched for, with the token, and still nothing to fax: that is told.
    let maildir = deliver(&house, "20.empty", &message(NURSE, &good, "20", vouched, 0));
    is_there(&maildir.join("refused/20.empty")).await;
    let got = house.post.message(NURSE).await;
    assert!(
        got["text"]
            .as_str()
            .unwrap()
            .contains("no document attached"),
        "{got}"
    );
    assert_eq!(intake(&house).await[0]["status"], "refused");
    let maildir = deliver(&house, "21.good", &message(NURSE, &good, "21", vouched, 1));
    is_there(&maildir.join("processed/21.good")).await;
    let subject = format!("{vouched}X-Original-To: {TO}\r\n");
    let text = message(NURSE, "office@clinic.example", "22", &subject, 1)
        .replace("Subject: Results", &format!("Subject: Results [{token}]"));
    let maildir = deliver(&house, "22.good", &text);
    is_there(&maildir.join("processed/22.good")).await;
    assert_eq!(house.gateway.count(&house.token).await, 2);
    assert!(house.post.of("message", "x@evil.example").is_empty());
}

async fn a_gateway_killed_between_fax_and_maildir_sends_once(db: TestDb) {
    let mut house = house(db, &[("TEST_FAILPOINT", "mail_faxed")]).await;
    let maildir = deliver(&house, "1.a", &message(NURSE, TO, "one", VOUCHED, 2));
    house
        .gateway
        .start_again("all", |settings| settings.without("TEST_FAILPOINT"))
        .await;
    is_there(&maildir.join("processed/1.a")).await;
    assert_eq!(house.gateway.count(&house.token).await, 2);
    let list = intake(&house).await;
    assert_eq!(list[0]["faxes"].as_array().unwrap().len(), 2);
    assert_eq!(list[0]["status"], "accepted");
}

async fn the_smtp_intake_answers_when_the_fax_is_committed(db: TestDb) {
    let house = house(db, &[]).await;
    let log = house.gateway.log().join("\n");
    let port = log.split("\"intake\":\"127.0.0.1:").nth(1).unwrap();
    let port: u16 = port.split('"').next().unwrap().parse().unwrap();
    let text = message(NURSE, TO, "one", VOUCHED, 1);
    let default = "5550001111@default.fax.gateway.example";
    let (code, _) = hand_in(port, NURSE, &[default], &text).await;
    assert_eq!(code, 250);
    assert_eq!(house.gateway.count(&house.token).await, 1);
    // The mail server did not hear the answer, and comes again.
    let (code, _) = hand_in(port, NURSE, &[default], &text).await;
    assert_eq!(code, 250);
    assert_eq!(house.gateway.count(&house.token).await, 1);
    for (from, to, text, why) in [
        (
            NURSE,
            "postmaster@fax.gateway.example",
            text.clone(),
            "no fax number",
        ),
        (
            NURSE,
            "5550001111@example.com",
            text.clone(),
            "no fax number",
        ),
        (
            NURSE,
            "5550001111@other.fax.gateway.example",
            text.clone(),
            "may not send",
        ),
        (
            "x@evil.example",
            TO,
            message("x@evil.example", TO, "2", "", 1),
            "no tenant's confirmed domain",
        ),
        ("", TO, message(NURSE, TO, "3", VOUCHED, 1), "bounces"),
        (
            NURSE,
            TO,
            message(NURSE, TO, "4", VOUCHED, 0),
            "no document",
        ),
    ] {
        let (code, said) = hand_in(port, from, &[to], &text).await;
        assert_eq!(code, 550, "{to}: {said}");
        assert!(said.contains(why), "{to}: {said}");
    }
    assert_eq!(house.gateway.count(&house.token).await, 1);
}

async fn what_a_tenant_says_of_senders_is_no_other_tenants_matter(db: TestDb) {
    let house = house(db, &[]).await;
    house.gateway.another_tenant("other", "+15557770000").await;
    let other = house.gateway.member("other", "other-admin", "admin").await;
    let all = json!({
        "intake": {"enabled": true},
        "senders": [
            {"from": NURSE, "user": "other-admin"},
            {"from": "@clinic.example", "user": "other-admin"},
        ],
    });
    let ask = house.gateway.ask("PUT", "/api/v1/mail").token(&other);
    ask.json(&all).send().await.expect(200);
    let refused = [
        "mail",
        "domain",
        "add",
        "clinic.example",
        "--tenant",
        "other",
    ];
    let said = house.gateway.refuses(&refused).await;
    assert!(said.contains("another tenant's"), "{said}");
    // The nurse's mail is her own tenant's, as before.
    let maildir = deliver(&house, "1.nurse", &message(NURSE, TO, "1", VOUCHED, 1));
    is_there(&maildir.join("processed/1.nurse")).await;
    // One whom her tenant has not listed sends for nobody, unless he names a tenant that lists him.
    let doctor = "doctor@clinic.example";
    deliver(&house, "2.doctor", &message(doctor, TO, "2", VOUCHED, 1));
    is_there(&maildir.join("refused/2.doctor")).await;
    assert_eq!(house.gateway.count(&house.token).await, 1);
    assert_eq!(house.gateway.count(&other).await, 0);
    let named = "5550001111@other.fax.gateway.example";
    deliver(&house, "3.doctor", &message(doctor, named, "3", VOUCHED, 1));
    is_there(&maildir.join("processed/3.doctor")).await;
    assert_eq!(house.gateway.count(&house.token).await, 1);
    assert_eq!(house.gateway.count(&other).await, 1);
    let settings = house.gateway.ask("GET", "/api/v1/mail").token(&house.token);
    let settings = settings.send().await.expect(200);
    let intake = &settings["data"]["intake"];
    assert_eq!(intake["confirmed_domains"], json!(["clinic.example"]));
    assert_eq!(intake["vouched_by"], "mx.gateway.example");
    // Without a confirmed domain an address has to name its tenant.
    let withdraw = [
        "mail",
        "domain",
        "remove",
        "clinic.example",
        "--tenant",
        "default",
    ];
    house.gateway.manage(&withdraw, "").await;
    deliver(&house, "4.nurse", &message(NURSE, TO, "4", VOUCHED, 1));
    is_there(&maildir.join("refused/4.nurse")).await;
}

async fn what_was_attached_and_cannot_be_faxed_is_told(db: TestDb) {
    let house = house(db, &[]).await;
    let addendum = "--b\r\nContent-Type: text/plain\r\n\
                    Content-Disposition: attachment; filename=\"addendum.txt\"\r\n\r\nNot this dose.\r\n--b--\r\n";
    let text = message(NURSE, TO, "one", VOUCHED, 1).replace("--b--\r\n", addendum);
    let maildir = deliver(&house, "1.a", &text);
    is_there(&maildir.join("refused/1.a")).await;
    let got = house.post.message(NURSE).await;
    assert!(
        got["text"].as_str().unwrap().contains("addendum.txt"),
        "{got}"
    );
    assert_eq!(house.gateway.count(&house.token).await, 0);
}

async fn whoever_has_sent_enough_waits_and_others_pass(db: TestDb) {
    let house = house(db, &[("RATE_LIMITS__SEND", "1")]).await;
    let maildir = deliver(&house, "1.a", &message(NURSE, TO, "1", VOUCHED, 1));
    is_there(&maildir.join("processed/1.a")).await;
    for n in 10..70 {
        let text = message(NURSE, TO, &n.to_string(), VOUCHED, 1);
        deliver(&house, &format!("{n}.a"), &text);
    }
    // So many rest that one look is full of them; what comes behind them is looked at all the same.
    deliver(
        &house,
        "99.stranger",
        &message("x@evil.example", TO, "99", "", 1),
    );
    is_there(&maildir.join("refused/99.stranger")).await;
    assert!(maildir.join("new/10.a").exists());
    assert_eq!(house.gateway.count(&house.token).await, 1);
    // What waited for days is told.
    let old = maildir.join("tmp/0.old");
    std::fs::write(&old, message(NURSE, TO, "old", VOUCHED, 1)).unwrap();
    let file = std::fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    std::fs::rename(&old, maildir.join("new/0.old")).unwrap();
    is_there(&maildir.join("refused/0.old")).await;
    let got = house.post.messages(NURSE, 2).await;
    let told = |got: &Value| got["text"].as_str().unwrap().contains("within an hour");
    assert!(got.iter().any(told), "{got:?}");
}
