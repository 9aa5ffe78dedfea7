//! `/api/fax/send/`

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::under_test::{DID, Gateway};

on_both_databases![
    the_documented_request_gets_the_documented_answer,
    numbers_that_are_one_destination_are_one_recipient,
    a_body_that_is_no_request_is_refused_and_names_the_field,
    a_request_that_cannot_be_carried_out_is_refused_and_says_why,
    a_refused_request_leaves_no_fax_behind,
    a_fax_is_sent_and_told,
    a_fax_to_many_recipients_is_sent_to_each_once,
    clients_that_hang_up_leave_whole_faxes_or_none,
];

/// The request of the documentation, for an uploaded file.
fn request(filename: &str) -> Value {
    json!({"username": DID, "filename": filename, "numbers": "5559876543,5555551234", "is_enhanced": false})
}

/// The request with one field changed.
fn changed(filename: &str, field: &str, value: Value) -> Value {
    let mut body = request(filename);
    body[field] = value;
    body
}

async fn the_documented_request_gets_the_documented_answer(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let answer = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .json(&request(&filename))
        .send()
        .await;
    let body = answer.expect(200);
    let uuid = body["uuid"].as_str().unwrap();
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"status":"OK","code":200,"uuid":"{uuid}","message":"Fax queued successfully","details":{{"recipients":2,"queued":["5559876543","5555551234"]}}}}"#
        )
    );
    assert_eq!(gateway.status(&token, uuid).await["status"], "pending");
}

async fn numbers_that_are_one_destination_are_one_recipient(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    for numbers in [
        json!("5559876543, (555) 987-6543,+15559876543"),
        json!(["5559876543", "+1 555 987 6543"]),
    ] {
        let body = changed(&filename, "numbers", numbers);
        let answer = gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .json(&body)
            .send()
            .await;
        assert_eq!(
            answer.expect(200)["details"],
            json!({"recipients": 1, "queued": ["5559876543"]})
        );
    }
}

async fn a_body_that_is_no_request_is_refused_and_names_the_field(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let send = || gateway.ask("POST", "/api/fax/send/").token(&token);
    let deep = format!(
        "{{\"username\": {}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for (body, code, hint) in [
        (b"".as_slice(), "INVALID_JSON", "empty"),
        (b"{", "INVALID_JSON", "line 1 column 1"),
        (b"null", "INVALID_JSON", "a JSON object"),
        (b"[1, 2]", "INVALID_JSON", "an array"),
        (b"{\"username\": \"\xff\"}", "INVALID_JSON", "UTF-8"),
        (deep.as_bytes(), "INVALID_JSON", "recursion"),
        (b"username=5551234567", "INVALID_JSON", "JSON"),
    ] {
        send()
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            .refused(400, code, hint);
    }
    for (field, value, hint) in [
        (
            "username",
            json!(5_551_234_567_u64),
            "username must be a string",
        ),
        ("username", Value::Null, "username is required"),
        ("username", json!("  "), "username must not be empty"),
        ("filename", json!({}), "filename must be a string"),
        ("filename", json!("a\u{0}b"), "NUL"),
        ("numbers", json!(5), "numbers must be a string"),
        ("numbers", json!(["5559876543", 5]), "[1] must be a string"),
        (
            "is_enhanced",
            json!("yes"),
            "is_enhanced must be true or false",
        ),
        ("is_enhanced", json!(1), "is_enhanced must be true or false"),
    ] {
        let answer = send().json(&changed(&filename, field, value)).send().await;
        answer.refused(400, "INVALID_FIELDS", hint);
        assert!(answer.json()["details"][field].is_array());
    }
    send()
        .text("{}")
        .send()
        .await
        .refused(400, "INVALID_FIELDS", "numbers is required");
    let form = "username=5551234567&filename=a&numbers=1";
    let answer = send()
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.as_bytes())
        .send()
        .await;
    answer.refused(400, "UNSUPPORTED_MEDIA_TYPE", "application/json");
    let large = changed(&filename, "numbers", json!("5559876543,".repeat(100_000)));
    send()
        .json(&large)
        .send()
        .await
        .refused(413, "BODY_TOO_LARGE", "1048576");
    let gzip = send()
        .header("Content-Encoding", "gzip")
        .json(&request(&filename))
        .send()
        .await;
    gzip.refused(400, "BAD_HEADER", "uncompressed");
    assert_eq!(gateway.count(&token).await, 0);
}

