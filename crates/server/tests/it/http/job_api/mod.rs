//! `/v1/…`: the job API of the Telnyx example

mod cancel;
mod create;
mod links;
mod open;
mod progress;
mod shape;
mod upload;
mod webhook;

use faxgate_test_support::{DEADLINE, eventually};
use serde_json::{Value, json};

use crate::under_test::{Answer, Gateway, pdf};

/// No fax, and nothing else.
const NOTHING: &str = "3bca1e12-f50e-4bc2-a667-c67956c051b0";

/// Uploads a PDF of so many pages; gives its id.
async fn upload(gateway: &Gateway, token: &str, pages: usize) -> String {
    let ask = gateway.ask("POST", "/v1/uploads").token(token);
    let answer = ask.file("document.pdf", &pdf(pages)).send().await;
    let id = &answer.expect(200)["document_upload_id"];
    id.as_str().unwrap().to_owned()
}

/// The body that sends an upload there.
fn to(upload: &str, number: &str) -> Value {
    json!({"document_upload_id": upload, "destination_fax": number})
}

async fn create(gateway: &Gateway, token: &str, body: &Value) -> Answer {
    let ask = gateway.ask("POST", "/v1/fax/jobs").token(token);
    ask.json(body).send().await
}

/// Sends a fax of so many pages; gives its id.
async fn job(gateway: &Gateway, token: &str, number: &str, pages: usize) -> String {
    let upload = upload(gateway, token, pages).await;
    let body = create(gateway, token, &to(&upload, number))
        .await
        .expect(201);
    body["fax_job_id"].as_str().unwrap().to_owned()
}

async fn look(gateway: &Gateway, token: &str, id: &str) -> Answer {
    let ask = gateway
        .ask("GET", &format!("/v1/fax/jobs/{id}"))
        .token(token);
    ask.send().await
}

/// Waits until the job has this status; gives it.
async fn until(gateway: &Gateway, token: &str, id: &str, status: &str) -> Value {
    eventually(&format!("job {id} is {status}"), DEADLINE, async || {
        let body = look(gateway, token, id).await.expect(200);
        (body["status"] == status).then_some(body)
    })
    .await
}

/// The stages of a job's timeline, in order.
fn stages(job: &Value) -> Vec<&str> {
    let entries = job["timeline"].as_array().unwrap();
    let stages = entries.iter().map(|entry| entry["stage"].as_str());
    stages.map(Option::unwrap).collect()
}

/// Checks that it is an error in the example's shape, whose text says `hint`.
#[track_caller]
fn refused(answer: &Answer, status: u16, hint: &str) {
    let body = answer.expect(status);
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    let text = body["detail"].as_str().unwrap();
    assert!(text.contains(hint), "{body}");
}

/// Checks that it is a list with one problem, with this field.
#[track_caller]
fn invalid(answer: &Answer, field: &str, kind: &str) {
    let body = answer.expect(422);
    let problems = body["detail"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{body}");
    assert_eq!(problems[0]["loc"], json!(["body", field]), "{body}");
    assert_eq!(problems[0]["type"], kind, "{body}");
    assert!(problems[0]["msg"].is_string(), "{body}");
}
