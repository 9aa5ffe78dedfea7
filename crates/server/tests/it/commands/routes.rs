//! `faxgate route`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};

use crate::under_test::{Gateway, Rows};

on_both_databases![
    rules_are_added_listed_explained_and_removed,
    who_waits_for_a_line_is_told_which,
];

async fn rules_are_added_listed_explained_and_removed(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let add = async |more: &[&str]| {
        let command: Vec<&str> = ["route", "add"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        gateway.manage(&command, "").await
    };
    // Nobody has told of any line.
    let all = add(&["--lanes", "nowhere"]).await;
    rows.node("east west simulator on-net", Duration::ZERO)
        .await;
    let refused = gateway
        .refuses(&["route", "add", "--lanes", "on-net,north"])
        .await;
    assert!(
        refused.contains("there is no line `north`; there are on-net, east, west"),
        "{refused}"
    );
    let refused = gateway
        .refuses(&["route", "add", "--lanes", "east,on-net"])
        .await;
    assert!(
        refused.contains("on-net can only be the first line"),
        "{refused}"
    );
    let refused = gateway
        .refuses(&["route", "add", "--lanes", "east", "--prefix", "0x"])
        .await;
    assert!(
        refused.contains("a prefix is at most 15 digits"),
        "{refused}"
    );
    add(&["--lanes", "west", "--tenant", "default"]).await;
    add(&[
        "--lanes",
        "on-net,east,west",
        "--tenant",
        "default",
        "--prefix",
        "1212",
        "--position",
        "1",
    ])
    .await;

    let list = gateway
        .manage(&["route", "list", "--tenant", "default"], "")
        .await;
    let told: Vec<_> = list
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, told)| told)
        .collect();
    let expected = [
        "everybody\t1\tevery number\tnowhere",
        "default\t1\t+1212…\ton-net,east,west",
        "default\t2\tevery number\twest",
    ];
    assert_eq!(told, expected);

    rows.pause("west", "the carrier refuses the account").await;
    let shown = gateway
        .manage(
            &["route", "show", "+12125550100", "--tenant", "default"],
            "",
        )
        .await;
    assert!(
        shown.ends_with("\teast\neast\tup\nwest\tdown") || shown.ends_with("east\tup\nwest\tdown"),
        "{shown}"
    );
    assert!(
        shown.starts_with("+12125550100\ta number elsewhere\nrule\t"),
        "{shown}"
    );
    let shown = gateway.manage(&["route", "show", "+12125550100"], "").await;
    assert!(shown.ends_with("\nnowhere\tdown"), "{shown}");
    let id = all.split('\t').next().unwrap();
    assert_eq!(
        gateway.manage(&["route", "remove", id], "").await,
        format!("{id}\tremoved")
    );
    assert!(
        gateway
            .refuses(&["route", "remove", id])
            .await
            .contains("there is no rule")
    );
    let shown = gateway.manage(&["route", "show", "+12125550100"], "").await;
    assert!(
        shown.ends_with("rule\tnone: any line, by its weight"),
        "{shown}"
    );
}

async fn who_waits_for_a_line_is_told_which(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("FREESWITCH__HOST", "127.0.0.1")
            .with("FREESWITCH__PASSWORD", "elsewhere")
            .with("FREESWITCH__SPOOL_DIR", "spool")
            .with("FREESWITCH__CDR_DIR", "spool/cdr")
    })
    .await;
    rows.node("east west", Duration::ZERO).await;
    let token = gateway.sign_in().await;
    gateway
        .manage(&["route", "add", "--lanes", "west"], "")
        .await;
    let before = gateway.fax(&token, "+13125550100").await;
    rows.make_ready(&before).await;
    rows.pause("west", "the carrier refuses the account").await;
    let told = gateway.status(&token, &before).await.to_string();
    assert!(
        told.contains("It waits for line `west`, which is paused"),
        "{told}"
    );
    rows.node("east", Duration::ZERO).await;
    let told = gateway.status(&token, &before).await.to_string();
    assert!(
        told.contains("It waits for line `west`, which is not connected"),
        "{told}"
    );
    gateway
        .manage(&["route", "add", "--lanes", "east", "--position", "1"], "")
        .await;
    let told = gateway.status(&token, &before).await.to_string();
    assert!(
        !told.contains("It waits for line"),
        "what waits goes by the new rule: {told}"
    );
}
