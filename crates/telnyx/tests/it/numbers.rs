//! Numbers: searched, ordered, found, attached and given back.

use faxgate_telnyx::{
    AvailableNumberFilter, Feature, NewNumberOrder, NumberOrderFilter, NumberOrderStatus,
    NumberType, Page, PhoneNumberChange, PhoneNumberFilter, PhoneNumberStatus,
};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::client;

fn order() -> Value {
    json!({"id": "12ade33a-21c0-473b-b055-b3c836e1c292", "record_type": "number_order",
        "phone_numbers_count": 1, "connection_id": "346789098765567", "messaging_profile_id": null,
        "billing_group_id": null, "customer_reference": "order-1", "status": "pending",
        "requirements_met": true, "sub_number_orders_ids": ["s1"],
        "created_at": "2018-01-01T00:00:00.000000Z", "updated_at": "2018-01-01T00:00:00.000000Z",
        "phone_numbers": [{"id": "dc8e4d67", "record_type": "number_order_phone_number",
            "phone_number": "+19705555098", "bundle_id": null, "regulatory_requirements": [],
            "requirements_met": true, "requirements_status": "approved", "status": "success",
            "phone_number_type": "local", "country_code": "US"}]})
}

fn number() -> Value {
    json!({"id": "1293384261075731499", "record_type": "phone_number", "phone_number": "+19705555098",
        "country_iso_alpha2": "US", "status": "active", "tags": ["fax"], "connection_id": "",
        "connection_name": null, "customer_reference": "order-1", "phone_number_type": "longcode",
        "purchased_at": "2019-10-23T18:10:00.000Z", "created_at": "2019-10-23T18:10:00.000Z",
        "deletion_lock_enabled": false, "t38_fax_gateway_enabled": true})
}

#[tokio::test]
async fn available_numbers_are_searched() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v2/available_phone_numbers"))
        .and(query_param("filter[country_code]", "US"))
        .and(query_param("filter[national_destination_code]", "970"))
        .and(query_param("filter[phone_number_type]", "local"))
        .and(query_param("filter[features]", "fax,voice"))
        .and(query_param("filter[phone_number][ends_with]", "98"))
        .and(query_param("filter[limit]", "5"))
        .and(query_param("filter[best_effort]", "false"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "data": [{"record_type": "available_phone_number", "phone_number": "+19705555098",
                "vanity_format": "", "best_effort": false, "quickship": true, "reservable": true,
                "region_information": [{"region_type": "country_code", "region_name": "US"}],
                "cost_information": {"upfront_cost": "3.21", "monthly_cost": "6.54", "currency": "USD"},
                "features": [{"name": "fax"}, {"name": "telepathy"}]}],
            "meta": {"total_results": 100, "best_effort_results": 50}})))
        .expect(1)
        .mount(&server)
        .await;
    let filter = AvailableNumberFilter {
        country_code: Some("US".to_owned()),
        national_destination_code: Some("970".to_owned()),
        number_type: Some(NumberType::Local),
        features: vec![Feature::Fax, Feature::Voice],
        ends_with: Some("98".to_owned()),
        limit: Some(5),
        best_effort: Some(false),
        ..AvailableNumberFilter::default()
    };
    let found = client(&server.uri())
        .available_numbers()
        .search(&filter)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].phone_number.as_str(), "+19705555098");
    assert!(found[0].can(&Feature::Fax) && !found[0].can(&Feature::Voice));
    assert!(found[0].can(&Feature::Other("telepathy".to_owned())));
    let cost = found[0].cost_information.as_ref().unwrap();
    assert_eq!(cost.monthly_cost.as_deref(), Some("6.54"));
    assert_eq!(
        found[0].region_information[0].region_name.as_deref(),
        Some("US")
    );
}

