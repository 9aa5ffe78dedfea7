//! Notices: who gets which, how they look, and what becomes of them.

use faxgate_test_support::{Raw, TestDb, on_both_databases};
use serde_json::json;

use super::House;
use super::post_office::header;
use crate::under_test::{DID, USERNAME, form, tiff};
use crate::webhooks::{Receiver, to_this_machine};

on_both_databases!(
    everybody_who_is_to_know_is_told_how_a_fax_ended,
    a_fax_that_came_in_is_told_of_whatever_it_calls_itself,
    a_link_ends_with_its_faxs_pages,
    a_notice_by_number_goes_out_however_the_carrier_writes_it,
    a_broadcast_is_told_of_once,
    a_webhook_endpoint_that_is_disabled_is_told_of_by_mail,
    a_killed_gateway_loses_no_notice_and_repeats_one_under_its_id,
    the_job_apis_address_is_told_of_that_fax,
    only_administrators_see_and_change_mail,
);

const ARRIVES: &str = "5550001111";

async fn everybody_who_is_to_know_is_told_how_a_fax_ended(db: TestDb) {
    let house = House::open(db).await;
    let to = [
        "desk@clinic.example",
        "grey@clinic.example",
        "gone@clinic.example",
        "hang@clinic.example",
        "rule@clinic.example",
        "small@clinic.example",
    ];
    house
        .set(&json!({
            "branding": {"name": "Şişli \"Clinic\" <b>", "reply_to": "office@clinic.example", "colour": "#aa0000", "footer": "Second floor"},
            "results": {"to": to, "document": "attach"},
        }))
        .await;
    let fax = house.gateway.fax(&house.token, ARRIVES).await;
    let got = house.post.message("desk@clinic.example").await;
    assert_eq!(got["mail_from"], "fax@gateway.example");
    assert_eq!(
        header(&got, "Subject"),
        format!("Fax to {ARRIVES} was sent")
    );
    assert_eq!(
        header(&got, "From"),
        "\"Şişli \\\"Clinic\\\" <b>\" <fax@gateway.example>"
    );
    assert_eq!(header(&got, "Reply-To"), "office@clinic.example");
    assert_eq!(header(&got, "Auto-Submitted"), "auto-generated");
    assert_eq!(got["defects"], json!([]));
    for text in [&got["text"], &got["html"]] {
        let text = text.as_str().unwrap();
        assert!(
            text.contains(&fax) && text.contains("Second floor"),
            "{text}"
        );
    }
    let html = got["html"].as_str().unwrap();
    assert!(
        html.contains("&lt;b&gt;") && html.contains("#aa0000"),
        "{html}"
    );
    assert_eq!(got["attachments"][0]["name"], format!("fax-{fax}.pdf"));
    assert_eq!(got["attachments"][0]["begins"], "%PDF-");

    let sent = house.outbox("desk@clinic.example", "sent").await;
    assert_eq!(
        (&sent["tries"], &sent["kind"], &sent["fax"]),
        (&json!(1), &json!("fax.sent"), &json!(fax))
    );
    assert!(header(&got, "Message-ID").contains(sent["id"].as_str().unwrap()));
    // Refused for now, and taken the second time.
    let sent = house.outbox("grey@clinic.example", "sent").await;
    assert_eq!(sent["tries"], 2);
    assert_eq!(house.post.of("greylisted", "grey@clinic.example").len(), 1);
    // The server did not let us send to it, which somebody has set right meanwhile.
    let sent = house.outbox("rule@clinic.example", "sent").await;
    assert_eq!(sent["tries"], 2);
    assert_eq!(house.post.of("barred", "rule@clinic.example").len(), 1);
    // Too large with the document: at once again, with a link.
    let sent = house.outbox("small@clinic.example", "sent").await;
    assert_eq!(sent["tries"], 1);
    assert_eq!(house.post.of("too_large", "small@clinic.example").len(), 1);
    let small = house.post.message("small@clinic.example").await;
    assert_eq!(small["attachments"], json!([]));
    assert!(small["text"].as_str().unwrap().contains("/api/fax/shared/"));
    // Refused for good: the reason is kept, and nothing more is tried.
    let failed = house.outbox("gone@clinic.example", "failed").await;
    let again = |since| {
        let gateway = &house.gateway;
        async move {
            let arguments = [
                "mail",
                "retry",
                "--failed-since",
                since,
                "--tenant",
                "default",
            ];
            gateway.manage(&arguments, "").await
        }
    };
    assert_eq!(again("2100-01-01T00:00:00Z").await, "0");
    assert_eq!(failed["tries"], 1);
    assert!(
        failed["answer"]
            .as_str()
            .unwrap()
            .contains("no such mailbox here"),
        "{failed}"
    );
    // A server that hangs holds nobody up, and is tried again.
    house.post.message("grey@clinic.example").await;
    let retry = format!(
        "/api/v1/mail/outbox/{}/retry",
        failed["id"].as_str().unwrap()
    );
    house
        .gateway
        .ask("POST", &retry)
        .token(&house.token)
        .send()
        .await
        .expect(202);
    faxgate_test_support::eventually(
        "it hangs twice",
        faxgate_test_support::DEADLINE,
        async || (house.post.of("hanging", "hang@clinic.example").len() >= 2).then_some(()),
    )
    .await;
    faxgate_test_support::eventually(
        "it is refused again",
        faxgate_test_support::DEADLINE,
        async || (house.post.of("refused", "gone@clinic.example").len() >= 2).then_some(()),
    )
    .await;
    house.outbox("gone@clinic.example", "failed").await;
    assert_eq!(again("2000-01-01T00:00:00Z").await, "1");
    faxgate_test_support::eventually(
        "it is refused a third time",
        faxgate_test_support::DEADLINE,
        async || (house.post.of("refused", "gone@clinic.example").len() >= 3).then_some(()),
    )
    .await;
}

