//! A broadcast from its draft to its end.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{Desk, numbers};

on_both_databases![
    a_broadcast_goes_to_everybody_once,
    whoever_may_not_be_faxed_is_skipped_with_the_reason,
    a_campaign_is_a_broadcast,
    a_broadcast_that_cannot_be_made_leaves_nothing,
    a_broadcast_whose_template_is_gone_is_set_aside,
    a_process_that_is_killed_in_the_middle_loses_and_doubles_nobody,
];

async fn a_broadcast_goes_to_everybody_once(db: TestDb) {
    let desk = Desk::whole(db).await;
    let list = desk
        .tell("POST", "/lists", &json!({"name": "Press"}))
        .await
        .expect(201);
    let list = list["data"]["id"].as_str().unwrap();
    let table = "fax,name,room\n3125550101,Ann,12\n3125550102,Bo,13\n";
    desk.table(&format!("/contacts/import?list={list}"), table)
        .await
        .expect(200);
    let cover =
        json!({"subject": "Recall of room {room}", "to": {"name": "Pharmacist", "phone": "5"}});
    let more = json!({"lists": [list], "numbers": ["+13125550102", "5550002222"], "cover": cover});
    let id = desk.broadcast(more).await;
    let draft = desk.look(&id).await;
    assert_eq!(
        (&draft["status"], &draft["counts"]["waiting"]),
        (&json!("draft"), &json!(3))
    );
    let added = desk
        .table(
            &format!("/broadcasts/{id}/recipients"),
            "fax,name\n3125550103,Cy\nx,y\n",
        )
        .await;
    let added = added.expect(200)["data"].clone();
    assert_eq!(
        (&added["added"], &added["wrong"], &added["total"]),
        (&json!(1), &json!(1), &json!(4))
    );
    let waiting = desk.recipients(&id, "waiting").await;
    // Bo was given as a number first.
    let ann = waiting
        .iter()
        .find(|r| r["number"] == "+13125550101")
        .unwrap();
    let cover = &ann["cover"];
    assert_eq!(cover["subject"], "Recall of room {room}");
    assert_eq!(
        (&cover["to"]["name"], &cover["to"]["phone"]),
        (&json!("Ann"), &json!("5"))
    );
    assert_eq!(
        (&cover["fields"], &cover["values"]),
        (&json!({}), &json!({"room": "12"}))
    );
    let going = desk
        .tell("POST", &format!("/broadcasts/{id}/schedule"), &json!({}))
        .await
        .expect(200);
    assert_eq!(going["data"]["status"], "running");
    desk.tell("POST", &format!("/broadcasts/{id}/schedule"), &json!({}))
        .await
        .refused(409, "BROADCAST_STATE", "running");
    let late = desk
        .table(&format!("/broadcasts/{id}/recipients"), "fax\n3125550109\n")
        .await;
    late.refused(409, "BROADCAST_STATE", "before it starts");
    let three = |b: &Value| b["counts"]["sent"] == 3;
    let sent = desk.until(&id, "three are sent", three).await;
    // The fourth is busy, and waits for its next try.
    assert_eq!(sent["counts"]["total"], 4);
    for recipient in desk.recipients(&id, "sent").await {
        let fax = desk
            .gateway
            .status(&desk.token, recipient["fax"].as_str().unwrap())
            .await;
        assert_eq!(fax["status"], "sent");
        assert_eq!(fax["queue_items"].as_array().unwrap().len(), 1);
        // The cover, and the document's one page.
        assert_eq!(
            (&fax["pages"], &recipient["pages_sent"]),
            (&json!(2), &json!(2))
        );
    }
    assert_eq!(desk.gateway.count(&desk.token).await, 4);
    desk.tell("POST", &format!("/broadcasts/{id}/cancel"), &json!({}))
        .await
        .expect(200);
    let over = desk
        .until(&id, "the fourth is canceled", |b| {
            b["counts"]["canceled"] == 1
        })
        .await;
    assert_eq!(over["status"], "canceled");
    let results = desk.get(&format!("/broadcasts/{id}/results.csv")).await;
    let lines: Vec<_> = results.text().lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with("fax_number,name,status,reason,"),
        "{lines:?}"
    );
    let gone = desk
        .tell("DELETE", &format!("/broadcasts/{id}"), &json!({}))
        .await;
    gone.expect(200);
    assert_eq!(desk.gateway.count(&desk.token).await, 4);
}

