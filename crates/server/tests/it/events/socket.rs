//! `/api/v1/events/ws`

use faxgate_test_support::{DEADLINE, TestDb, on_both_databases};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::log::Log;
use crate::under_test::Gateway;

on_both_databases![
    a_socket_tells_what_a_stream_does_and_resumes,
    a_socket_begins_where_its_first_message_says,
    a_socket_says_why_it_is_closed,
    a_browser_shows_a_ticket,
    a_request_that_opens_no_socket_is_refused,
];

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(gateway: &Gateway, token: &str, query: &str) -> Result<Socket, Error> {
    let url = format!("ws://{}/api/v1/events/ws{query}", gateway.address());
    let mut request = url.into_client_request().unwrap();
    if !token.is_empty() {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("Authorization", value);
    }
    Ok(connect_async(request).await?.0)
}

/// The next event, or the close code and its reason.
async fn next(socket: &mut Socket) -> Result<Value, (u16, String)> {
    loop {
        let message = timeout(DEADLINE, socket.next()).await;
        match message
            .expect("the gateway says something")
            .unwrap()
            .unwrap()
        {
            Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(Some(frame)) => {
                return Err((frame.code.into(), frame.reason.to_string()));
            }
            Message::Ping(_) | Message::Pong(_) => {}
            other => unreachable!("{other:?}"),
        }
    }
}

async fn a_socket_tells_what_a_stream_does_and_resumes(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    let mut socket = connect(&gateway, &token, "?types=number.changed")
        .await
        .unwrap();
    log.append(tenant, 1).await;
    log.append(tenant, 1).await;
    let first = next(&mut socket).await.unwrap();
    assert_eq!(first["type"], "number.changed");
    drop(socket);
    let id = first["id"].as_str().unwrap();
    let query = format!("?types=number.changed&last_event_id={id}");
    let mut socket = connect(&gateway, &token, &query).await.unwrap();
    log.append(tenant, 1).await;
    for n in [1, 2] {
        assert_eq!(next(&mut socket).await.unwrap()["data"]["n"], n);
    }
    socket.send(Message::Ping("hello".into())).await.unwrap();
    loop {
        let heard = timeout(DEADLINE, socket.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if let Message::Pong(bytes) = heard {
            assert_eq!(&bytes[..], b"hello");
            break;
        }
    }
}

async fn a_socket_begins_where_its_first_message_says(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    for _ in 0..3 {
        log.append(tenant, 1).await;
    }
    let listed = gateway
        .ask("GET", "/api/v1/events?types=number.changed")
        .token(&token);
    let first = listed.send().await.expect(200)["data"][0]["id"].clone();
    let mut socket = connect(&gateway, &token, "?begin=message").await.unwrap();
    let begin = serde_json::json!({"last_event_id": first}).to_string();
    socket.send(Message::Text(begin.into())).await.unwrap();
    for n in [1, 2] {
        assert_eq!(next(&mut socket).await.unwrap()["data"]["n"], n);
    }
    let mut socket = connect(&gateway, &token, "?begin=message").await.unwrap();
    let unknown = r#"{"last_event_id": "evt_zz000000000000000000000000"}"#;
    socket.send(Message::Text(unknown.into())).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap_err().0, 4404);
    let mut socket = connect(&gateway, &token, "?begin=message").await.unwrap();
    socket.send(Message::Text("hello".into())).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap_err().0, 1008);
}

async fn a_socket_says_why_it_is_closed(db: TestDb) {
    let log = Log::of(&db);
    let mut gateway = Gateway::start(db, "api", |settings| {
        settings.with("LIVE__HEARTBEAT_SECONDS", "1")
    })
    .await;
    let token = gateway.sign_in().await;
    let leaver = gateway.member("default", "leaver", "member").await;
    let mut left = connect(&gateway, &leaver, "").await.unwrap();
    let mut talker = connect(&gateway, &token, "").await.unwrap();
    let mut stays = connect(&gateway, &token, "").await.unwrap();
    talker.send(Message::Text("hello".into())).await.unwrap();
    assert_eq!(next(&mut talker).await.unwrap_err().0, 1008);
    log.revoke_all("leaver").await;
    assert_eq!(next(&mut left).await.unwrap_err().0, 4401);
    gateway.terminate();
    let (code, reason) = next(&mut stays).await.unwrap_err();
    assert_eq!(
        (code, reason.as_str()),
        (1001, "the gateway stops; connect again")
    );
    gateway.start_again("api", |settings| settings).await;
}

async fn a_browser_shows_a_ticket(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let answer = gateway
        .ask("POST", "/api/v1/events/tickets")
        .token(&token)
        .send()
        .await;
    let ticket = answer.expect(201)["data"]["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    let query = format!("?ticket={ticket}");
    let mut socket = connect(&gateway, "", &query).await.unwrap();
    log.append(log.tenant("default").await, 1).await;
    assert_eq!(next(&mut socket).await.unwrap()["type"], "number.changed");
    match connect(&gateway, "", &query).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status().as_u16(), 401),
        other => unreachable!("{other:?}"),
    }
}

async fn a_request_that_opens_no_socket_is_refused(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let answer = gateway
        .ask("GET", "/api/v1/events/ws")
        .token(&token)
        .send()
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["code"], "NOT_A_WEBSOCKET");
}
