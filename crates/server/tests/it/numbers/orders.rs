//! Orders, followed to their ends.

use faxgate_simulator::telnyx::{Fault, Trouble};
use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{NUMBERS, Shop};

on_both_databases![
    an_order_whose_answer_is_lost_is_not_bought_twice,
    an_order_that_never_arrived_is_placed_again,
    an_order_that_fails_says_why,
    an_order_that_the_carrier_refuses_fails_at_once,
    the_same_request_orders_once,
    a_number_that_is_taken_or_ordered_is_refused,
];

const POST: &str = "POST /v2/number_orders";

async fn an_order_whose_answer_is_lost_is_not_bought_twice(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.double.inject(Fault::new(Trouble::AnswerLost).on(POST));
    let order = shop.order("+13125550101").await;
    shop.until(&order, "success").await;
    assert_eq!(shop.posts(), 1);
    let own = shop.get("/+13125550101").await.expect(200);
    assert_eq!(own["data"]["carrier"], "telnyx");
}

async fn an_order_that_never_arrived_is_placed_again(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.double.inject(Fault::new(Trouble::Closed).on(POST));
    let order = shop.order("+13125550101").await;
    shop.until(&order, "success").await;
    let asked: Vec<_> = shop
        .double
        .requests()
        .into_iter()
        .filter(|request| request.target.starts_with("/v2/number_orders"))
        .map(|request| request.method)
        .collect();
    // Asked, looked for twice, asked again.
    assert_eq!(asked[..4], ["POST", "GET", "GET", "POST"]);
    assert_eq!(shop.posts(), 2);
}

async fn an_order_that_fails_says_why(db: TestDb) {
    let shop = Shop::open(db).await;
    let order = shop.order("+13125550109").await;
    let failed = shop.until(&order, "failure").await;
    let why = failed["error"].as_str().unwrap();
    assert!(why.contains("telnyx could not deliver"), "{why}");
    shop.get("/+13125550109")
        .await
        .refused(404, "NO_SUCH_NUMBER", "+13125550109");
}

async fn an_order_that_the_carrier_refuses_fails_at_once(db: TestDb) {
    let shop = Shop::open(db).await;
    let order = shop.order("+13125559999").await;
    let failed = shop.until(&order, "failure").await;
    let why = failed["error"].as_str().unwrap();
    assert!(why.contains("not available"), "{why}");
    assert_eq!(shop.posts(), 1);
}

async fn the_same_request_orders_once(db: TestDb) {
    let shop = Shop::open(db).await;
    let ask = async |key: &str, header: &str, number: &str| {
        let path = format!("{NUMBERS}/orders");
        let ask = shop.gateway.ask("POST", &path).token(&shop.token);
        let body = json!({"phone_numbers": [number]});
        ask.header(header, key).json(&body).send().await
    };
    let first = ask("k1", "X-Idempotency-Key", "+13125550101")
        .await
        .expect(202);
    let again = ask("k1", "Idempotency-Key", "+13125550101")
        .await
        .expect(202);
    assert_eq!(first["data"]["id"], again["data"]["id"]);
    ask("k1", "Idempotency-Key", "+13125550102")
        .await
        .refused(409, "IDEMPOTENCY_KEY_REUSED", "");
    let order = first["data"]["id"].as_str().unwrap();
    shop.until(order, "success").await;
    assert_eq!(shop.posts(), 1);
    let orders = shop.get("/orders").await.expect(200);
    assert_eq!(orders["meta"]["paging"]["total"], 1);
}

async fn a_number_that_is_taken_or_ordered_is_refused(db: TestDb) {
    let shop = Shop::open(db).await;
    // This one stays pending.
    let order = shop.order("+13125550108").await;
    shop.until(&order, "placed").await;
    let ask = async |number: &str| {
        let body = json!({"phone_numbers": [number]});
        shop.tell("POST", "/orders", &body).await
    };
    ask("+13125550108").await.refused(409, "NUMBER_ORDERED", "");
    ask("5551234567").await.refused(409, "NUMBER_TAKEN", "");
    ask("nonsense")
        .await
        .refused(400, "INVALID_NUMBER", "nonsense");
    ask("").await.refused(400, "INVALID_NUMBER", "");
}
