//! A tenant with one of everything that has an id.

use std::collections::BTreeMap;

use faxgate_test_support::{DEADLINE, eventually};
use serde_json::{Value, json};

use super::town::{Town, took};
use crate::under_test::{PASSWORD, pdf, tiff};

/// A tenant and what it has.
pub(super) struct House {
    pub(super) id: String,
    /// In every text of the tenant's.
    pub(super) marker: String,
    /// An administrator's token.
    pub(super) boss: String,
    /// What the tenant has, by its kind.
    pub(super) things: BTreeMap<&'static str, Vec<String>>,
}

impl House {
    /// The tenant's things of a kind; there is at least one.
    pub(super) fn all(&self, kind: &str) -> &[String] {
        let things = self.things.get(kind);
        things.unwrap_or_else(|| {
            unreachable!("the tenants have nothing of the kind `{kind}`: give them one in house.rs")
        })
    }

    pub(super) fn one(&self, kind: &str) -> &str {
        &self.all(kind)[0]
    }

    fn has(&mut self, kind: &'static str, what: &Value) {
        let text = what
            .as_str()
            .map_or_else(|| what.to_string(), str::to_owned);
        self.things.entry(kind).or_default().push(text);
    }
}

/// Builds the tenant `slug` with two numbers, one of them ordered. `marker` has lower-case letters only.
pub(super) async fn build(town: &Town, slug: &str, numbers: [&str; 2], marker: &str) -> House {
    let gateway = &town.gateway;
    gateway.manage(&["tenant", "create", slug], "").await;
    gateway
        .manage(&["did", "add", numbers[0], "--tenant", slug], "")
        .await;
    let boss = gateway
        .member(slug, &format!("{marker}-boss"), "admin")
        .await;
    gateway
        .member(slug, &format!("{marker}-worker"), "member")
        .await;
    let mut house = House {
        id: String::new(),
        marker: marker.to_owned(),
        boss,
        things: BTreeMap::new(),
    };
    of_operators(town, &mut house, slug, numbers[1]).await;
    of_people(town, &mut house).await;
    of_faxes(town, &mut house, numbers[0]).await;
    of_the_office(town, &mut house).await;
    of_notices(town, &mut house).await;
    house
}

/// What operators do for a tenant.
async fn of_operators(town: &Town, house: &mut House, slug: &str, number: &str) {
    let (operator, marker) = (&town.operator, house.marker.clone());
    let named = json!({"name": format!("{marker} inc")});
    let tenant = town
        .tell(operator, "PATCH", &format!("/api/v1/tenants/{slug}"), named)
        .await;
    tenant["id"].as_str().unwrap().clone_into(&mut house.id);
    house.has("tenant", &json!(slug));
    house.has("tenant", &tenant["id"]);
    let route = json!({"lanes": ["telnyx"], "tenant": slug, "prefix": "1999"});
    let route = town.tell(operator, "POST", "/api/v1/routes", route).await;
    house.has("route", &route["id"]);
    let money =
        json!({"amount": "25.00", "reference": format!("{marker} invoice"), "note": marker});
    town.tell(
        operator,
        "POST",
        &format!("/api/v1/balance/top-up?tenant={slug}"),
        money,
    )
    .await;
    let prices = json!({"per_page": "0.07"});
    town.tell(
        operator,
        "PUT",
        &format!("/api/v1/prices?tenant={slug}"),
        prices,
    )
    .await;
    let listed = [
        "do-not-fax",
        "add",
        "+15550107777",
        "--tenant",
        slug,
        "--reason",
        &marker,
    ];
    town.gateway.manage(&listed, "").await;
    let order = json!({"phone_numbers": [number], "tenant": slug});
    let order = town
        .tell(operator, "POST", "/api/v1/numbers/orders", order)
        .await;
    house.has("order", &order["id"]);
    let path = format!("/api/v1/numbers/orders/{}", house.one("order"));
    eventually("the number is there", DEADLINE, async || {
        (town.look(&house.boss, &path).await["status"] == "success").then_some(())
    })
    .await;
    for number in town
        .look(&house.boss, "/api/v1/numbers")
        .await
        .as_array()
        .unwrap()
    {
        house.has("number", &number["phone_number"]);
        house.has("number", &number["id"]);
    }
    assert_eq!(house.all("number").len(), 4);
}

/// Users, tokens and sessions.
async fn of_people(town: &Town, house: &mut House) {
    let boss = house.boss.clone();
    let users = town.look(&boss, "/api/v1/users").await;
    for user in users.as_array().unwrap().iter().rev() {
        house.has("user", &user["id"]);
        house.has("person", &user["id"]);
        house.has("person", &user["username"]);
    }
    let key = json!({"label": house.marker, "this_tenant_only": true});
    let key = town.tell(&boss, "POST", "/api/v1/auth/api-keys", key).await;
    house.has("key", &key["id"]);
    house.has("token", &key["api_key"]);
    let login = json!({"username": format!("{}-boss", house.marker), "password": PASSWORD});
    let login = took(
        "login",
        town.gateway.ask("POST", "/auth/login").json(&login),
    )
    .await;
    let session = login["access_token"].as_str().unwrap();
    let sessions = town.look(session, "/api/v1/auth/sessions").await;
    house.has("session", &sessions[0]["id"]);
}