async fn whoever_may_not_be_faxed_is_skipped_with_the_reason(db: TestDb) {
    let desk = Desk::whole(db).await;
    let listed = [
        "do-not-fax",
        "add",
        "+13125550102",
        "--tenant",
        "default",
        "--reason",
        "asked us to stop",
    ];
    desk.gateway.manage(&listed, "").await;
    // Possible numbers, but one is another country's and one is premium.
    let more = json!({"numbers": ["3125550101", "3125550102", "+442079460000", "9005550123"], "start": true});
    let id = desk.broadcast(more).await;
    let over = desk
        .until(&id, "it is over", |b| b["status"] == "completed")
        .await;
    assert_eq!(
        (&over["counts"]["sent"], &over["counts"]["skipped"]),
        (&json!(1), &json!(3))
    );
    let skipped = desk.recipients(&id, "skipped").await;
    let reasons: Vec<_> = skipped
        .iter()
        .map(|r| r["reason"].as_str().unwrap())
        .collect();
    assert!(
        reasons[0].contains("do-not-fax list: asked us to stop"),
        "{reasons:?}"
    );
    assert!(reasons[1].contains("GB"), "{reasons:?}");
    assert!(skipped.iter().all(|r| r["fax"].is_null()));
}

async fn a_campaign_is_a_broadcast(db: TestDb) {
    let desk = Desk::whole(db).await;
    let filename = desk.gateway.upload(&desk.token, 1).await;
    let body = json!({"name": "Spring", "filename": filename});
    let made = desk.tell("POST", "/campaigns", &body).await.expect(201);
    let id = made["data"]["id"].as_str().unwrap();
    let link = desk
        .tell(
            "POST",
            &format!("/campaigns/{id}/contacts/presign"),
            &json!({}),
        )
        .await;
    let link = link.expect(200)["data"].clone();
    assert_eq!(link["method"], "PUT");
    let path = link["path"].as_str().unwrap();
    assert!(link["url"].as_str().unwrap().ends_with(path));
    let put = |path: &str| {
        let ask = desk
            .gateway
            .ask("PUT", path)
            .header("Content-Type", "text/csv");
        ask.body(b"fax,name\n3125550101,Ann\n").send()
    };
    assert_eq!(put(path).await.expect(200)["data"]["added"], 1);
    let forged = path.replace("sig=", "sig=0");
    put(&forged).await.refused(403, "INVALID_LINK", "");
    let longer = path.replace("exp=", "exp=9");
    put(&longer).await.refused(403, "INVALID_LINK", "");
    let some = json!({"numbers": ["3125550102"]});
    let added = desk
        .tell("POST", &format!("/campaigns/{id}/contacts"), &some)
        .await
        .expect(200);
    assert_eq!(added["data"]["total"], 2);
    let empty = desk
        .tell(
            "POST",
            &format!("/campaigns/{id}/schedule"),
            &json!({"send_at": "soon"}),
        )
        .await;
    empty.refused(400, "INVALID_FIELDS", "send_at");
    let later = json!({"send_at": "2020-01-01T00:00:00Z"});
    desk.tell("POST", &format!("/campaigns/{id}/schedule"), &later)
        .await
        .expect(200);
    desk.until(id, "it is over", |b| b["status"] == "completed")
        .await;
    let campaign = desk.get(&format!("/campaigns/{id}")).await.expect(200)["data"].clone();
    assert_eq!(campaign["counts"]["sent"], 2);
    assert_eq!(
        desk.get("/campaigns").await.expect(200)["data"][0]["id"],
        id
    );
    assert_eq!(
        desk.get("/broadcasts?status=completed").await.expect(200)["data"][0]["id"],
        id
    );
    put(path).await.refused(409, "BROADCAST_STATE", "");
}

