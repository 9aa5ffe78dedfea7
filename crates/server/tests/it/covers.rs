//! The page before a fax.

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use crate::under_test::{Answer, DID, Gateway};

on_both_databases![
    a_cover_goes_before_its_fax_and_counts_as_a_page,
    a_template_is_made_shown_drawn_and_removed,
    what_is_wrong_with_a_cover_is_named,
    templates_are_their_tenants_and_their_administrators,
];

const COVERS: &str = "/api/v1/covers";
const CLINIC: &str = "5557654321";

async fn ask(gateway: &Gateway, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let ask = gateway.ask(method, path).token(token);
    ask.json(body).send().await
}

async fn send(gateway: &Gateway, token: &str, cover: Value) -> Answer {
    let filename = gateway.upload(token, 2).await;
    let body = json!({"username": DID, "filename": filename, "numbers": CLINIC, "cover": cover});
    ask(gateway, token, "POST", "/api/fax/send/", &body).await
}

async fn a_cover_goes_before_its_fax_and_counts_as_a_page(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", CLINIC).await;
    gateway.until_the_simulator_knows(2).await;
    let said = json!({
        "to": {"name": "Dr. Miller"}, "from": {"name": "Front desk"},
        "subject": "Records of {patient}", "message": "Dear {name},\n\nsee below.", "fields": {"patient": "J. D."},
    });
    for (cover, pages) in [
        (said, 3),
        (json!(true), 3),
        (json!(false), 2),
        (Value::Null, 2),
    ] {
        let sent = send(&gateway, &token, cover.clone()).await.expect(200);
        let uuid = sent["uuid"].as_str().unwrap();
        let body = gateway.until(&token, uuid, "sent").await;
        assert_eq!(body["pages"], pages, "{cover}: {body}");
        let kept = body["cover"].as_object();
        assert_eq!(kept.is_some(), pages == 3, "{body}");
        if let Some(subject) = cover.get("subject") {
            assert_eq!(&body["cover"]["subject"], subject);
        }
        assert_eq!(body["queue_items"][0]["pages_sent"], pages, "{cover}");
    }
    // The far side holds as many.
    let received = eventually("all came in", DEADLINE, async || {
        let list = gateway.ask("GET", "/api/fax/list/?direction=inbound");
        let list = list.token(&theirs).send().await.expect(200);
        (list["count"] == 4).then_some(list["results"].clone())
    })
    .await;
    let pages = received.as_array().unwrap().iter();
    let mut pages: Vec<_> = pages.map(|fax| fax["pages"].as_u64().unwrap()).collect();
    pages.sort_unstable();
    assert_eq!(pages, [2, 2, 3, 3]);
}

async fn a_template_is_made_shown_drawn_and_removed(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    gateway.another_tenant("clinic", CLINIC).await;
    let design = json!({"heading": "Harbour Clinic", "address": ["1 Harbour Street"], "a4": true, "labels": {"to": "An"}});
    let new = json!({"name": "letterhead", "is_default": true, "design": design});
    let added = ask(&gateway, &token, "POST", COVERS, &new)
        .await
        .expect(201)["data"]
        .clone();
    assert_eq!(
        (&added["name"], &added["is_default"], &added["has_logo"]),
        (&json!("letterhead"), &json!(true), &json!(false))
    );
    assert_eq!(added["design"]["labels"]["to"], "An");
    assert_eq!(added["design"]["labels"]["from"], "From");
    let again = ask(&gateway, &token, "POST", COVERS, &new)
        .await
        .expect(409);
    assert_eq!(again["error"]["code"], "TEMPLATE_EXISTS");

    // The newest default is the only one.
    let other = json!({"name": "other", "is_default": true});
    ask(&gateway, &token, "POST", COVERS, &other)
        .await
        .expect(201);
    let list = ask(&gateway, &token, "GET", COVERS, &json!({}))
        .await
        .expect(200);
    let defaults = list["data"].as_array().unwrap().iter();
    let defaults: Vec<_> = defaults
        .map(|t| (t["name"].as_str().unwrap(), t["is_default"] == true))
        .collect();
    assert_eq!(defaults, [("letterhead", false), ("other", true)]);

    let logo = format!("{COVERS}/letterhead/logo");
    let put = async |bytes: &[u8]| {
        gateway
            .ask("PUT", &logo)
            .token(&token)
            .body(bytes)
            .send()
            .await
    };
    let refused = put(b"GIF89a").await.expect(400);
    assert_eq!(refused["error"]["code"], "INVALID_LOGO");
    assert_eq!(put(&jpeg()).await.expect(200)["data"]["has_logo"], true);

    let path = format!("{COVERS}/preview");
    let preview = ask(
        &gateway,
        &token,
        "POST",
        &path,
        &json!({"template": "letterhead", "subject": "x"}),
    )
    .await;
    assert_eq!(
        (preview.status, preview.header("Content-Type")),
        (200, "application/pdf")
    );
    assert!(preview.body.starts_with(b"%PDF"), "{preview:?}");

    let sent = send(&gateway, &token, json!({"template": "other"}))
        .await
        .expect(200);
    let path = format!("{COVERS}/other");
    let gone = gateway.ask("DELETE", &path).token(&token).send().await;
    assert_eq!(gone.status, 204);
    // What was accepted keeps its cover.
    let body = gateway
        .until(&token, sent["uuid"].as_str().unwrap(), "sent")
        .await;
    assert_eq!(body["pages"], 3);
    let missing = ask(&gateway, &token, "GET", &path, &json!({}))
        .await
        .expect(404);
    assert_eq!(missing["error"]["code"], "NO_SUCH_TEMPLATE");
}