#[tokio::test]
async fn a_number_is_ordered_and_its_order_followed_and_found_by_its_note() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v2/number_orders"))
        .and(body_json(
            json!({"phone_numbers": [{"phone_number": "+19705555098"}],
            "connection_id": "346789098765567", "customer_reference": "order-1"}),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": order()})))
        .expect(1)
        .mount(&server)
        .await;
    let mut done = order();
    done["status"] = "success".into();
    Mock::given(method("GET"))
        .and(path(
            "/v2/number_orders/12ade33a-21c0-473b-b055-b3c836e1c292",
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": done})))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/v2/number_orders"))
        .and(query_param("filter[customer_reference]", "order-1"))
        .and(query_param("filter[status]", "pending"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"data": [order()], "meta": {"total_pages": 1, "page_number": 1}}),
        ))
        .expect(2)
        .mount(&server)
        .await;

    let client = client(&server.uri());
    let orders = client.number_orders();
    let wanted = NewNumberOrder {
        phone_numbers: vec![faxgate_telnyx::Number::new("+19705555098").into()],
        connection_id: Some("346789098765567".into()),
        customer_reference: Some("order-1".to_owned()),
        ..NewNumberOrder::default()
    };
    let order = orders.create(&wanted).await.unwrap();
    assert_eq!(order.status, NumberOrderStatus::Pending);
    assert_eq!(order.phone_numbers[0].status, NumberOrderStatus::Success);
    assert_eq!(order.customer_reference.as_deref(), Some("order-1"));
    assert_eq!(order.sub_number_orders_ids, ["s1"]);

    let followed = orders.get(&order.id).await.unwrap().unwrap();
    assert_eq!(followed.status, NumberOrderStatus::Success);
    let filter = NumberOrderFilter {
        customer_reference: Some("order-1".to_owned()),
        status: Some(NumberOrderStatus::Pending),
    };
    assert_eq!(
        orders
            .list(&filter, Page::default())
            .await
            .unwrap()
            .data
            .len(),
        1
    );
    assert!(orders.walk(&filter, 2).await.unwrap().complete);
    assert!(
        orders.get(&"0".into()).await.unwrap().is_none(),
        "no mock: 404"
    );
}

#[tokio::test]
async fn a_number_is_found_attached_and_given_back() {
    let server = MockServer::start().await;
    let mut near = number();
    near["phone_number"] = "+197055550981".into();
    Mock::given(method("GET"))
        .and(path("/v2/phone_numbers"))
        .and(query_param("filter[phone_number]", "19705555098"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"data": [near, number()], "meta": {"total_pages": 1}})),
        )
        .expect(2)
        .mount(&server)
        .await;
    let one = "/v2/phone_numbers/1293384261075731499";
    Mock::given(method("PATCH"))
        .and(path(one))
        .and(body_json(
            json!({"connection_id": "77", "tags": ["fax", "ward"]}),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": number()})))
        .expect(1)
        .mount(&server)
        .await;
    for verb in ["GET", "DELETE"] {
        Mock::given(method(verb))
            .and(path(one))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": number()})))
            .expect(1)
            .mount(&server)
            .await;
    }

    let client = client(&server.uri());
    let numbers = client.phone_numbers();
    let wanted = "+19705555098".into();
    let found = numbers.by_number(&wanted).await.unwrap().unwrap();
    assert_eq!(found.phone_number, wanted);
    assert_eq!(found.status, PhoneNumberStatus::Active);
    assert_eq!(
        found.phone_number_type,
        NumberType::Other("longcode".to_owned())
    );
    assert_eq!(found.connection_id, None, "an empty one is none");
    let filter = PhoneNumberFilter {
        phone_number: Some(wanted),
        ..PhoneNumberFilter::default()
    };
    assert_eq!(numbers.walk(&filter, 1).await.unwrap().items.len(), 2);

    let change = PhoneNumberChange {
        connection_id: Some("77".into()),
        tags: Some(vec!["fax".to_owned(), "ward".to_owned()]),
        ..PhoneNumberChange::default()
    };
    numbers.update(&found.id, &change).await.unwrap();
    assert!(numbers.get(&found.id).await.unwrap().is_some());
    assert!(numbers.delete(&found.id).await.unwrap());
    let error = numbers.update(&"0".into(), &change).await.unwrap_err();
    assert!(error.is_not_found());
}
