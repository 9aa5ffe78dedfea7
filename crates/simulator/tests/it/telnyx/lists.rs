//! Lists of faxes: filters, pages, what was deleted.

use reqwest::StatusCode;
use serde_json::Value;

use super::{FROM, GOOD, STAYS, code, telnyx, text};

fn ids(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().unwrap();
    data.iter().map(|fax| text(&fax["id"])).collect()
}

#[tokio::test]
async fn a_list_shows_what_its_filters_want_the_newest_first() {
    let telnyx = telnyx(|options| options.numbers = vec!["+13125550199".to_owned()]).await;
    let first = telnyx.send(GOOD).await;
    let second = telnyx.send(STAYS).await;
    let third = telnyx.send("+13125550199").await;
    telnyx.double.quiet().await;
    let list = async |query: &str| telnyx.get(&format!("/faxes?{query}")).await.1;
    let got = ids(&list("filter[direction][eq]=outbound").await);
    assert_eq!(got, [&*third, &*second, &*first]);
    let to = "filter%5Bto%5D%5Beq%5D=%2B15550001111";
    assert_eq!(ids(&list(to).await), [&*first]);
    assert_eq!(ids(&list("filter[from][eq]=%2B1999").await), [""; 0]);
    let inbound = list("filter[direction][eq]=inbound").await;
    assert_eq!(inbound["data"][0]["from"], FROM);
    assert_eq!(inbound["data"][0]["status"], "received");
    let at = text(&telnyx.fax(&second)["created_at"]);
    let since = list(&format!(
        "filter[created_at][gte]={at}&filter[direction][eq]=outbound"
    ))
    .await;
    assert_eq!(ids(&since), [&*third, &*second]);
    let after = list(&format!(
        "filter[created_at][gt]={at}&filter[direction][eq]=outbound"
    ))
    .await;
    assert_eq!(ids(&after), [&*third]);
    let before = list(&format!("filter[created_at][lt]={at}")).await;
    assert_eq!(ids(&before), [&*first]);
    let until = list(&format!("filter[created_at][lte]={at}")).await;
    assert_eq!(ids(&until), [&*second, &*first]);
    let (status, wrong) = telnyx.get("/faxes?filter[created_at][gte]=yesterday").await;
    assert_eq!((status, code(&wrong)), (StatusCode::BAD_REQUEST, "10015"));
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let telnyx = telnyx(|_| ()).await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.insert(0, telnyx.send(GOOD).await);
    }
    let (_, page) = telnyx.get("/faxes?page[number]=2&page[size]=2").await;
    assert_eq!(ids(&page), sent[2..4]);
    let meta = &page["meta"];
    let numbers = ["total_results", "total_pages", "page_number", "page_size"];
    assert_eq!(
        numbers.map(|name| meta[name].as_u64().unwrap()),
        [5, 3, 2, 2]
    );
    let (_, beyond) = telnyx.get("/faxes?page[number]=9&page[size]=2").await;
    assert_eq!(ids(&beyond), [""; 0]);
}

#[tokio::test]
async fn a_deleted_fax_is_gone() {
    let telnyx = telnyx(|_| ()).await;
    let id = telnyx.send(GOOD).await;
    telnyx.double.quiet().await;
    let path = format!("/faxes/{id}");
    assert_eq!(telnyx.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(telnyx.get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(telnyx.delete(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ids(&telnyx.get("/faxes").await.1), [""; 0]);
    assert_eq!(telnyx.double.calls().len(), 1);
}
