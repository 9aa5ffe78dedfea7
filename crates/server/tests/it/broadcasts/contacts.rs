//! The address book.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::Desk;
use crate::under_test::form;

on_both_databases![
    contacts_are_kept_found_changed_and_removed,
    a_number_is_in_the_book_once,
    a_table_comes_in_and_goes_out_again,
    a_table_with_a_wrong_line_may_be_refused_whole,
    lists_have_members,
    another_tenants_book_is_not_there,
];

async fn contacts_are_kept_found_changed_and_removed(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let new = json!({
        "fax_number": "(312) 555-0101", "name": "Ann Lee", "company": "Acme", "email": "ann@example.org", "language": "en",
        "fields": {"room": "12"}, "tags": ["Board", "press"],
    });
    let made = desk.tell("POST", "/contacts", &new).await.expect(201)["data"].clone();
    assert_eq!(made["number"], "+13125550101");
    assert_eq!(made["tags"], json!(["board", "press"]));
    let second = json!({"fax_number": "3125550102", "name": "Bo 100%"});
    desk.tell("POST", "/contacts", &second).await.expect(201);
    for (query, names) in [
        ("", json!(["Ann Lee", "Bo 100%"])),
        ("?q=ACME", json!(["Ann Lee"])),
        ("?q=0102", json!(["Bo 100%"])),
        ("?q=100%25", json!(["Bo 100%"])),
        ("?q=_", json!([])),
        ("?tag=board", json!(["Ann Lee"])),
        ("?tag=boar", json!([])),
        ("?limit=1&offset=1", json!(["Bo 100%"])),
    ] {
        let page = desk.get(&format!("/contacts{query}")).await.expect(200);
        let found: Vec<_> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].clone())
            .collect();
        assert_eq!(json!(found), names, "{query}");
    }
    let path = format!("/contacts/{}", made["id"].as_str().unwrap());
    let changed = desk
        .tell("PATCH", &path, &json!({"company": "Apex", "tags": []}))
        .await
        .expect(200);
    assert_eq!(changed["data"]["company"], "Apex");
    assert_eq!(changed["data"]["name"], "Ann Lee");
    desk.tell("PATCH", &path, &json!({"email": "nobody"}))
        .await
        .refused(400, "INVALID_FIELDS", "email");
    desk.tell("DELETE", &path, &json!({})).await.expect(200);
    desk.get(&path).await.refused(404, "NO_SUCH_CONTACT", "");
    for (wrong, field) in [
        (json!({"name": "x"}), "fax_number"),
        (json!({"fax_number": "abc"}), "number"),
        (
            json!({"fax_number": "3125550103", "name": "x".repeat(501)}),
            "name",
        ),
        (
            json!({"fax_number": "3125550103", "fields": {"a": []}}),
            "fields",
        ),
    ] {
        desk.tell("POST", "/contacts", &wrong)
            .await
            .refused(400, "INVALID_FIELDS", field);
    }
}

async fn a_number_is_in_the_book_once(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let new = |number: &str| json!({"fax_number": number, "name": "Ann"});
    let made = desk
        .tell("POST", "/contacts", &new("+13125550101"))
        .await
        .expect(201);
    let again = desk.tell("POST", "/contacts", &new("312 555 0101")).await;
    again.refused(409, "CONTACT_EXISTS", "once");
    assert_eq!(
        again.json()["error"]["details"]["contact"][0],
        made["data"]["id"]
    );
    let other = desk
        .tell("POST", "/contacts", &new("3125550102"))
        .await
        .expect(201);
    let path = format!("/contacts/{}", other["data"]["id"].as_str().unwrap());
    let taken = json!({"fax_number": "3125550101"});
    desk.tell("PATCH", &path, &taken)
        .await
        .refused(409, "CONTACT_EXISTS", "");
    // The same request is answered alike.
    let ask = || {
        let ask = desk
            .gateway
            .ask("POST", "/api/v1/contacts")
            .token(&desk.token);
        ask.header("X-Idempotency-Key", "key-1")
            .json(&new("3125550103"))
    };
    let first = ask().send().await.expect(201);
    assert_eq!(ask().send().await.expect(201), first);
}

