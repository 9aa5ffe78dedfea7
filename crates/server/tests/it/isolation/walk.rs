//! Every operation of the OpenAPI document, asked by one tenant for what is another's.

use std::collections::{BTreeMap, BTreeSet};

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::description::{Operation, operations};
use super::dump;
use super::house::{self, House};
use super::judge::Judge;
use super::kinds::{in_path, made_up};
use super::questions::{Place, Question, questions};
use super::town::Town;

on_both_databases![
    nothing_of_a_tenants_is_seen_or_changed_by_another,
    the_judge_cries_when_the_tenant_itself_looks,
    every_documented_path_refuses_the_methods_that_it_does_not_document,
];

/// Operations that are not asked, and why.
const NOT_ASKED: [(&str, &str); 1] = [(
    "POST /api/v1/auth/logout",
    "it would end the walk: it names nobody's but the caller's own token",
)];

/// Two tenants with everything, and whoever of the second one asks.
struct Stage {
    town: Town,
    theirs: House,
    own: House,
    askers: Vec<(&'static str, String)>,
    operations: Vec<Operation>,
    judge: Judge,
    before: dump::Rows,
}

impl Stage {
    async fn set(db: TestDb) -> Self {
        let mut town = Town::found(db).await;
        let theirs = house::build(
            &town,
            "quarkish",
            ["+15557650001", "+13125550101"],
            "quarkmark",
        )
        .await;
        let own = house::build(
            &town,
            "plain",
            ["+15557650002", "+13125550102"],
            "plainmark",
        )
        .await;
        let askers = vec![
            ("administrator", own.boss.clone()),
            (
                "member",
                town.gateway.member("plain", "plain-member", "member").await,
            ),
            (
                "read-only",
                town.gateway
                    .member("plain", "plain-looker", "read-only")
                    .await,
            ),
            ("key", own.one("token").to_owned()),
        ];
        town.come_to_rest().await;
        let before = dump::rows_of(&town.raw, &theirs.id).await;
        let known = dump::uuids(&dump::rows_of(&town.raw, &own.id).await);
        let mut secrets: BTreeSet<String> =
            dump::uuids(&before).difference(&known).cloned().collect();
        secrets.extend(
            theirs
                .things
                .values()
                .flatten()
                .map(|thing| thing.to_lowercase()),
        );
        secrets.insert(theirs.marker.clone());
        let document = town.gateway.ask("GET", "/api/openapi.json").send().await;
        Self {
            operations: operations(&document.expect(200)),
            judge: Judge::new(secrets),
            town,
            theirs,
            own,
            askers,
            before,
        }
    }
}

/// What was found out, and how much was asked.
#[derive(Default)]
struct Report {
    leaks: Vec<String>,
    questions: usize,
    requests: usize,
}

async fn nothing_of_a_tenants_is_seen_or_changed_by_another(db: TestDb) {
    let stage = Stage::set(db).await;
    let mut report = Report::default();
    for operation in &stage.operations {
        let name = operation.name();
        if NOT_ASKED.iter().any(|(left_out, _)| *left_out == name) {
            continue;
        }
        for (asker, token) in &stage.askers {
            for question in questions(operation, &stage.theirs, &stage.own) {
                let found = put(&stage, operation, &question, token, &mut report).await;
                report.leaks.extend(
                    found
                        .into_iter()
                        .map(|leak| format!("{name} as {asker}: {leak}")),
                );
            }
        }
        let found = in_their_name(&stage, operation, &mut report).await;
        report.leaks.extend(
            found
                .into_iter()
                .map(|leak| format!("{name} in another tenant's name: {leak}")),
        );
    }
    let after = dump::rows_of(&stage.town.raw, &stage.theirs.id).await;
    for (table, rows) in &stage.before {
        if after[table] != *rows {
            let what = format!("{table} has changed from {rows:#?} to {:#?}", after[table]);
            report.leaks.push(what);
        }
    }
    // Last: a wrong password is written down in the audit log of whose it would be.
    logins_tell_nobodys_name(&stage, &mut report).await;
    println!(
        "{} operations, {} questions, {} requests, {} secrets, {} tables: {} leaks",
        stage.operations.len(),
        report.questions,
        report.requests,
        stage.judge.watches(),
        after.len(),
        report.leaks.len()
    );
    assert!(
        report.questions > 1000 && after.len() > 30,
        "the walk goes everywhere"
    );
    assert!(
        report.leaks.is_empty(),
        "{} leaks:\n{}",
        report.leaks.len(),
        report.leaks.join("\n\n")
    );
}

/// Asks a question, and the same about nothing; gives what was given away.
async fn put(
    stage: &Stage,
    operation: &Operation,
    question: &Question,
    token: &str,
    report: &mut Report,
) -> Vec<String> {
    let judge = &stage.judge;
    report.questions += 1;
    report.requests += 1;
    let answer = question.ask(&stage.town, operation, token, &[]).await;
    let Some(thing) = &question.thing else {
        return judge.overheard(&answer, &[]).into_iter().collect();
    };
    let what = |leak: String| format!("{} = {}: {leak}", thing.name, thing.value);
    let mut found: Vec<String> = judge
        .overheard(&answer, &[&thing.value])
        .into_iter()
        .map(what)
        .collect();
    if thing.place == Place::Path {
        found.extend(judge.found(&answer).map(what));
    }
    let (nothing, asked) = question.about_nothing(thing);
    report.requests += 1;
    let other = nothing.ask(&stage.town, operation, token, &[]).await;
    found.extend(
        judge
            .told_apart((&answer, &thing.value), (&other, &asked))
            .map(what),
    );
    found
}

/// Asks with the caller's own token and the other tenant's name in the header.
async fn in_their_name(stage: &Stage, operation: &Operation, report: &mut Report) -> Vec<String> {
    if !operation.is_a_users {
        return Vec::new();
    }
    let mut found = Vec::new();
    for header in ["X-Tenant-ID", "x-client-id"] {
        for tenant in stage.theirs.all("tenant") {
            let question = Question {
                thing: None,
                path: operation
                    .in_path
                    .iter()
                    .filter_map(|name| {
                        Some((
                            name.clone(),
                            in_path(&operation.path, name)
                                .of(&stage.theirs)
                                .first()?
                                .clone(),
                        ))
                    })
                    .collect(),
                query: BTreeMap::new(),
                body: json!({}),
            };
            let nothing = made_up(tenant);
            report.requests += 2;
            report.questions += 1;
            let answer = question
                .ask(&stage.town, operation, &stage.own.boss, &[(header, tenant)])
                .await;
            let other = question
                .ask(
                    &stage.town,
                    operation,
                    &stage.own.boss,
                    &[(header, &nothing)],
                )
                .await;
            if answer.status != 403 {
                found.push(format!(
                    "{header}: {tenant} is taken: {} {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                ));
            }
            let mut asked: Vec<&str> = question.path.values().map(String::as_str).collect();
            asked.push(tenant);
            found.extend(stage.judge.overheard(&answer, &asked));
            found.extend(
                stage
                    .judge
                    .told_apart((&answer, tenant), (&other, &nothing)),
            );
        }
    }
    found
}

/// Whoever has no password does not learn who there is.
async fn logins_tell_nobodys_name(stage: &Stage, report: &mut Report) {
    for path in ["/auth/login", "/api/v1/auth/login", "/api/auth/token/"] {
        let ask = async |username: &str| {
            let shown = json!({"username": username, "password": "not this one"});
            stage
                .town
                .gateway
                .ask("POST", path)
                .json(&shown)
                .send()
                .await
        };
        let (real, nobody) = ("quarkmark-worker", "quarkless-worker");
        report.requests += 2;
        let (theirs, nobodys) = (ask(real).await, ask(nobody).await);
        report
            .leaks
            .extend(stage.judge.told_apart((&theirs, real), (&nobodys, nobody)));
    }
}

/// The judge is no good if it says nothing when there is something to say: to the tenant's own administrator everything is told.
async fn the_judge_cries_when_the_tenant_itself_looks(db: TestDb) {
    let stage = Stage::set(db).await;
    let (mut asked, mut quiet) = (0, Vec::new());
    for operation in &stage.operations {
        // Looks only: what is changed or removed is not there for the next question. Links are signed, whoever shows them.
        if operation.method != "GET" || !operation.is_a_users || operation.in_path.is_empty() {
            continue;
        }
        for question in questions(operation, &stage.theirs, &stage.theirs) {
            if question
                .thing
                .as_ref()
                .is_none_or(|thing| thing.place != Place::Path)
            {
                continue;
            }
            asked += 1;
            let mut report = Report::default();
            let leaks = put(
                &stage,
                operation,
                &question,
                &stage.theirs.boss,
                &mut report,
            )
            .await;
            if leaks.is_empty() {
                quiet.push(format!("{} {:?}", operation.name(), question.path));
            }
        }
    }
    println!("{asked} looks, quiet at {quiet:?}");
    assert!(asked >= 30, "{asked} looks");
    // A tenant's administrator may not look into how its erasure stands, which is for operators.
    quiet.retain(|question| !question.starts_with("GET /api/v1/tenants/{tenant}/erase"));
    assert!(quiet.is_empty(), "the judge says nothing of {quiet:#?}");
    for path in [
        "/api/fax/list/",
        "/api/v1/contacts",
        "/api/v1/events",
        "/api/v1/audit",
        "/api/v1/users",
    ] {
        let answer = stage
            .town
            .gateway
            .ask("GET", path)
            .token(&stage.theirs.boss)
            .send()
            .await;
        assert!(stage.judge.overheard(&answer, &[]).is_some(), "{path}");
    }
}

async fn every_documented_path_refuses_the_methods_that_it_does_not_document(db: TestDb) {
    let town = Town::found(db).await;
    let document = town.gateway.ask("GET", "/api/openapi.json").send().await;
    let document = document.expect(200);
    let operations = operations(&document);
    let mut taken = Vec::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let documented: Vec<&str> = operations
            .iter()
            .filter(|one| one.path == *path)
            .map(|one| one.method.as_str())
            .collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            if documented.contains(&method) {
                continue;
            }
            let filled = path.replace(['{', '}'], "");
            let answer = town
                .gateway
                .ask(method, &filled)
                .token(&town.operator)
                .send()
                .await;
            let allowed = answer.header("allow").to_owned();
            let names_them = documented.iter().all(|method| allowed.contains(method))
                && !allowed.contains(method);
            if answer.status != 405 || !names_them {
                taken.push(format!(
                    "{method} {path}: {}, allowed: {allowed}",
                    answer.status
                ));
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
}
