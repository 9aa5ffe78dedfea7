//! Faxes that go out through Telnyx, from the request to the status.

use faxgate_simulator::telnyx::{
    DocumentKind, Fault, Outcome, Policy, Scenario, Stage, TelnyxDouble, Trouble,
};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::json;

use super::house::{House, NUMBER};
use crate::under_test::DID;

on_both_databases![
    a_fax_is_fetched_by_its_link_and_told_of_by_webhook,
    without_an_address_the_document_goes_with_the_order_and_its_end_is_asked_for,
    a_busy_number_is_called_again,
    an_order_that_was_taken_while_its_answer_was_lost_is_not_made_again,
    an_order_that_never_arrived_is_made_once_more,
    when_every_webhook_is_lost_the_end_is_asked_for,
    an_account_that_is_disabled_stops_the_line_and_keeps_the_fax,
    a_fax_on_the_line_is_canceled,
    a_gateway_that_dies_before_it_knows_what_telnyx_calls_the_fax_finds_it,
];

async fn a_fax_is_fetched_by_its_link_and_told_of_by_webhook(db: TestDb) {
    let house = House::with(db, |settings| {
        settings.with("TELNYX__SETTLE_SECONDS", "600")
    })
    .await;
    let filename = house.gateway.upload(&house.token, 3).await;
    let body = json!({"username": DID, "filename": filename, "numbers": NUMBER});
    let send = house.gateway.ask("POST", "/api/fax/send/");
    let answer = send.token(&house.token).json(&body).send().await;
    let fax = answer.expect(200)["uuid"].as_str().unwrap().to_owned();
    let body = house.sent(&fax).await;
    assert_eq!(body["pages"], 3, "{body}");
    let calls = house.double.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].outcome, Some(Outcome::Delivered));
    assert_eq!(calls[0].pages_delivered, 3);
    let document = house.double.document(&calls[0].fax_id).unwrap();
    assert_eq!(document.kind, DocumentKind::Pdf);
    let shown = house.double.fax(&calls[0].fax_id).unwrap();
    let link = shown["media_url"].as_str().unwrap();
    assert!(
        link.contains("/carrier/") && link.contains(".pdf?"),
        "{link}"
    );
    // Settled, so nobody has to fetch it any more.
    eventually("the document is gone", DEADLINE, async || {
        let path = path_of(&house, link);
        let answer = house.gateway.ask("GET", &path).send().await;
        (answer.status == 404).then_some(())
    })
    .await;
}

async fn without_an_address_the_document_goes_with_the_order_and_its_end_is_asked_for(db: TestDb) {
    let house = House::start(db, |settings| settings).await;
    let fax = house.fax().await;
    house.sent(&fax).await;
    let calls = house.double.calls();
    assert_eq!((calls.len(), calls[0].pages_delivered), (1, 1));
    let shown = house.double.fax(&calls[0].fax_id).unwrap();
    assert!(shown["media_url"].is_null(), "{shown}");
    assert!(house.double.webhooks().is_empty());
}

async fn a_busy_number_is_called_again(db: TestDb) {
    let house = House::new(db).await;
    let busy = Scenario::fails("user_busy", Stage::Originated);
    let turns = vec![busy, Scenario::delivered()];
    house.double.scenarios(NUMBER, turns);
    let fax = house.fax().await;
    house.sent(&fax).await;
    let outcomes: Vec<_> = house
        .double
        .calls()
        .iter()
        .map(|call| call.outcome)
        .collect();
    assert_eq!(outcomes, [Some(Outcome::Failed), Some(Outcome::Delivered)]);
}

async fn an_order_that_was_taken_while_its_answer_was_lost_is_not_made_again(db: TestDb) {
    let house = House::new(db).await;
    house.double.policy(Policy {
        lose: vec!["*".to_owned()],
        ..Policy::default()
    });
    house.double.inject(Fault::new(Trouble::AnswerLost));
    let fax = house.fax().await;
    house.sent(&fax).await;
    assert_eq!(house.orders().len(), 1);
    assert_eq!(house.double.calls().len(), 1);
}