async fn a_table_comes_in_and_goes_out_again(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let list = desk
        .tell("POST", "/lists", &json!({"name": "Pharmacies"}))
        .await
        .expect(201);
    let list = list["data"]["id"].as_str().unwrap();
    let table = "\u{feff}Fax;Name;Firma;Room;Tags\r\n3125550101;Ann;Acme;=1+1;a|b\r\n;nobody;;;\r\n312555;short;;;\r\n\
                 3125550102;@home;;;\r\n(312) 555-0101;;Apex;;c\r\n3125550103;x;y;z;t;too many\r\n";
    let path = format!("/contacts/import?list={list}");
    let dry = desk
        .table(&format!("{path}&dry_run=true"), table)
        .await
        .expect(200)["data"]
        .clone();
    assert_eq!(
        (&dry["created"], &dry["dry_run"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        desk.get("/contacts").await.expect(200)["meta"]["paging"]["total"],
        0
    );
    let taken = desk.table(&path, table).await.expect(200)["data"].clone();
    assert_eq!(taken["lines"], 6);
    assert_eq!(
        (&taken["created"], &taken["repeated"], &taken["wrong"]),
        (&json!(2), &json!(1), &json!(3))
    );
    let lines: Vec<_> = taken["wrong_lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["line"].clone())
        .collect();
    assert_eq!(json!(lines), json!([3, 4, 7]));
    assert_eq!(taken["wrong_lines"][0]["reason"], "has no fax number");
    // What is left empty stays, what is said replaces, tags come together.
    let again = form(&[(
        "name=\"file\"; filename=\"more.csv\"",
        b"fax,room\n3125550101,13\n",
    )]);
    let ask = desk
        .gateway
        .ask("POST", "/api/v1/contacts/import")
        .token(&desk.token)
        .form(&again);
    let merged = ask.send().await.expect(200)["data"].clone();
    assert_eq!(
        (&merged["created"], &merged["updated"]),
        (&json!(0), &json!(1))
    );
    let found = desk.get("/contacts?q=ann").await.expect(200)["data"][0].clone();
    assert_eq!(found["company"], "Apex");
    assert_eq!(found["tags"], json!(["a", "b", "c"]));
    assert_eq!(found["fields"], json!({"Room": "=1+1", "room": "13"}));
    let listed = desk
        .get(&format!("/contacts?list={list}"))
        .await
        .expect(200);
    assert_eq!(listed["meta"]["paging"]["total"], 2);
    // No cell of an export is a formula, and it reads back as it was.
    let export = desk.get("/contacts/export.csv").await;
    assert_eq!(export.header("content-type"), "text/csv; charset=utf-8");
    let text = export.text().to_owned();
    assert!(
        text.contains(",'=1+1,") && text.contains("+13125550102,'@home,"),
        "{text}"
    );
    let back = desk.table("/contacts/import", &text).await.expect(200)["data"].clone();
    assert_eq!((&back["updated"], &back["wrong"]), (&json!(2), &json!(0)));
    assert_eq!(desk.get("/contacts/export.csv").await.text(), text);
}

async fn a_table_with_a_wrong_line_may_be_refused_whole(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let table = "fax,name\n3125550101,Ann\nabc,Bo\n";
    let refused = desk.table("/contacts/import?on_error=refuse", table).await;
    refused.refused(400, "WRONG_LINES", "1 line is wrong");
    let told = refused.json()["error"]["details"]["lines"][0].clone();
    assert!(told.as_str().unwrap().starts_with("line 3 abc"), "{told}");
    assert_eq!(
        desk.get("/contacts").await.expect(200)["meta"]["paging"]["total"],
        0
    );
    desk.table("/contacts/import", "name\nAnn\n")
        .await
        .refused(400, "INVALID_CSV", "fax_number");
    desk.table("/contacts/import?on_error=maybe", table)
        .await
        .refused(400, "INVALID_QUERY", "on_error");
    let json = desk.tell("POST", "/contacts/import", &json!({})).await;
    json.refused(400, "UNSUPPORTED_MEDIA_TYPE", "text/csv");
}

async fn lists_have_members(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let list = desk
        .tell(
            "POST",
            "/lists",
            &json!({"name": "Press", "description": "news"}),
        )
        .await
        .expect(201);
    let path = format!("/lists/{}", list["data"]["id"].as_str().unwrap());
    desk.tell("POST", "/lists", &json!({"name": "Press"}))
        .await
        .refused(409, "LIST_EXISTS", "Press");
    let contact = desk
        .tell("POST", "/contacts", &json!({"fax_number": "3125550101"}))
        .await
        .expect(201);
    let id = contact["data"]["id"].as_str().unwrap();
    let members = format!("{path}/members");
    for _ in 0..2 {
        let on = desk
            .tell("POST", &members, &json!({"contacts": [id]}))
            .await
            .expect(200);
        assert_eq!(on["data"]["members"], 1);
    }
    // The same request has its answer once.
    let keyed = async |body: &Value| {
        let path = format!("/api/v1{members}");
        let ask = desk.gateway.ask("POST", &path).token(&desk.token);
        let ask = ask.header("Idempotency-Key", "members-1");
        ask.json(body).send().await
    };
    let first = keyed(&json!({"contacts": [id]})).await.expect(200);
    let again = keyed(&json!({"contacts": [id]})).await;
    assert_eq!(again.header("Idempotent-Replayed"), "true");
    assert_eq!(again.expect(200), first);
    keyed(&json!({"contacts": []}))
        .await
        .refused(409, "IDEMPOTENCY_KEY_REUSED", "");
    let nobody = json!({"contacts": ["01a1fca0-1b31-7046-b779-527c653a0e98"]});
    desk.tell("POST", &members, &nobody)
        .await
        .refused(404, "NO_SUCH_CONTACT", "");
    let changed = desk
        .tell("PATCH", &path, &json!({"name": "Papers"}))
        .await
        .expect(200);
    assert_eq!(changed["data"]["description"], "news");
    let off = format!("{members}/{id}");
    desk.tell("DELETE", &off, &json!({})).await.expect(200);
    desk.tell("DELETE", &off, &json!({}))
        .await
        .refused(404, "NO_SUCH_CONTACT", "");
    desk.tell("DELETE", &path, &json!({})).await.expect(200);
    desk.get(&path).await.refused(404, "NO_SUCH_LIST", "");
    assert_eq!(desk.get("/lists").await.expect(200)["data"], json!([]));
    desk.get(&format!("/contacts/{id}")).await.expect(200);
}

async fn another_tenants_book_is_not_there(db: TestDb) {
    let desk = Desk::open(db, "api", |settings| settings).await;
    let contact = desk
        .tell("POST", "/contacts", &json!({"fax_number": "3125550101"}))
        .await
        .expect(201);
    let id = contact["data"]["id"].as_str().unwrap();
    let list = desk
        .tell("POST", "/lists", &json!({"name": "Press"}))
        .await
        .expect(201);
    let list = list["data"]["id"].as_str().unwrap();
    let broadcast = desk.broadcast(json!({"contacts": [id]})).await;
    let other = desk.gateway.another_tenant("clinic", "3125550199").await;
    for (method, path) in [
        ("GET", format!("/contacts/{id}")),
        ("DELETE", format!("/contacts/{id}")),
        ("GET", format!("/lists/{list}")),
        ("DELETE", format!("/lists/{list}/members/{id}")),
        ("GET", format!("/broadcasts/{broadcast}")),
        ("GET", format!("/broadcasts/{broadcast}/recipients")),
        ("GET", format!("/broadcasts/{broadcast}/results.csv")),
        ("POST", format!("/broadcasts/{broadcast}/cancel")),
        (
            "POST",
            format!("/broadcasts/{broadcast}/recipients/presign"),
        ),
        ("DELETE", format!("/broadcasts/{broadcast}")),
        ("GET", format!("/campaigns/{broadcast}")),
    ] {
        let ask = desk
            .gateway
            .ask(method, &format!("/api/v1{path}"))
            .token(&other);
        assert_eq!(ask.send().await.status, 404, "{method} {path}");
    }
    // The same number is in each book by itself.
    let ask = desk.gateway.ask("POST", "/api/v1/contacts").token(&other);
    ask.json(&json!({"fax_number": "3125550101"}))
        .send()
        .await
        .expect(201);
    // Whoever may only look, looks.
    let reader = desk.gateway.member("default", "reader", "read-only").await;
    let ask = |method: &str| desk.gateway.ask(method, "/api/v1/contacts").token(&reader);
    ask("GET").send().await.expect(200);
    let refused = ask("POST")
        .json(&json!({"fax_number": "3125550105"}))
        .send()
        .await;
    refused.refused(403, "ROLE_FORBIDDEN", "look but not send");
}