async fn a_fax_that_came_in_is_told_of_whatever_it_calls_itself(db: TestDb) {
    let house = House::open(db).await;
    let number = format!("+1{DID}");
    house
        .set(&json!({
            "inbound": {"by_number": {number.as_str(): ["front@clinic.example"]}, "to": ["all@clinic.example"], "document": "link"},
        }))
        .await;
    let notice = json!({
        "event": "fax.received", "uuid": "b1c34c5e-91b2-4a1b-9f3a-000000000001",
        "from": "+15559990000\r\nBcc: victim@evil.example", "to": number, "pages": 1, "success": true,
        "remote_station_id": "EVIL\r\nBcc: victim@evil.example\r\n\r\n<script>",
    });
    let body = form(&[
        ("name=\"payload\"", notice.to_string().as_bytes()),
        ("name=\"file\"; filename=\"fax.tif\"", &tiff(1)),
    ]);
    let posted = house.gateway.ask("POST", "/api/fax/webhook/inbound/");
    let posted = posted
        .header("Content-Type", "multipart/form-data; boundary=boundary")
        .signed(&body)
        .send()
        .await;
    assert!(posted.status < 300, "{posted:?}");
    for to in ["front@clinic.example", "all@clinic.example"] {
        let got = house.post.message(to).await;
        assert_eq!(header(&got, "Bcc"), "");
        assert!(
            header(&got, "Subject").starts_with("New fax from +15559990000"),
            "{got}"
        );
        assert!(!got["html"].as_str().unwrap().contains("<script>"), "{got}");
        assert_eq!(got["attachments"], json!([]));
    }
    let got = house.post.message("all@clinic.example").await;
    let text = got["text"].as_str().unwrap();
    let link = text
        .lines()
        .find(|line| line.starts_with("https://fax.gateway.example/"))
        .unwrap();
    let path = link
        .trim()
        .strip_prefix("https://fax.gateway.example")
        .unwrap();
    let opened = house.gateway.ask("GET", path).send().await;
    assert_eq!(
        (opened.status, opened.header("Content-Type")),
        (200, "application/pdf")
    );
    assert!(opened.body.starts_with(b"%PDF-"));
    // Nobody reads a page without a trace.
    let log = house.list("/api/v1/audit?action=fax.document.read").await;
    assert_eq!(log.len(), 1, "{log:?}");
    assert_eq!(log[0]["actor"]["kind"], "link", "{log:?}");
    let forged = path.replace("expires=", "expires=9");
    house
        .gateway
        .ask("GET", &forged)
        .send()
        .await
        .refused(404, "NOT_FOUND", "nothing here");
    assert!(house.post.of("message", "victim@evil.example").is_empty());
}