async fn an_order_that_never_arrived_is_made_once_more(db: TestDb) {
    let house = House::new(db).await;
    house.double.inject(Fault::new(Trouble::Closed));
    let fax = house.fax().await;
    house.sent(&fax).await;
    assert_eq!(house.orders().len(), 2);
    let calls = house.double.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
}

async fn when_every_webhook_is_lost_the_end_is_asked_for(db: TestDb) {
    let house = House::new(db).await;
    house.double.policy(Policy {
        lose: vec!["*".to_owned()],
        ..Policy::default()
    });
    let fax = house.fax().await;
    house.sent(&fax).await;
    assert_eq!(house.double.calls().len(), 1);
}

async fn an_account_that_is_disabled_stops_the_line_and_keeps_the_fax(db: TestDb) {
    let mut house = House::with(db, |settings| settings.with("RETRY__ACCOUNT_SECONDS", "2")).await;
    house.gateway.expect_errors("takes no calls for");
    let disabled = Scenario::fails("account_disabled", Stage::Queued);
    house
        .double
        .scenarios(NUMBER, vec![disabled, Scenario::delivered()]);
    let fax = house.fax().await;
    let paused = eventually("the line is paused", DEADLINE, async || {
        let lines = house.gateway.manage(&["line", "list"], "").await;
        lines.contains("disabled the account").then_some(lines)
    })
    .await;
    assert!(paused.contains("telnyx"), "{paused}");
    let told = house.gateway.log();
    let alert = |line: &String| line.contains("\"level\":\"ERROR\"") && line.contains("disabled");
    assert!(told.iter().any(alert));
    // Tried again when the pause is over, by itself.
    house.sent(&fax).await;
    assert_eq!(house.double.calls().len(), 2);
}

async fn a_fax_on_the_line_is_canceled(db: TestDb) {
    let house = House::new(db).await;
    let stays = vec![Scenario::stays(Stage::Sending)];
    house.double.scenarios(NUMBER, stays);
    let fax = house.fax().await;
    house.double.until(|double| double.calls().len() == 1).await;
    let id = house.double.calls().remove(0).fax_id;
    let is_sending = |double: &TelnyxDouble| {
        double
            .fax(&id)
            .is_some_and(|fax| fax["status"] == "sending")
    };
    house.double.until(is_sending).await;
    let link = house.double.fax(&id).unwrap()["media_url"].clone();
    let path = path_of(&house, link.as_str().unwrap());
    for method in ["GET", "HEAD"] {
        let answer = house.gateway.ask(method, &path).send().await;
        assert_eq!(answer.status, 200, "{method}");
        assert_eq!(answer.header("Content-Type"), "application/pdf", "{method}");
        assert_eq!(answer.body.is_empty(), method == "HEAD");
    }
    let cancel = house
        .gateway
        .ask("POST", &format!("/api/fax/cancel/{fax}/"));
    cancel.token(&house.token).send().await.expect(200);
    house.gateway.until(&house.token, &fax, "canceled").await;
    let calls = house.double.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Some(Outcome::Canceled));
}

async fn a_gateway_that_dies_before_it_knows_what_telnyx_calls_the_fax_finds_it(db: TestDb) {
    // A document that has to be fetched from a gateway that is dead could not be.
    let mut house = House::start(db, |settings| {
        settings.with("TEST_FAILPOINT", "after_reply")
    })
    .await;
    let fax = house.fax().await;
    house
        .gateway
        .start_again("all", |settings| settings.without("TEST_FAILPOINT"))
        .await;
    house.sent(&fax).await;
    assert_eq!(house.orders().len(), 1);
    assert_eq!(house.double.calls().len(), 1);
}

/// Path and query of one of the gateway's own addresses.
fn path_of(house: &House, url: &str) -> String {
    let (_, path) = url.split_once(house.gateway.address()).unwrap();
    path.to_owned()
}
