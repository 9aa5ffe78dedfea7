//! `/api/fax/webhook/telnyx/` where the gateway itself is in trouble: a key that is none, a database that does not answer

use faxgate_db::carrier_events::{self, CarrierEvent};
use faxgate_simulator::telnyx::{Options, TelnyxDouble};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::Ambient;

use crate::under_test::{Gateway, Settings};

on_both_databases![
    a_public_key_that_is_none_stops_the_start_and_is_named,
    an_event_that_the_database_does_not_take_has_to_come_again,
];

const BODY: &str = r#"{"data":{"event_type":"fax.queued","id":"e1","record_type":"event","payload":{"fax_id":"f1","direction":"outbound"}}}"#;

async fn a_public_key_that_is_none_stops_the_start_and_is_named(db: TestDb) {
    let good = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    for bad in ["nonsense", "%%%", "AAAA", &good[..40]] {
        for (variable, name) in [
            ("TELNYX__PUBLIC_KEY", "telnyx.public_key"),
            ("TELNYX__NEXT_PUBLIC_KEY", "telnyx.next_public_key"),
        ] {
            let change = |settings: Settings| {
                settings
                    .with("TELNYX__PUBLIC_KEY", good)
                    .with(variable, bad)
            };
            let told = Gateway::refuses_to_start(&db, change).await;
            assert!(told.contains(name), "{bad}: {told}");
        }
    }
}

async fn an_event_that_the_database_does_not_take_has_to_come_again(db: TestDb) {
    let double = TelnyxDouble::start(Options::new(([127, 0, 0, 1], 0).into()))
        .await
        .unwrap();
    let other = db.another_node();
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("TELNYX__PUBLIC_KEY", &double.public_key())
    })
    .await;
    let tell = async || {
        let at = Ambient::system().now().unix_seconds().to_string();
        let signature = double.sign(&at, BODY.as_bytes());
        let ask = gateway.ask("POST", "/api/fax/webhook/telnyx/");
        let ask = ask.header("telnyx-timestamp", &at);
        let ask = ask.header("telnyx-signature-ed25519", &signature);
        ask.body(BODY.as_bytes()).send().await
    };
    // Somebody else is at the same row, and does not come to an end.
    let mut tx = other.system("a test").await.unwrap();
    let now = Ambient::system().now();
    let row = CarrierEvent {
        id: "telnyx:e1".to_owned(),
        carrier: "telnyx".to_owned(),
        kind: "fax.queued".to_owned(),
        fax_id: None,
        attempt_id: None,
        occurred_at: None,
        body: "{}".to_owned(),
        received_at: now,
        used_at: Some(now),
    };
    assert!(carrier_events::put(&mut tx, &row).await.unwrap());
    let answer = tell().await;
    answer.refused(503, "DATABASE_UNAVAILABLE", "again");
    assert!((1..=60).contains(&answer.number("Retry-After")));
    drop(tx);
    assert_eq!(tell().await.status, 200);
}