/// Documents, and faxes in each way.
async fn of_faxes(town: &Town, house: &mut House, number: &str) {
    let (boss, marker) = (house.boss.clone(), house.marker.clone());
    let ask = town.gateway.ask("POST", "/api/fax/upload/").token(&boss);
    let uploaded = took("upload", ask.file(&format!("{marker}.pdf"), &pdf(1))).await;
    house.has("file", &uploaded["filename"]);
    let cover = json!({"name": format!("{marker} letterhead"), "design": {"heading": marker}});
    let cover = town.tell(&boss, "POST", "/api/v1/covers", cover).await;
    house.has("cover", &cover["id"]);
    house.has("cover", &cover["name"]);

    let body = json!({
        "username": number, "filename": uploaded["filename"], "numbers": "5550001111", "cover": {"subject": marker, "to": {"name": marker}},
    });
    let ask = town.gateway.ask("POST", "/api/fax/send/").token(&boss);
    let sent = took("send", ask.header("X-Test-Mode", "true").json(&body)).await;
    house.has("fax", &sent["uuid"]);
    town.gateway.until(&boss, house.one("fax"), "sent").await;

    let ask = town.gateway.ask("POST", "/v1/uploads").token(&boss);
    let upload = took("upload", ask.file(&format!("{marker}.pdf"), &pdf(1))).await;
    house.has("upload", &upload["document_upload_id"]);
    let job = json!({"document_upload_id": upload["document_upload_id"], "destination_fax": "+15550001111"});
    let ask = town.gateway.ask("POST", "/v1/fax/jobs").token(&boss);
    let job = took("job", ask.header("X-Test-Mode", "true").json(&job)).await;
    house.has("job", &job["fax_job_id"]);
    town.gateway.until(&boss, house.one("job"), "sent").await;

    let folder = town.gateway.folder().join("simulator/rx");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{marker}.tif"));
    std::fs::write(&path, tiff(1)).unwrap();
    let received = json!({
        "event": "fax.received", "uuid": marker, "from": "+15557770000", "to": number, "pages": 1, "duration": 30, "file_path": path,
        "timestamp": "2025-08-24T10:30:00Z",
    });
    let ask = town.gateway.ask("POST", "/api/fax/webhook/inbound/");
    let ask = ask.header("Content-Type", "application/json");
    let ask = ask.signed(received.to_string().as_bytes());
    took("a notice", ask).await;
    let inbound = eventually("a fax came in", DEADLINE, async || {
        let listed = town.look(&boss, "/api/fax/list/?direction=inbound").await;
        Some(listed["results"].get(0)?["uuid"].clone())
    })
    .await;
    house.has("fax", &inbound);
    let hold = json!({"reason": marker, "fax_id": sent["uuid"]});
    let hold = town.tell(&boss, "POST", "/api/v1/legal-holds", hold).await;
    house.has("hold", &hold["id"]);
}

/// Contacts, lists, broadcasts.
async fn of_the_office(town: &Town, house: &mut House) {
    let (boss, marker) = (house.boss.clone(), house.marker.clone());
    let contact = json!({
        "fax_number": "+13125550188", "name": marker, "company": marker, "email": format!("{marker}@example.com"), "tags": [marker],
        "fields": {"room": marker},
    });
    let contact = town.tell(&boss, "POST", "/api/v1/contacts", contact).await;
    house.has("contact", &contact["id"]);
    let list = json!({"name": marker, "description": marker});
    let list = town.tell(&boss, "POST", "/api/v1/lists", list).await;
    house.has("list", &list["id"]);
    let members = json!({"contacts": [contact["id"]]});
    let path = format!("/api/v1/lists/{}/members", house.one("list"));
    town.tell(&boss, "POST", &path, members).await;
    for path in ["/api/v1/broadcasts", "/api/v1/campaigns"] {
        let broadcast = json!({"name": marker, "filename": house.one("file"), "lists": [list["id"]], "from": house.one("number")});
        let broadcast = town.tell(&boss, "POST", path, broadcast).await;
        house.has("broadcast", &broadcast["id"]);
    }
}

/// Webhooks, mail, events.
async fn of_notices(town: &Town, house: &mut House) {
    let (boss, marker) = (house.boss.clone(), house.marker.clone());
    // Nobody listens at the port: the delivery stays in the log.
    let webhook = json!({"url": format!("http://127.0.0.1:9999/{marker}"), "description": marker});
    let webhook = town.tell(&boss, "POST", "/api/v1/webhooks", webhook).await;
    house.has("webhook", &webhook["id"]);
    let number = format!("/api/v1/numbers/{}", house.one("number"));
    town.tell(&boss, "PATCH", &number, json!({"header_text": marker}))
        .await;
    let deliveries = format!("/api/v1/webhooks/{}/deliveries", house.one("webhook"));
    let delivery = eventually("there is a delivery", DEADLINE, async || {
        Some(town.look(&boss, &deliveries).await.get(0)?["id"].clone())
    })
    .await;
    house.has("delivery", &delivery);
    let mail = json!({
        "branding": {"name": marker}, "results": {"to": [format!("{marker}@example.com")]},
        "senders": [{"from": format!("{marker}@example.com"), "user": format!("{marker}-worker")}],
    });
    town.tell(&boss, "PUT", "/api/v1/mail", mail).await;
    let message = json!({"to": format!("{marker}@example.com")});
    let message = town.tell(&boss, "POST", "/api/v1/mail/test", message).await;
    house.has("message", &message["id"]);
    let events = town.look(&boss, "/api/v1/events").await;
    house.has("event", &events[0]["id"]);
}
