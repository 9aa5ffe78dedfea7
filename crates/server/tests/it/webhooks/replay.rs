//! Sending again.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{Desk, ids};
use crate::under_test::Rows;

on_both_databases!(
    one_delivery_is_sent_again_under_its_old_id,
    the_events_of_a_time_are_sent_again_and_those_that_were_missed,
    with_a_key_all_is_sent_again_once,
);

async fn one_delivery_is_sent_again_under_its_old_id(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    desk.happen(1).await;
    let newest = desk.newest_is(&id, "delivered").await;
    let delivery = newest["id"].as_str().unwrap();
    let path = format!("/{id}/deliveries/{delivery}/replay");
    let again = desk.tell("POST", &path, &json!({})).await.expect(202);
    assert_eq!(again["data"]["id"], delivery);
    let came = desk.receiver.has("/hook", 2).await;
    assert_eq!(came[0].id(), came[1].id());
    assert_eq!(came[0].body, came[1].body);
    let newest = desk.newest_is(&id, "delivered").await;
    assert_eq!(newest["attempts"], 2);
    assert_eq!(desk.deliveries(&id).await.len(), 1);

    let unknown = format!("/{id}/deliveries/{id}/replay");
    let answer = desk.tell("POST", &unknown, &json!({})).await;
    answer.refused(404, "NO_SUCH_DELIVERY", "no such delivery");
    let off = json!({"is_active": false});
    desk.tell("PATCH", &format!("/{id}"), &off)
        .await
        .expect(200);
    let answer = desk.tell("POST", &path, &json!({})).await;
    answer.refused(409, "WEBHOOK_DISABLED", "switch it on");
}

async fn the_events_of_a_time_are_sent_again_and_those_that_were_missed(db: TestDb) {
    let desk = Desk::open(db).await;
    desk.endpoint("/witness", &["number.*"]).await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    let begin = Rows::now().to_string();
    desk.happen(2).await;
    desk.receiver.has("/hook", 2).await;
    let (on, off) = (json!({"is_active": true}), json!({"is_active": false}));
    desk.tell("PATCH", &format!("/{id}"), &off)
        .await
        .expect(200);
    desk.happen(3).await;
    let all = desk.receiver.has("/witness", 5).await;
    desk.tell("PATCH", &format!("/{id}"), &on).await.expect(200);
    assert_eq!(desk.deliveries(&id).await.len(), 2);

    let replay = format!("/{id}/replay");
    let nothing = json!({"since": begin, "event_types": ["fax.*"]});
    let answer = desk.tell("POST", &replay, &nothing).await.expect(202);
    assert_eq!(answer["data"]["events"], 0);
    let wrong = json!({"since": begin, "until": "2001-01-01T00:00:00Z"});
    let answer = desk.tell("POST", &replay, &wrong).await;
    answer.refused(400, "INVALID_FIELDS", "until");
    let answer = desk.tell("POST", &replay, &json!({})).await;
    answer.refused(400, "INVALID_FIELDS", "since");

    let answer = desk
        .tell("POST", &replay, &json!({"since": begin}))
        .await
        .expect(202);
    assert_eq!(answer["data"]["events"], 5, "{answer}");
    assert!(answer["data"]["next_since"].is_null());
    let came = desk.receiver.has("/hook", 7).await;
    let mut again = ids(&came[2..]);
    again.sort_unstable();
    let mut told = ids(&all);
    told.sort_unstable();
    assert_eq!(again, told);
    assert_eq!(desk.deliveries(&id).await.len(), 5);
}

async fn with_a_key_all_is_sent_again_once(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    let begin = Rows::now().to_string();
    desk.happen(1).await;
    let newest = desk.newest_is(&id, "delivered").await;
    let delivery = newest["id"].as_str().unwrap();
    let mut came = 1;
    for (path, body, status, more) in [
        (
            format!("/{id}/deliveries/{delivery}/replay"),
            json!({}),
            202,
            1,
        ),
        (format!("/{id}/replay"), json!({"since": begin}), 202, 1),
        (format!("/{id}/test"), json!({}), 200, 1),
    ] {
        let first = desk.tell_once(&path, &body).await;
        came += more;
        desk.receiver.has("/hook", came).await;
        let again = desk.tell_once(&path, &body).await;
        assert_eq!(again.header("Idempotent-Replayed"), "true", "{path}");
        assert_eq!(again.expect(status), first.expect(status), "{path}");
        desk.newest_is(&id, "delivered").await;
        assert_eq!(desk.receiver.has("/hook", came).await.len(), came, "{path}");
    }
    // The event, twice more, and one test.
    let path = format!("/{id}/deliveries/{delivery}");
    let replayed = desk.get(&path).await.expect(200);
    assert_eq!(replayed["data"]["attempts"], 3);
    assert_eq!(desk.deliveries(&id).await.len(), 2);
}