async fn a_request_that_cannot_be_carried_out_is_refused_and_says_why(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let endless = vec!["5559876543"; 10_000].join(",");
    for (field, value, code, hint) in [
        (
            "filename",
            json!("nothing.pdf"),
            "FILE_NOT_FOUND",
            "File not found",
        ),
        (
            "filename",
            json!("../../etc/passwd"),
            "FILE_NOT_FOUND",
            "File not found",
        ),
        (
            "username",
            json!("5550009999"),
            "UNKNOWN_SENDER",
            "5550009999",
        ),
        ("numbers", json!(""), "NO_RECIPIENTS", "No recipient"),
        ("numbers", json!([]), "NO_RECIPIENTS", "No recipient"),
        ("numbers", json!(" , ,"), "NO_RECIPIENTS", "No recipient"),
        ("numbers", json!(endless), "TOO_MANY_RECIPIENTS", "1000"),
        ("numbers", json!("5559876543,911"), "INVALID_NUMBER", "911"),
        (
            "numbers",
            json!("5559876543,hello"),
            "INVALID_NUMBER",
            "hello",
        ),
        (
            "numbers",
            json!("+442079460000"),
            "INVALID_NUMBER",
            "+442079460000",
        ),
        (
            "numbers",
            json!("5559876543&park()"),
            "INVALID_NUMBER",
            "park",
        ),
    ] {
        let answer = gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .json(&changed(&filename, field, value))
            .send()
            .await;
        answer.refused(400, code, hint);
        assert!(answer.json()["details"][field].is_array());
    }
    let answer = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .json(&request("nothing.pdf"))
        .send()
        .await;
    let body = answer.expect(400);
    assert_eq!(
        (&body["status"], &body["code"], &body["message"]),
        (&json!("Error"), &json!(400), &json!("File not found"))
    );
}

async fn a_refused_request_leaves_no_fax_behind(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let reader = gateway.member("default", "reader", "read-only").await;
    let answer = gateway
        .ask("POST", "/api/fax/send/")
        .token(&reader)
        .json(&request(&filename))
        .send()
        .await;
    answer.refused(403, "ROLE_FORBIDDEN", "role");
    for numbers in ["5559876543,911", "", "5559876543,abc"] {
        let body = changed(&filename, "numbers", json!(numbers));
        assert_eq!(
            gateway
                .ask("POST", "/api/fax/send/")
                .token(&token)
                .json(&body)
                .send()
                .await
                .status,
            400
        );
    }
    assert_eq!(gateway.count(&token).await, 0);
    assert_eq!(gateway.count(&reader).await, 0);
}

async fn a_fax_is_sent_and_told(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5559876543,5550001111").await;
    let body = gateway.until(&token, &uuid, "sent").await;
    assert_eq!(body["direction"], "outbound");
    assert_eq!(body["pages"], 1);
    assert!(body["duration"].as_u64().unwrap() > 0);
    let items = body["queue_items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    for item in items {
        assert_eq!(item["is_processed"], true);
        assert_eq!(
            (&item["attempts"], &item["pages_sent"]),
            (&json!(1), &json!(1))
        );
    }
}

async fn a_fax_to_many_recipients_is_sent_to_each_once(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    // All end at about the same time, on one row each and on the fax's.
    let numbers: Vec<_> = (0..30).map(|n| format!("55598765{n:02}")).collect();
    let uuid = gateway.fax(&token, &numbers.join(",")).await;
    let body = gateway.until(&token, &uuid, "sent").await;
    let items = body["queue_items"].as_array().unwrap();
    let recipients: Vec<_> = items
        .iter()
        .map(|item| item["recipient"].as_str().unwrap())
        .collect();
    assert_eq!(recipients, numbers);
    assert!(items.iter().all(|item| item["attempts"] == 1), "{body}");
}

async fn clients_that_hang_up_leave_whole_faxes_or_none(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let body = request(&filename).to_string();
    let head = format!(
        "POST /api/fax/send/ HTTP/1.1\r\nHost: fax\r\nAuthorization: Token {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    for _ in 0..30 {
        let mut socket = TcpStream::connect(gateway.address()).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(body.as_bytes()).await.unwrap();
        // A reset, not a farewell: the gateway learns of it in the middle of its work.
        socket.set_zero_linger().unwrap();
    }
    // Whatever was begun goes on without its client; in the end nobody holds the database.
    let uuid = gateway.fax(&token, "5559876543").await;
    let faxes = eventually("every request has ended", DEADLINE, async || {
        let before = gateway.count(&token).await;
        gateway.fax(&token, "5559876543").await;
        (gateway.count(&token).await == before + 1).then_some(before)
    })
    .await;
    assert!((1..=40).contains(&faxes), "{faxes}");
    let answer = gateway
        .ask("GET", "/api/fax/list/")
        .token(&token)
        .send()
        .await;
    for fax in answer.expect(200)["results"].as_array().unwrap() {
        let one = gateway.status(&token, fax["uuid"].as_str().unwrap()).await;
        assert!(!one["queue_items"].as_array().unwrap().is_empty(), "{one}");
        assert_eq!(one["timeline"][0]["kind"], "fax.queued");
    }
    assert_eq!(gateway.status(&token, &uuid).await["status"], "pending");
}
