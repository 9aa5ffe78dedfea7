//! A FreeSWITCH and Telnyx behind one gateway: one job, whichever of them is alive.

use faxgate_simulator::telnyx::{
    Inbound, Options as TelnyxOptions, Outcome, Scenario, TelnyxDouble,
};
use faxgate_simulator::{Options, Simulator};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::post::loopback;
use crate::under_test::{DID, Gateway, pdf};

on_both_databases![
    a_fax_whose_gateway_is_down_goes_out_through_telnyx_in_the_same_job,
    a_fax_that_broke_in_the_middle_goes_on_through_telnyx_behind_the_confirmed_page,
    a_freeswitch_that_nobody_reaches_holds_up_nothing_and_faxes_come_in_all_the_same,
];

/// FreeSWITCH first, Telnyx when that fails.
struct Town {
    freeswitch: Simulator,
    telnyx: TelnyxDouble,
    gateway: Gateway,
    token: String,
    _spool: TempDir,
}

impl Town {
    async fn new(db: TestDb) -> Self {
        let spool = TempDir::new().unwrap();
        let freeswitch = Simulator::start(Options::new(loopback(), spool.path()))
            .await
            .unwrap();
        let mut account = TelnyxOptions::new(loopback());
        account.numbers = vec![format!("+1{DID}")];
        let telnyx = TelnyxDouble::start(account).await.unwrap();
        let gateway = Gateway::start(db, "all", |settings| {
            settings
                .with("SIMULATOR__ENABLED", "false")
                .with("FREESWITCH__HOST", "127.0.0.1")
                .with("FREESWITCH__PORT", &freeswitch.addr().port().to_string())
                .with("FREESWITCH__PASSWORD", "ClueCon")
                .with("FREESWITCH__GATEWAY", "carrier")
                .with("FREESWITCH__SPOOL_DIR", &spool.path().display().to_string())
                .with("TELNYX__BASE_URL", &telnyx.base_url())
                .with("TELNYX__API_KEY", telnyx.api_key())
                .with("TELNYX__CONNECTION_ID", telnyx.connection_id())
                .with("TELNYX__PUBLIC_KEY", &telnyx.public_key())
                .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
                .with("RETRY__BACK_PRESSURE_SECONDS", "1")
                .with("RETRY__PARTIAL_SECONDS", "2")
        })
        .await;
        let hook = format!("http://{}/api/fax/webhook/telnyx/", gateway.address());
        telnyx.set_webhook_urls(Some(&hook), None);
        let token = gateway.sign_in().await;
        let town = Self {
            freeswitch,
            telnyx,
            gateway,
            token,
            _spool: spool,
        };
        town.until_missing("nothing is missing", |missing| missing.is_null())
            .await;
        let first = ["route", "add", "--lanes", "freeswitch,telnyx"];
        town.gateway.manage(&first, "").await;
        town
    }

    /// Waits until the gateway says so of what it misses.
    async fn until_missing(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        eventually(what, DEADLINE, async || {
            let answer = self.gateway.ask("GET", "/health/ready").send().await;
            is_so(&answer.json()["missing"]).then_some(())
        })
        .await;
    }

    /// Three pages to a number.
    async fn send(&self, number: &str) -> String {
        let upload = self.gateway.ask("POST", "/api/fax/upload/");
        let upload = upload.token(&self.token).file("letter.pdf", &pdf(3));
        let filename = upload.send().await.expect(201)["filename"].clone();
        let body = json!({"username": DID, "filename": filename, "numbers": number});
        let send = self.gateway.ask("POST", "/api/fax/send/");
        let answer = send.token(&self.token).json(&body).send().await;
        answer.expect(200)["uuid"].as_str().unwrap().to_owned()
    }

    async fn sent(&self, fax: &str) -> Value {
        self.gateway.until(&self.token, fax, "sent").await
    }
}

/// The texts of a timeline's entries of this kind.
fn told<'a>(body: &'a Value, kind: &str) -> Vec<&'a str> {
    let entries = body["timeline"].as_array().unwrap().iter();
    entries
        .filter(|entry| entry["kind"] == kind)
        .filter_map(|entry| entry["text"].as_str())
        .collect()
}

async fn a_fax_whose_gateway_is_down_goes_out_through_telnyx_in_the_same_job(db: TestDb) {
    let mut town = Town::new(db).await;
    town.gateway
        .expect_errors("line `freeswitch` takes no calls");
    town.freeswitch.set_gateway_down("carrier", true);
    let fax = town.send("5550001111").await;
    let body = town.sent(&fax).await;
    assert_eq!(
        told(&body, "attempt.started"),
        [
            "calling +15550001111 over freeswitch",
            "calling +15550001111 over telnyx",
        ],
        "{body}"
    );
    let calls = town.telnyx.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].outcome, Some(Outcome::Delivered));
    assert_eq!(calls[0].pages_delivered, 3);
    let at_freeswitch = town.freeswitch.calls();
    assert!(
        at_freeswitch.iter().all(|call| call.pages_delivered == 0),
        "{at_freeswitch:?}"
    );
}

async fn a_fax_that_broke_in_the_middle_goes_on_through_telnyx_behind_the_confirmed_page(
    db: TestDb,
) {
    let mut town = Town::new(db).await;
    town.gateway.expect_errors("freeswitch");
    // Drops in page 2, on either; here it is to go well at the second.
    town.telnyx
        .scenarios("+15550009101", vec![Scenario::delivered()]);
    let fax = town.send("5550009101").await;
    eventually("the call has ended", DEADLINE, async || {
        let body = town.gateway.status(&town.token, &fax).await;
        (told(&body, "attempt.failed").len() == 1).then_some(())
    })
    .await;
    town.freeswitch.stop().await;
    let body = town.sent(&fax).await;
    assert_eq!(
        told(&body, "attempt.started"),
        [
            "calling +15550009101 over freeswitch",
            "calling +15550009101 over telnyx, from page 2",
        ],
        "{body}"
    );
    assert_eq!(body["queue_items"][0]["pages_sent"], 3, "{body}");
    let calls = town.telnyx.calls();
    assert_eq!((calls.len(), calls[0].pages_delivered), (1, 2), "{calls:?}");
}

async fn a_freeswitch_that_nobody_reaches_holds_up_nothing_and_faxes_come_in_all_the_same(
    db: TestDb,
) {
    let mut town = Town::new(db).await;
    town.gateway.expect_errors("freeswitch");
    town.freeswitch.stop().await;
    let fax = town.send("5550001111").await;
    let body = town.sent(&fax).await;
    assert_eq!(
        told(&body, "attempt.started"),
        ["calling +15550001111 over telnyx"],
        "{body}"
    );
    let inbound = Inbound::new("+14155550199", &format!("+1{DID}"), pdf(2));
    town.telnyx.receive(inbound).await.unwrap();
    let received = eventually("the fax came in", DEADLINE, async || {
        let list = town.gateway.ask("GET", "/api/fax/list/?direction=inbound");
        let list = list.token(&town.token).send().await.expect(200);
        list["results"].get(0).cloned()
    })
    .await;
    assert_eq!(
        (
            &received["status"],
            &received["pages"],
            &received["sender_number"]
        ),
        (&json!("received"), &json!(2), &json!("+14155550199")),
        "{received}"
    );
}
