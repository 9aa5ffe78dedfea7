//! CDRs: what is percent-encoded, and where they go.

use std::time::Duration;

use faxgate_simulator::{RecordBody, RecordPost};

use crate::client::percent_decode;
use crate::harness::{Line, UUID, dial, eventually, line, whole_call};
use crate::web::{Web, answer};

fn file(line: &Line) -> std::path::PathBuf {
    line.spool().join("cdr").join(format!("{UUID}.cdr.json"))
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_percent_encoded_as_the_real_ones_are_and_only_those_of_variables() {
    let line = line(|_| {}).await;
    let document = line.document(1);
    line.call(
        "5550001111",
        "fax_header=%41%2C,execute_on_answer='sched_hangup +600'",
        &document,
    )
    .await;
    let text = std::fs::read_to_string(file(&line)).unwrap();
    assert!(text.ends_with("}\n"));
    let cdr: serde_json::Value = serde_json::from_str(&text).unwrap();
    let variables = &cdr["variables"];
    assert_eq!(variables["execute_on_answer"], "sched_hangup%20%2B600");
    assert_eq!(
        variables["fax_header"], "%41%2C",
        "what is encoded stays as it is"
    );
    let stamp = variables["start_stamp"].as_str().unwrap();
    assert!(stamp.contains("%20") && stamp.contains("%3A"), "{stamp}");
    let file = variables["fax_filename"].as_str().unwrap();
    assert!(file.starts_with('/'), "{file}");
    assert!(
        variables["sip_full_from"]
            .as_str()
            .unwrap()
            .starts_with("%3Csip%3A")
    );
    let flow = cdr["callflow"][0]["caller_profile"].to_string() + &cdr["channel_data"].to_string();
    assert!(!flow.contains("%3") && flow.contains(";"), "{flow}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_can_be_left_as_they_are() {
    let line = line(|options| options.records.encode_values = false).await;
    let document = line.document(1);
    line.call("5550001111", "", &document).await;
    let cdr = line.cdr(UUID).unwrap();
    assert!(
        cdr["variables"]["sip_full_from"]
            .as_str()
            .unwrap()
            .starts_with("<sip:")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cdr_is_posted_until_it_is_taken_and_the_call_waits_for_it() {
    let (no, yes) = (answer("500 No", "", ""), answer("204 Taken", "", ""));
    let web = Web::answering(&[&no, &no, &yes]).await;
    let line = line(|options| {
        let mut post = RecordPost::to(web.url("/cdr/"));
        post.credentials = Some("switch:pass:word".parse().unwrap());
        post.retries = 2;
        post.delay = Duration::from_millis(60);
        options.records.post = Some(post);
    })
    .await;
    let document = line.document(1);
    line.call("5550002222", "", &document).await;
    let requests = web.requests();
    assert_eq!(
        requests.len(),
        3,
        "the hang-up is told once the CDR is taken"
    );
    for request in &requests {
        assert_eq!(request.target, format!("POST /cdr/?uuid={UUID}"));
        assert_eq!(request.header("Content-Type"), Some("application/json"));
        assert_eq!(request.header("User-Agent"), Some("freeswitch-json/1.0"));
        assert_eq!(
            request.header("Authorization"),
            Some("Basic c3dpdGNoOnBhc3M6d29yZA==")
        );
    }
    let on_disk = std::fs::read_to_string(file(&line)).unwrap();
    assert_eq!(format!("{}\n", requests[2].text()), on_disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cdr_that_nobody_takes_goes_to_the_error_folder() {
    let web = Web::answering(&[&answer("403 No", "", "")]).await;
    let errors = tempfile::tempdir().unwrap();
    let line = line(|options| {
        let mut post = RecordPost::to(web.url("/cdr"));
        post.error_dir = Some(errors.path().to_owned());
        options.records.post = Some(post);
        options.records.file = false;
    })
    .await;
    let document = line.document(1);
    line.call("5550002222", "", &document).await;
    assert_eq!(web.requests().len(), 1);
    assert!(!file(&line).exists());
    let kept = std::fs::read(errors.path().join(format!("{UUID}.cdr.json"))).unwrap();
    let cdr: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(cdr["variables"]["hangup_cause"], "USER_BUSY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cdr_travels_as_a_form_when_asked() {
    let web = Web::answering(&[&answer("200 OK", "", "ok")]).await;
    let line = line(|options| {
        let mut post = RecordPost::to(web.url("/cdr"));
        post.body = RecordBody::Form;
        options.records.post = Some(post);
        options.records.encode_values = false;
        options.records.file = false;
    })
    .await;
    let document = line.document(1);
    line.call("5550002222", "", &document).await;
    let request = &web.requests()[0];
    assert_eq!(
        request.header("Content-Type"),
        Some("application/x-www-form-urlencoded")
    );
    let form = request.text().strip_prefix("cdr=").unwrap();
    assert!(!form.contains(['"', '{', '&', '+', '=']), "{form}");
    let cdr: serde_json::Value = serde_json::from_str(&percent_decode(form)).unwrap();
    assert_eq!(cdr["variables"]["uuid"], UUID);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_there_is_a_call_and_no_cdr() {
    let line = line(|_| {}).await;
    let document = line.document(1);
    assert_eq!(line.simulator.control("disk-full").await, "ok");
    let events = line.call("5550001111", "", &document).await;
    assert_eq!(events.last().unwrap().kind(), "CHANNEL_DESTROY");
    assert!(!file(&line).exists());
    assert_eq!(line.simulator.control("disk-full off").await, "ok");
    let second = "11111111-2222-4333-8444-555555555555";
    let mut client = line.listening().await;
    client
        .command(&format!(
            "bgapi {}",
            dial(second, "5550001111", "", &document)
        ))
        .await;
    whole_call(&mut client, second).await;
    eventually("the next one is written", || line.cdr(second).is_some()).await;
}