async fn a_link_ends_with_its_faxs_pages(db: TestDb) {
    let raw = Raw::of(&db);
    let house = House::open(db).await;
    let to = ["desk@clinic.example"];
    house
        .set(&json!({"results": {"to": to, "document": "link"}}))
        .await;
    let fax = house.gateway.fax(&house.token, ARRIVES).await;
    let got = house.post.message(to[0]).await;
    let text = got["text"].as_str().unwrap();
    let link = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("https://fax.gateway.example"))
        .unwrap();
    let opened = house.gateway.ask("GET", link).send().await;
    assert_eq!(opened.status, 200);
    // Its own time is over, while another fax has the same pages still.
    raw.execute(&format!(
        "UPDATE faxes SET removed_at = '2020-01-01T00:00:00.000000Z' WHERE id = '{fax}'"
    ))
    .await;
    let answer = house.gateway.ask("GET", link).send().await;
    answer.refused(404, "NOT_FOUND", "nothing here");
}

async fn a_notice_by_number_goes_out_however_the_carrier_writes_it(db: TestDb) {
    let house = House::open(db).await;
    let number = format!("+1{DID}");
    house
        .set(&json!({"inbound": {"by_number": {number.as_str(): ["front@clinic.example"]}, "document": "none"}}))
        .await;
    for (n, to) in [number.clone(), format!("1{DID}"), DID.to_owned()]
        .iter()
        .enumerate()
    {
        let notice = json!({
            "event": "fax.received", "uuid": format!("b1c34c5e-91b2-4a1b-9f3a-00000000001{n}"),
            "from": "+15559990000", "to": to, "pages": 1, "success": true,
        });
        let body = form(&[
            ("name=\"payload\"", notice.to_string().as_bytes()),
            ("name=\"file\"; filename=\"fax.tif\"", &tiff(1)),
        ]);
        let posted = house.gateway.ask("POST", "/api/fax/webhook/inbound/");
        let posted = posted
            .header("Content-Type", "multipart/form-data; boundary=boundary")
            .signed(&body)
            .send()
            .await;
        assert!(posted.status < 300, "{posted:?}");
        house.post.messages("front@clinic.example", n + 1).await;
    }
}

async fn a_broadcast_is_told_of_once(db: TestDb) {
    let house = House::open(db).await;
    let to = "desk@clinic.example";
    house.set(&json!({"results": {"to": [to]}})).await;
    let filename = house.gateway.upload(&house.token, 1).await;
    let body = json!({
        "name": "Recall", "filename": filename, "from": DID, "start": true,
        "numbers": ["5550001111", "5550001112"],
    });
    let ask = house.gateway.ask("POST", "/api/v1/broadcasts");
    ask.token(&house.token).json(&body).send().await.expect(201);
    let got = house.post.message(to).await;
    assert_eq!(header(&got, "Subject"), "Broadcast Recall is complete");
    assert!(got["text"].as_str().unwrap().contains("2 sent"), "{got}");
    assert_eq!(house.list("/api/v1/mail/outbox").await.len(), 1);
}

async fn a_webhook_endpoint_that_is_disabled_is_told_of_by_mail(db: TestDb) {
    let house = House::with(db, to_this_machine).await;
    let receiver = Receiver::start().await;
    receiver.answers("/gone", 410);
    house
        .set(&json!({"results": {"to": ["desk@clinic.example"]}, "alerts": {"to": ["boss@clinic.example"]}}))
        .await;
    let endpoint = json!({"url": receiver.url("/gone"), "event_types": ["number.*"]});
    let ask = house.gateway.ask("POST", "/api/v1/webhooks");
    let ask = ask.token(&house.token).json(&endpoint);
    ask.send().await.expect(201);
    let ask = house
        .gateway
        .ask("PATCH", &format!("/api/v1/numbers/{DID}"));
    let change = json!({"header_text": "Changed"});
    ask.token(&house.token)
        .json(&change)
        .send()
        .await
        .expect(200);
    let got = house.post.message("boss@clinic.example").await;
    assert_eq!(header(&got, "Subject"), "A webhook endpoint is disabled");
    let text = got["text"].as_str().unwrap();
    assert!(
        text.contains(&receiver.url("/gone")) && text.contains("410 Gone"),
        "{text}"
    );
    let entry = house.outbox("boss@clinic.example", "sent").await;
    assert_eq!(
        (&entry["kind"], &entry["fax"]),
        (&json!("webhook.disabled"), &json!(null))
    );
    assert!(house.post.of("message", "desk@clinic.example").is_empty());
}

