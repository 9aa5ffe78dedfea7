//! A clinic gets a number and its first fax, through the API alone.

use faxgate_simulator::telnyx::Inbound;
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::json;

use super::Shop;
use crate::under_test::pdf;

on_both_databases![a_clinic_gets_a_number_and_its_first_fax];

async fn a_clinic_gets_a_number_and_its_first_fax(db: TestDb) {
    let shop = Shop::open(db).await;

    // The clinic looks for a number in Chicago that can take faxes and calls.
    let found = shop
        .get("/available?country=US&area_code=312&features=fax,voice&limit=5")
        .await
        .expect(200);
    let number = found["data"][0]["phone_number"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(number.starts_with("+1312"), "{number}");
    assert!(!found["meta"]["request_id"].as_str().unwrap().is_empty());

    // It orders the first one. The gateway says at once that it has written the order down, and sees to the rest.
    let order = shop.order(&number).await;
    let delivered = shop.until(&order, "success").await;
    assert_eq!(delivered["phone_numbers"], json!([number]));

    // The number is the clinic's, and attached: its faxes come to this gateway.
    let own = shop.get(&format!("/{number}")).await.expect(200);
    assert_eq!(own["data"]["carrier"], "telnyx");
    assert_eq!(own["data"]["status"], "active");
    assert_eq!(own["data"]["connection_id"], shop.double.connection_id());

    // It says who it is.
    let change = json!({"header_text": "Lakeside Clinic", "caller_name": "Lakeside Clinic", "is_default": true});
    let changed = shop
        .tell("PATCH", &format!("/{number}"), &change)
        .await
        .expect(200);
    assert_eq!(changed["data"]["header_text"], "Lakeside Clinic");

    // Somebody out there sends two pages to the new number.
    let fax = Inbound::new("+16132484850", &number, pdf(2));
    shop.double.receive(fax).await.unwrap();

    // They are in the clinic's list, and can be read.
    let received = eventually("the first fax has arrived", DEADLINE, async || {
        let list = shop
            .gateway
            .ask("GET", "/api/fax/list/?direction=inbound")
            .token(&shop.token)
            .send()
            .await
            .expect(200);
        (list["count"] == 1).then(|| list["results"][0].clone())
    })
    .await;
    assert_eq!(received["status"], "received");
    assert_eq!(received["pages"], 2);
    let document = format!("/api/fax/document/{}/", received["uuid"].as_str().unwrap());
    let document = shop.gateway.ask("GET", &document).token(&shop.token);
    assert!(document.send().await.body.starts_with(b"%PDF-"));
}
