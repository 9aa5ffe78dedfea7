//! Numbers: found, ordered, attached, released.

use faxgate_simulator::telnyx::Inbound;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{FROM, code, document, telnyx, text};

#[tokio::test]
async fn a_number_is_found_ordered_attached_and_takes_its_first_fax() {
    let telnyx = telnyx(|_| ()).await;
    let search = "/available_phone_numbers?filter[country_code]=US&filter[features][]=fax\
        &filter[national_destination_code]=312&filter[limit]=3";
    let (status, found) = telnyx.get(search).await;
    assert_eq!(status, StatusCode::OK);
    let found = found["data"].as_array().unwrap();
    assert_eq!(found.len(), 3);
    let offer = &found[0];
    assert_eq!(offer["record_type"], "available_phone_number");
    assert_eq!(offer["features"][2]["name"], "fax");
    assert!(offer["cost_information"]["monthly_cost"].is_string());
    let number = text(&offer["phone_number"]);
    assert!(number.starts_with("+1312"));

    let order =
        json!({"phone_numbers": [{"phone_number": number}], "customer_reference": "order-7"});
    let (status, placed) = telnyx.post("/number_orders", &order).await;
    assert_eq!(
        (status, &placed["data"]["status"]),
        (StatusCode::OK, &json!("pending"))
    );
    let (_, still) = telnyx
        .get(&format!(
            "{search}&filter[phone_number][contains]={}",
            &number[1..]
        ))
        .await;
    assert_eq!(still["data"], json!([]), "what was ordered is not offered");
    let (status, again) = telnyx.post("/number_orders", &order).await;
    assert_eq!(
        (status, code(&again)),
        (StatusCode::UNPROCESSABLE_ENTITY, "10015")
    );
    telnyx.double.quiet().await;
    let (_, orders) = telnyx
        .get("/number_orders?filter[customer_reference]=order-7")
        .await;
    assert_eq!(orders["data"][0]["id"], placed["data"]["id"]);
    assert_eq!(orders["data"][0]["status"], "success");
    assert_eq!(
        orders["data"][0]["phone_numbers"][0]["phone_number"],
        json!(number)
    );
    let (_, others) = telnyx
        .get("/number_orders?filter[customer_reference]=order-8")
        .await;
    assert_eq!(others["data"], json!([]));
    let path = format!("/number_orders/{}", text(&placed["data"]["id"]));
    assert_eq!(telnyx.get(&path).await.1["data"]["status"], "success");

    let fax = || Inbound::new(FROM, &number, document(1));
    assert!(
        telnyx.double.receive(fax()).await.is_err(),
        "attached to nothing"
    );
    let digits = &number[1..];
    let (_, own) = telnyx
        .get(&format!("/phone_numbers?filter[phone_number]={digits}"))
        .await;
    let path = format!("/phone_numbers/{}", text(&own["data"][0]["id"]));
    assert_eq!(own["data"][0]["connection_id"], Value::Null);
    let attach = json!({"connection_id": telnyx.double.connection_id(), "tags": ["fax"]});
    let (status, attached) = telnyx.with_body(Method::PATCH, &path, &attach).await;
    assert_eq!(
        (status, &attached["data"]["tags"]),
        (StatusCode::OK, &json!(["fax"]))
    );
    assert_eq!(
        telnyx.get(&path).await.1["data"]["connection_id"],
        attach["connection_id"]
    );
    telnyx.double.receive(fax()).await.unwrap();

    let (status, released) = telnyx.delete(&path).await;
    assert_eq!(
        (status, &released["data"]["status"]),
        (StatusCode::OK, &json!("deleted"))
    );
    assert_eq!(telnyx.get(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_order_may_fail_or_stay_pending_or_be_refused() {
    let telnyx = telnyx(|_| ()).await;
    let order = async |number: &str| {
        let order = json!({"phone_numbers": [{"phone_number": number}], "connection_id": telnyx.double.connection_id()});
        let (_, placed) = telnyx.post("/number_orders", &order).await;
        telnyx.double.quiet().await;
        let path = format!("/number_orders/{}", text(&placed["data"]["id"]));
        text(&telnyx.get(&path).await.1["data"]["status"])
    };
    assert_eq!(order("+14155550101").await, "success");
    assert_eq!(order("+14155550109").await, "failure");
    assert_eq!(order("+14155550108").await, "pending");
    let (_, own) = telnyx.get("/phone_numbers").await;
    assert_eq!(own["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        own["data"][0]["connection_id"],
        telnyx.double.connection_id()
    );
    for wrong in [
        json!({}),
        json!({"phone_numbers": []}),
        json!({"phone_numbers": [{}]}),
    ] {
        let (status, refused) = telnyx.post("/number_orders", &wrong).await;
        assert_eq!(
            (status, code(&refused)),
            (StatusCode::BAD_REQUEST, "10015"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_search_finds_what_all_its_filters_want() {
    let telnyx = telnyx(|_| ()).await;
    for (query, expected) in [
        ("filter[country_code]=GB", 10),
        ("filter[phone_number_type]=toll_free", 20),
        (
            "filter[phone_number_type]=toll_free&filter[features]=fax",
            19,
        ),
        (
            "filter[locality]=chicago&filter[administrative_area]=IL",
            20,
        ),
        ("filter[phone_number][starts_with]=415", 20),
        ("filter[phone_number][ends_with]=0105", 5),
        ("filter[phone_number][contains]=55501", 80),
        ("filter[country_code]=FR", 0),
        (
            "filter[country_code]=US&filter[limit]=7&filter[best_effort]=true",
            7,
        ),
    ] {
        let (_, found) = telnyx
            .get(&format!("/available_phone_numbers?{query}"))
            .await;
        assert_eq!(found["data"].as_array().unwrap().len(), expected, "{query}");
        assert_eq!(found["meta"]["total_results"], expected, "{query}");
    }
}