async fn a_broadcast_that_cannot_be_made_leaves_nothing(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let filename = desk.gateway.upload(&desk.token, 1).await;
    let try_it = async |body: Value| desk.tell("POST", "/broadcasts", &body).await;
    let name = json!("x");
    try_it(json!({"name": name, "filename": "nothing.pdf", "numbers": ["3125550101"]}))
        .await
        .refused(400, "FILE_NOT_FOUND", "");
    try_it(json!({"name": name, "filename": filename, "from": "+13125550177"}))
        .await
        .refused(400, "UNKNOWN_SENDER", "");
    try_it(json!({"name": name, "filename": filename, "numbers": ["3125550101", "abc"]}))
        .await
        .refused(400, "INVALID_NUMBER", "abc");
    try_it(json!({"name": name, "filename": filename, "lists": ["01a1fca0-1b31-7046-b779-527c653a0e98"]}))
        .await
        .refused(404, "NO_SUCH_LIST", "");
    try_it(json!({"name": name, "filename": filename, "start": true}))
        .await
        .refused(400, "NO_RECIPIENTS", "");
    try_it(json!({"name": name, "filename": filename, "numbers": ["3125550101"], "send_at": "2199-01-01T00:00:00Z"}))
        .await
        .refused(400, "INVALID_SEND_AT", "a year");
    try_it(json!({"name": name, "filename": filename, "cover": {"template": "none"}}))
        .await
        .refused(404, "NO_SUCH_TEMPLATE", "");
    try_it(json!({"name": name, "filename": filename, "cover": {"title": "x"}}))
        .await
        .refused(400, "INVALID_FIELDS", "title");
    try_it(json!({"name": "", "filename": 5, "resolution": "huge"}))
        .await
        .refused(400, "INVALID_FIELDS", "resolution");
    assert_eq!(desk.get("/broadcasts").await.expect(200)["data"], json!([]));
}

async fn a_broadcast_whose_template_is_gone_is_set_aside(db: TestDb) {
    let desk = Desk::whole(db).await;
    let template = json!({"name": "letter"});
    desk.tell("POST", "/covers", &template).await.expect(201);
    let cover = json!({"template": "letter", "subject": "{name}"});
    let id = desk
        .broadcast(json!({"numbers": numbers(60), "cover": cover}))
        .await;
    let gone = desk.tell("DELETE", "/covers/letter", &json!({})).await;
    assert_eq!(gone.status, 204);
    desk.tell("POST", &format!("/broadcasts/{id}/schedule"), &json!({}))
        .await
        .expect(200);
    let aside = desk
        .until(&id, "it is set aside", |b| b["status"] == "paused")
        .await;
    assert!(aside["error"].as_str().unwrap().contains("template"));
    assert_eq!(aside["counts"]["waiting"], 60);
    desk.tell("POST", "/covers", &template).await.expect(201);
    desk.tell("POST", &format!("/broadcasts/{id}/resume"), &json!({}))
        .await
        .expect(200);
    let over = desk
        .until(&id, "it is over", |b| b["status"] == "completed")
        .await;
    assert_eq!(over["counts"]["sent"], 60);
    assert!(over["error"].is_null());
    let sent = desk.recipients(&id, "sent").await;
    assert!(sent.iter().all(|recipient| recipient["pages_sent"] == 2));
}

/// Killed again and again while the faxes are made: in the end each recipient has one fax, and each fax one recipient.
async fn a_process_that_is_killed_in_the_middle_loses_and_doubles_nobody(db: TestDb) {
    let mut desk = Desk::quiet(db).await;
    let all = numbers(3000);
    let id = desk.broadcast(json!({"numbers": all, "start": true})).await;
    for made in [250, 1000, 2000] {
        let so_far = |b: &Value| {
            let counts = &b["counts"];
            counts["total"].as_i64().unwrap() - counts["waiting"].as_i64().unwrap() >= made
        };
        desk.until(&id, "some are made", so_far).await;
        desk.gateway.kill().await;
        desk.gateway.start_again("all", |settings| settings).await;
    }
    desk.until(&id, "all are made", |b| b["counts"]["queued"] == 3000)
        .await;
    let mut faxes = std::collections::BTreeSet::new();
    for offset in (0..3000).step_by(500) {
        let path = format!("/broadcasts/{id}/recipients?limit=500&offset={offset}");
        for recipient in desk.get(&path).await.expect(200)["data"]
            .as_array()
            .unwrap()
        {
            assert_eq!(recipient["status"], "queued");
            faxes.insert(recipient["fax"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(faxes.len(), 3000);
    assert_eq!(desk.gateway.count(&desk.token).await, 3000);
}