async fn a_killed_gateway_loses_no_notice_and_repeats_one_under_its_id(db: TestDb) {
    let mut house = House::with(db, |settings| {
        settings.with("TEST_FAILPOINT", "mail_followed")
    })
    .await;
    house
        .set(&json!({"results": {"to": ["desk@clinic.example"]}}))
        .await;
    house.gateway.fax(&house.token, ARRIVES).await;
    // It died when the outbox was committed, and nothing was sent.
    house
        .gateway
        .start_again("all", |settings| {
            settings.with("TEST_FAILPOINT", "mail_sent")
        })
        .await;
    // It dies when the mail server has taken it, and nobody wrote that down.
    house.post.message("desk@clinic.example").await;
    house
        .gateway
        .start_again("all", |settings| settings.without("TEST_FAILPOINT"))
        .await;
    let got = house.post.messages("desk@clinic.example", 2).await;
    assert_eq!(header(&got[0], "Message-ID"), header(&got[1], "Message-ID"));
    house.outbox("desk@clinic.example", "sent").await;
    assert_eq!(house.post.of("message", "desk@clinic.example").len(), 2);
}

async fn the_job_apis_address_is_told_of_that_fax(db: TestDb) {
    let house = House::open(db).await;
    let filename = house.gateway.upload(&house.token, 1).await;
    let (id, _) = filename.split_once('.').unwrap();
    let job = json!({
        "document_upload_id": id, "destination_fax": ARRIVES, "notification_email": "caller@clinic.example",
    });
    let created = house
        .gateway
        .ask("POST", "/v1/fax/jobs")
        .token(&house.token)
        .json(&job)
        .send()
        .await;
    let created = created.expect(201);
    let got = house.post.message("caller@clinic.example").await;
    let text = got["text"].as_str().unwrap();
    assert!(
        text.contains(created["fax_job_id"].as_str().unwrap()),
        "{text}"
    );
}

async fn only_administrators_see_and_change_mail(db: TestDb) {
    let house = House::open(db).await;
    let member = house.gateway.member("default", "member", "member").await;
    for (method, path) in [
        ("GET", "/api/v1/mail"),
        ("GET", "/api/v1/mail/outbox"),
        ("GET", "/api/v1/mail/intake"),
    ] {
        let answer = house.gateway.ask(method, path).token(&member).send().await;
        answer.refused(403, "ROLE_FORBIDDEN", "administrator");
    }
    for (wrong, field) in [
        (json!({"results": {"to": ["a\r\n@b.example"]}}), "results"),
        (
            json!({"inbound": {"by_number": {"+15550009999": []}}}),
            "inbound",
        ),
        (json!({"branding": {"colour": "red;}"}}), "branding"),
        (json!({"branding": {"name": "a\nb"}}), "branding"),
        (
            json!({"branding": {"logo_url": "javascript:alert(1)"}}),
            "branding",
        ),
        (
            json!({"senders": [{"from": "everybody", "user": USERNAME}]}),
            "senders",
        ),
        (
            json!({"senders": [{"from": "@b.example", "user": "nobody"}]}),
            "senders",
        ),
        // No server vouches for senders here.
        (json!({"intake": {"enabled": true}}), "intake"),
        (json!({"alerts": {"to": ["nobody"]}}), "alerts"),
        (json!({"nonsense": 1}), "body"),
    ] {
        let ask = house.gateway.ask("PUT", "/api/v1/mail").token(&house.token);
        let answer = ask.json(&wrong).send().await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(
            answer.json()["error"]["details"][field].is_array(),
            "{wrong}: {}",
            answer.text()
        );
    }
    let test = house
        .gateway
        .ask("POST", "/api/v1/mail/test")
        .token(&house.token);
    test.json(&json!({"to": "tester@clinic.example"}))
        .send()
        .await
        .expect(202);
    let got = house.post.message("tester@clinic.example").await;
    assert_eq!(header(&got, "Subject"), "Test of fax notices");
    let printed = house
        .gateway
        .manage(&["mail", "outbox", "--tenant", "default"], "")
        .await;
    assert!(printed.contains("tester@clinic.example"), "{printed}");
    house.gateway.another_tenant("other", "+15557770000").await;
    let shown = house
        .gateway
        .manage(&["mail", "outbox", "--tenant", "other"], "")
        .await;
    assert_eq!(shown, "");
}
