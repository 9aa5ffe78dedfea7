//! Users, as operators and tenants' administrators manage them.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{PASSWORD, add, ask, log_in};
use crate::under_test::{Gateway, USERNAME};

const USERS: &str = "/api/v1/users";

on_both_databases![
    an_administrator_sees_and_manages_those_of_the_tenant,
    nobody_gives_takes_or_changes_a_role_above_their_own,
    the_last_operator_and_the_last_administrator_stay,
    two_administrators_who_take_each_others_role_away_leave_one,
    somebody_belongs_to_several_tenants_one_of_them_the_default,
    what_concerns_other_tenants_as_well_is_for_operators,
    which_tenant_counts_is_no_administrators_choice,
    lists_come_in_pages,
];

/// The id of the first user.
async fn own_id(gateway: &Gateway, token: &str) -> String {
    let me = ask(gateway, token, "GET", "/api/v1/auth/me", Value::Null).await;
    me.expect(200)["data"]["id"].as_str().unwrap().to_owned()
}

fn names(page: &Value) -> Vec<&str> {
    let users = page["data"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect()
}

async fn an_administrator_sees_and_manages_those_of_the_tenant(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let stranger = add(&gateway, &operator, "stranger", "member", "other").await;
    let admin = gateway.member("default", "chief", "admin").await;
    let ada = add(&gateway, &admin, "ada", "member", "default").await;
    let page = ask(&gateway, &admin, "GET", USERS, Value::Null)
        .await
        .expect(200);
    assert_eq!(names(&page), ["ada", USERNAME, "chief"]);
    let page = ask(&gateway, &operator, "GET", USERS, Value::Null)
        .await
        .expect(200);
    assert_eq!(names(&page), ["ada", USERNAME, "chief", "stranger"]);
    let of_other = format!("{USERS}?tenant=other");
    let page = ask(&gateway, &operator, "GET", &of_other, Value::Null)
        .await
        .expect(200);
    assert_eq!(names(&page), ["stranger"]);
    // What is another tenant's is not there.
    let foreign = ask(&gateway, &admin, "GET", &of_other, Value::Null).await;
    foreign.refused(404, "NO_SUCH_TENANT", "");
    let path = format!("{USERS}/{stranger}");
    for (method, path, body) in [
        ("GET", path.clone(), Value::Null),
        ("PATCH", path.clone(), json!({"role": "member"})),
        ("PATCH", path.clone(), json!({"disabled": true})),
        ("DELETE", path.clone(), Value::Null),
        (
            "POST",
            format!("{path}/password"),
            json!({"password": "another password"}),
        ),
        ("POST", format!("{path}/sign-out"), json!({})),
    ] {
        let foreign = ask(&gateway, &admin, method, &path, body).await;
        foreign.refused(404, "NO_SUCH_USER", "");
    }
    let elsewhere = json!({"username": "x", "password": PASSWORD, "tenant": "other"});
    let foreign = ask(&gateway, &admin, "POST", USERS, elsewhere).await;
    foreign.refused(404, "NO_SUCH_TENANT", "");
    let taken = json!({"username": "stranger", "password": PASSWORD});
    ask(&gateway, &admin, "POST", USERS, taken)
        .await
        .refused(409, "USERNAME_TAKEN", "");
    // Their own people they manage: another role, and out.
    let path = format!("{USERS}/{ada}");
    let changed = ask(
        &gateway,
        &admin,
        "PATCH",
        &path,
        json!({"role": "read-only"}),
    )
    .await;
    let changed = changed.expect(200);
    assert_eq!(changed["data"]["memberships"][0]["role"], "read-only");
    let session = log_in(&gateway, "ada", PASSWORD).await;
    assert_eq!(
        ask(&gateway, &admin, "DELETE", &path, Value::Null)
            .await
            .status,
        204
    );
    let list = ask(&gateway, &session, "GET", "/api/fax/list/", Value::Null).await;
    list.refused(403, "TENANT_FORBIDDEN", "");
    // They are a user still.
    ask(&gateway, &session, "GET", "/api/v1/auth/me", Value::Null)
        .await
        .expect(200);
    ask(&gateway, &admin, "GET", &path, Value::Null)
        .await
        .refused(404, "NO_SUCH_USER", "");
}

async fn nobody_gives_takes_or_changes_a_role_above_their_own(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    let admin = gateway.member("default", "chief", "admin").await;
    let first = own_id(&gateway, &operator).await;
    let ada = add(&gateway, &admin, "ada", "member", "default").await;
    let chief = own_id(&gateway, &admin).await;
    let new = json!({"username": "x", "password": PASSWORD, "role": "operator"});
    let up = json!({"role": "operator"});
    let down = json!({"role": "member"});
    let (ada, chief, first) = (
        format!("{USERS}/{ada}"),
        format!("{USERS}/{chief}"),
        format!("{USERS}/{first}"),
    );
    for (method, path, body) in [
        ("POST", USERS.to_owned(), new),
        ("PATCH", ada.clone(), up.clone()),
        ("PATCH", chief.clone(), up.clone()),
        ("PATCH", first.clone(), down.clone()),
        ("PATCH", first.clone(), json!({"disabled": true})),
        ("DELETE", first.clone(), Value::Null),
        (
            "POST",
            format!("{first}/password"),
            json!({"password": "another password"}),
        ),
        ("POST", format!("{first}/sign-out"), json!({})),
    ] {
        let refused = ask(&gateway, &admin, method, &path, body).await;
        refused.refused(403, "ROLE_FORBIDDEN", "");
    }
    // Up to their own they may.
    ask(&gateway, &admin, "PATCH", &ada, json!({"role": "admin"}))
        .await
        .expect(200);
    ask(&gateway, &operator, "PATCH", &ada, up)
        .await
        .expect(200);
}

async fn the_last_operator_and_the_last_administrator_stay(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let chief = add(&gateway, &operator, "chief", "admin", "other").await;
    let first = format!("{USERS}/{}", own_id(&gateway, &operator).await);
    let chief = format!("{USERS}/{chief}");
    for (path, code) in [(&first, "LAST_OPERATOR"), (&chief, "LAST_ADMIN")] {
        let tenant = if *path == first { "default" } else { "other" };
        for (method, path, body) in [
            (
                "PATCH",
                path.clone(),
                json!({"role": "member", "tenant": tenant}),
            ),
            ("PATCH", path.clone(), json!({"disabled": true})),
            ("DELETE", format!("{path}?tenant={tenant}"), Value::Null),
        ] {
            let refused = ask(&gateway, &operator, method, &path, body).await;
            refused.refused(409, code, "make somebody else one first");
        }
    }
    // The console is held to it as well.
    let role = ["user", "role", USERNAME, "member", "--tenant", "default"];
    assert!(gateway.refuses(&role).await.contains("last operator"));
    // With a second one it may be done; a disabled one does not count.
    let other = add(&gateway, &operator, "second", "operator", "default").await;
    let other = format!("{USERS}/{other}");
    ask(
        &gateway,
        &operator,
        "PATCH",
        &other,
        json!({"disabled": true}),
    )
    .await
    .expect(200);
    let down = json!({"role": "member"});
    ask(&gateway, &operator, "PATCH", &first, down.clone())
        .await
        .refused(409, "LAST_OPERATOR", "");
    ask(
        &gateway,
        &operator,
        "PATCH",
        &other,
        json!({"disabled": false}),
    )
    .await
    .expect(200);
    ask(&gateway, &operator, "PATCH", &first, down)
        .await
        .expect(200);
}

async fn two_administrators_who_take_each_others_role_away_leave_one(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let one = add(&gateway, &operator, "one", "admin", "other").await;
    let two = add(&gateway, &operator, "two", "admin", "other").await;
    let (first, second) = (
        log_in(&gateway, "one", PASSWORD).await,
        log_in(&gateway, "two", PASSWORD).await,
    );
    let (to_two, to_one) = (format!("{USERS}/{two}"), format!("{USERS}/{one}"));
    let (down, also) = (json!({"role": "member"}), json!({"role": "member"}));
    let (a, b) = tokio::join!(
        ask(&gateway, &first, "PATCH", &to_two, down),
        ask(&gateway, &second, "PATCH", &to_one, also),
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    // The second comes too late: it is no administrator any more, or there would be none.
    assert!(matches!(statuses, [200, 403 | 409]), "{statuses:?}");
}

async fn somebody_belongs_to_several_tenants_one_of_them_the_default(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let ada = add(&gateway, &operator, "ada", "member", "default").await;
    let path = format!("{USERS}/{ada}");
    let join = json!({"tenant": "other", "role": "admin", "is_default": true});
    let joined = ask(&gateway, &operator, "PATCH", &path, join)
        .await
        .expect(200);
    let places = joined["data"]["memberships"].as_array().unwrap();
    let shown: Vec<_> = places
        .iter()
        .map(|p| {
            (
                p["slug"].as_str().unwrap(),
                p["role"].as_str().unwrap(),
                p["is_default"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [("other", "admin", true), ("default", "member", false)]
    );
    let session = log_in(&gateway, "ada", PASSWORD).await;
    let clients = ask(
        &gateway,
        &session,
        "GET",
        "/api/v1/auth/clients",
        Value::Null,
    )
    .await;
    let clients = clients.expect(200);
    assert_eq!(clients["data"], joined["data"]["memberships"]);
    // An administrator there, a member here.
    let users = |tenant: &str| {
        gateway
            .ask("GET", USERS)
            .token(&session)
            .header("x-client-id", tenant)
    };
    users("other").send().await.expect(200);
    users("default")
        .send()
        .await
        .refused(403, "ROLE_FORBIDDEN", "");
    // Whoever leaves the default tenant has to name the one that they mean.
    gateway.member("other", "chief", "admin").await;
    let leave = format!("{path}?tenant=other");
    assert_eq!(
        ask(&gateway, &operator, "DELETE", &leave, Value::Null)
            .await
            .status,
        204
    );
    let shown = ask(&gateway, &operator, "GET", &path, Value::Null)
        .await
        .expect(200);
    assert_eq!(shown["data"]["memberships"][0]["is_default"], false);
    let list = ask(&gateway, &session, "GET", "/api/fax/list/", Value::Null).await;
    list.refused(403, "NO_DEFAULT_TENANT", "X-Tenant-ID");
    let list = gateway.ask("GET", "/api/fax/list/").token(&session);
    list.header("X-Tenant-ID", "default")
        .send()
        .await
        .expect(200);
    let again = ask(&gateway, &operator, "DELETE", &leave, Value::Null).await;
    again.refused(404, "NOT_A_MEMBER", "");
}

async fn what_concerns_other_tenants_as_well_is_for_operators(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let ada = add(&gateway, &operator, "ada", "member", "default").await;
    let path = format!("{USERS}/{ada}");
    let join = json!({"tenant": "other", "role": "member"});
    ask(&gateway, &operator, "PATCH", &path, join)
        .await
        .expect(200);
    let admin = gateway.member("default", "chief", "admin").await;
    // Which other tenants somebody belongs to is not for administrators to know.
    let shown = ask(&gateway, &admin, "GET", &path, Value::Null)
        .await
        .expect(200);
    assert_eq!(shown["data"]["memberships"].as_array().unwrap().len(), 1);
    for (method, path, body) in [
        ("PATCH", path.clone(), json!({"disabled": true})),
        (
            "POST",
            format!("{path}/password"),
            json!({"password": "another password"}),
        ),
        ("POST", format!("{path}/sign-out"), json!({})),
    ] {
        let refused = ask(&gateway, &admin, method, &path, body.clone()).await;
        refused.refused(403, "USER_SHARED", "");
        let done = ask(&gateway, &operator, method, &path, body).await;
        assert!(done.status < 300, "{}", done.text());
    }
}

async fn which_tenant_counts_is_no_administrators_choice(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let ada = add(&gateway, &operator, "ada", "member", "default").await;
    let path = format!("{USERS}/{ada}");
    let join = json!({"tenant": "other", "role": "member"});
    ask(&gateway, &operator, "PATCH", &path, join)
        .await
        .expect(200);
    let admin = gateway.member("other", "chief", "admin").await;
    let mine = json!({"tenant": "other", "is_default": true});
    for body in [mine.clone(), json!({"is_default": true, "role": "member"})] {
        let refused = ask(&gateway, &admin, "PATCH", &path, body).await;
        refused.refused(403, "USER_SHARED", "");
    }
    // It is Ada's own, whatever her role; but not that of a key which is good for one tenant only.
    let session = log_in(&gateway, "ada", PASSWORD).await;
    let choose = |token: String| {
        let ask = gateway.ask("PATCH", &path).token(&token);
        ask.header("X-Tenant-ID", "other").json(&mine).send()
    };
    let new = json!({"label": "here", "this_tenant_only": true});
    let made = gateway.ask("POST", "/api/v1/auth/api-keys").token(&session);
    let made = made.header("X-Tenant-ID", "other").json(&new).send().await;
    let bound = made.expect(201)["data"]["api_key"]
        .as_str()
        .unwrap()
        .to_owned();
    choose(bound).await.refused(403, "ROLE_FORBIDDEN", "");
    choose(session.clone()).await.expect(200);
    let clients = "/api/v1/auth/clients";
    let clients = ask(&gateway, &session, "GET", clients, Value::Null).await;
    let first = &clients.expect(200)["data"][0];
    assert_eq!(
        (&first["slug"], &first["is_default"]),
        (&json!("other"), &json!(true))
    );
    // More than that it is not.
    let more = json!({"is_default": true, "role": "admin"});
    ask(&gateway, &session, "PATCH", &path, more)
        .await
        .refused(403, "ROLE_FORBIDDEN", "");
}

async fn lists_come_in_pages(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    for name in ["b", "c", "d"] {
        add(&gateway, &operator, name, "member", "default").await;
    }
    let path = format!("{USERS}?limit=2&offset=1");
    let page = ask(&gateway, &operator, "GET", &path, Value::Null)
        .await
        .expect(200);
    assert_eq!(names(&page), ["b", "c"]);
    assert_eq!(page["meta"]["paging"]["total"], 4);
    assert_eq!(page["meta"]["paging"]["more"], true);
}
