//! Walking over the pages of a list.

use faxgate_telnyx::{FaxFilter, List, Page};
use serde_json::json;

use crate::support::{Act, Server, answer, client};

fn page(ids: &[&str], meta: serde_json::Value) -> Act {
    let data: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    answer(
        "200 OK",
        "",
        &json!({"data": data, "meta": meta}).to_string(),
    )
}

#[tokio::test]
async fn a_walk_brings_every_page_in_order() {
    let server = Server::start([
        page(&["a", "b"], json!({"page_number": 1, "total_pages": 3})),
        page(&["c", "d"], json!({"page_number": 2, "total_pages": 3})),
        page(&["e"], json!({"page_number": 3, "total_pages": 3})),
    ])
    .await;
    let client = client(&server.url);
    let walk = client
        .faxes()
        .walk(&FaxFilter::default(), 10)
        .await
        .unwrap();
    assert!(walk.complete);
    let ids: Vec<_> = walk.items.iter().map(|fax| fax.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e"]);
    for (number, request) in server.seen().iter().enumerate() {
        let asked = format!("page%5Bnumber%5D={}&page%5Bsize%5D=100 ", number + 1);
        assert!(request.head.contains(&asked), "{}", request.head);
    }
}

#[tokio::test]
async fn a_walk_stops_at_its_bound_and_says_so() {
    let server = Server::start([
        page(&["a"], json!({"total_pages": 1000})),
        page(&["b"], json!({"total_pages": 1000})),
    ])
    .await;
    let client = client(&server.url);
    let walk = client.faxes().walk(&FaxFilter::default(), 2).await.unwrap();
    assert!(!walk.complete);
    assert_eq!(walk.items.len(), 2);
}

#[tokio::test]
async fn where_nothing_is_said_of_pages_an_empty_one_is_the_last() {
    let server = Server::start([page(&["a"], json!(null)), page(&[], json!("odd"))]).await;
    let client = client(&server.url);
    let walk = client.faxes().walk(&FaxFilter::default(), 9).await.unwrap();
    assert!(walk.complete);
    assert_eq!(walk.items.len(), 1);
}

#[tokio::test]
async fn an_answer_without_a_list_is_an_error_and_not_an_empty_list() {
    for body in [
        "{}",
        r#"{"data":null}"#,
        r#"{"data":[{"status":"queued"}]}"#,
    ] {
        let server = Server::start([answer("200 OK", "", body)]).await;
        let walk = client(&server.url)
            .faxes()
            .walk(&FaxFilter::default(), 1)
            .await;
        assert!(walk.is_err(), "{body}");
    }
}

#[test]
fn a_list_knows_its_last_page() {
    let list: List<u8> = serde_json::from_str(r#"{"data":[],"meta":{"total_pages":0}}"#).unwrap();
    assert!(list.is_last(Page::default()));
    let list: List<u8> =
        serde_json::from_str(r#"{"data":[1],"meta":{"total_pages":"2"}}"#).unwrap();
    assert!(!list.is_last(Page::first(1)));
    assert!(list.is_last(Page::first(1).next()));
}