/// The head of a grey JPEG; whoever decodes it finds no picture behind, and leaves it out.
fn jpeg() -> Vec<u8> {
    let mut file = vec![
        0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 40, 0, 120, 1, 1, 0x11, 0,
    ];
    file.extend([0xFF, 0xD9]);
    file
}

async fn what_is_wrong_with_a_cover_is_named(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for (cover, field, hint) in [
        (json!("yes"), "cover", "must be true, or an object"),
        (json!({"subject": 5}), "cover", "is wrong"),
        (json!({"colour": "red"}), "cover", "unknown field"),
        (
            json!({"subject": "x".repeat(201)}),
            "cover.subject",
            "at most 200",
        ),
    ] {
        let refused = send(&gateway, &token, cover.clone()).await.expect(400);
        let details = &refused["details"][field][0];
        assert!(
            details.as_str().is_some_and(|text| text.contains(hint)),
            "{cover}: {refused}"
        );
    }
    let refused = send(&gateway, &token, json!({"template": "none"}))
        .await
        .expect(404);
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .contains("no such cover template"),
        "{refused}"
    );
    assert_eq!(gateway.count(&token).await, 0);
    for (new, field) in [
        (json!({}), "name"),
        (json!({"name": "x", "design": {"size": 3}}), "design"),
        (
            json!({"name": "x", "design": {"address": vec!["x"; 9]}}),
            "address",
        ),
    ] {
        let refused = ask(&gateway, &token, "POST", COVERS, &new)
            .await
            .expect(400);
        let details = refused["error"]["details"].as_object().unwrap();
        assert!(details.contains_key(field), "{new}: {refused}");
    }
}

async fn templates_are_their_tenants_and_their_administrators(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let added = ask(&gateway, &token, "POST", COVERS, &json!({"name": "ours"}))
        .await
        .expect(201);
    let id = added["data"]["id"].as_str().unwrap();
    gateway.another_tenant("clinic", CLINIC).await;
    let admin = gateway.member("clinic", "boss", "admin").await;
    for named in [id, "ours"] {
        let path = format!("{COVERS}/{named}");
        for method in ["GET", "PUT", "DELETE"] {
            let body = json!({"name": "theirs"});
            let refused = ask(&gateway, &admin, method, &path, &body)
                .await
                .expect(404);
            assert_eq!(refused["error"]["code"], "NO_SUCH_TEMPLATE", "{method}");
        }
    }
    let member = gateway.member("default", "member", "member").await;
    for (method, path) in [
        ("POST", COVERS.to_owned()),
        ("PUT", format!("{COVERS}/ours")),
        ("DELETE", format!("{COVERS}/ours")),
    ] {
        let refused = ask(&gateway, &member, method, &path, &json!({"name": "more"}))
            .await
            .expect(403);
        assert_eq!(refused["error"]["code"], "ROLE_FORBIDDEN", "{method}");
    }
    ask(&gateway, &member, "GET", COVERS, &json!({}))
        .await
        .expect(200);
}
