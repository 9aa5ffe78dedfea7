//! How faxes from a number present themselves: at the far end, and at the top of every page.

use faxgate_core::HeaderLine;
use faxgate_esl::{ConnectOptions, Credentials, Incoming, Subscription, subscribe};
use faxgate_imaging::carrier_pdf;
use faxgate_simulator::{Options, Simulator};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::{Ambient, Timestamp};
use serde_json::json;

use super::{NUMBERS, Shop};
use crate::under_test::{DID, Gateway};

on_both_databases![
    telnyx_gets_the_numbers_name_and_its_header_line_on_every_page,
    freeswitch_dials_with_the_numbers_name_and_header_line,
];

const ZONE: &str = "Asia/Kathmandu";

async fn set_up(gateway: &Gateway, token: &str) {
    let path = format!("{NUMBERS}/{DID}");
    let set = gateway.ask("PATCH", &path).token(token);
    let change = json!({"header_text": "Lakeside Radiology", "caller_name": "Lakeside X-Ray", "time_zone": ZONE});
    set.json(&change).send().await.expect(200);
}

async fn telnyx_gets_the_numbers_name_and_its_header_line_on_every_page(db: TestDb) {
    let shop = Shop::open(db).await;
    set_up(&shop.gateway, &shop.token).await;
    let filename = shop.gateway.upload(&shop.token, 2).await;
    let body = json!({"username": DID, "filename": filename, "numbers": "5550001111"});
    let clock = Ambient::system();
    let began = clock.now();
    let send = shop.gateway.ask("POST", "/api/fax/send/");
    let sent = send.token(&shop.token).json(&body).send().await.expect(200);
    let uuid = sent["uuid"].as_str().unwrap();
    shop.gateway.until(&shop.token, uuid, "sent").await;
    let ended = clock.now();

    let call = shop.double.calls().remove(0);
    let told = shop.double.fax(&call.fax_id).unwrap();
    assert_eq!(told["from_display_name"], "Lakeside X-Ray", "{told}");
    let pages = format!("/api/fax/document/{uuid}/?format=tiff");
    let pages = shop.gateway.ask("GET", &pages).token(&shop.token);
    let pages = pages.send().await.body;
    let stamped_at = |at: Timestamp| {
        let (number, zone) = ("+15551234567".parse().unwrap(), ZONE.parse().unwrap());
        let header = HeaderLine::new("Lakeside Radiology", &number, zone, at);
        assert!(header.line(at, 1, 2).contains("+0545"));
        carrier_pdf(&pages, 0, |page| header.line(at, page, 2)).unwrap()
    };
    let document = shop.double.document(&call.fax_id).unwrap();
    assert_eq!(document.pages, 2);
    // The line shows minutes, and one may have begun meanwhile.
    assert!([began, ended].map(stamped_at).contains(&document.bytes));
}

async fn freeswitch_dials_with_the_numbers_name_and_header_line(db: TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let spool = folder.path().join("line");
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options::new(listen, spool.clone());
    let line = Simulator::start(options).await.unwrap();
    let gateway = Gateway::start(db, "all", |settings| {
        settings
            .with("FREESWITCH__HOST", "127.0.0.1")
            .with("FREESWITCH__PORT", &line.addr().port().to_string())
            .with("FREESWITCH__PASSWORD", "ClueCon")
            .with("FREESWITCH__SPOOL_DIR", &spool.display().to_string())
            .with(
                "FREESWITCH__CDR_DIR",
                &spool.join("cdr").display().to_string(),
            )
    })
    .await;
    let token = gateway.sign_in().await;
    set_up(&gateway, &token).await;
    let credentials = Credentials::password("ClueCon").unwrap();
    let connect = ConnectOptions::new("127.0.0.1", line.addr().port(), credentials);
    let wanted = Subscription::new().event("CHANNEL_ANSWER").unwrap();
    let (mut events, connection) = subscribe(&connect, &wanted).await.unwrap();
    tokio::spawn(connection);

    let uuid = gateway.fax(&token, "5550001111").await;
    let answered = tokio::time::timeout(DEADLINE, async {
        loop {
            // The gateway tries the line by a call of its own when it starts.
            if let Some(Incoming::Event(event)) = events.next().await
                && event.variable("fax_header").is_some()
            {
                return event;
            }
        }
    });
    let answered = answered.await.expect("the far end answers");
    let told = |name: &str| answered.variable(name).unwrap_or_default().to_string();
    assert_eq!(told("origination_caller_id_name"), "Lakeside X-Ray");
    assert_eq!(told("fax_header"), "+15551234567 Lakeside Radiology");
    assert_eq!(told("fax_timezone"), "UTC-5:45");
    eventually("it is sent", DEADLINE, async || {
        let body = gateway.status(&token, &uuid).await;
        (body["status"] == "sent").then_some(())
    })
    .await;
}
