//! `faxgate line`, `node` and `destination`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};

use crate::under_test::{Gateway, Rows};

on_both_databases![
    lines_and_nodes_are_listed_and_a_pause_is_ended,
    what_is_known_of_a_number_is_shown_set_and_forgotten,
];

async fn lines_and_nodes_are_listed_and_a_pause_is_ended(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    assert_eq!(gateway.manage(&["line", "list"], "").await, "");
    rows.node("east west", Duration::ZERO).await;
    rows.pause("west", "the carrier refuses the account").await;
    let lines = gateway.manage(&["line", "list"], "").await;
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], "east\tother\tin use");
    assert!(
        lines[1].starts_with("west\tother\tpaused until 20"),
        "{lines:?}"
    );
    assert!(
        lines[1].ends_with(": the carrier refuses the account"),
        "{lines:?}"
    );

    assert_eq!(
        gateway.manage(&["line", "resume", "west"], "").await,
        "west\tresumed"
    );
    let lines = gateway.manage(&["line", "list"], "").await;
    assert!(lines.ends_with("west\tother\tin use"), "{lines}");
    assert!(
        gateway
            .refuses(&["line", "resume", "south"])
            .await
            .contains("no line `south`")
    );

    let nodes = gateway.manage(&["node", "list"], "").await;
    assert!(nodes.starts_with("other\tlives\tsince "), "{nodes}");
    assert!(nodes.ends_with("\t0.0.0\teast west"), "{nodes}");
    rows.node("east", Duration::from_secs(600)).await;
    assert!(
        gateway
            .manage(&["node", "list"], "")
            .await
            .starts_with("other\tgone\t")
    );
}

async fn what_is_known_of_a_number_is_shown_set_and_forgotten(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let number = "+15559876543";
    let shown = gateway.manage(&["destination", "show", number], "").await;
    assert!(
        shown.contains("\t1 call at a time\tt38 ecm v17\tall that the line can do\t"),
        "{shown}"
    );
    let set = [
        "destination",
        "set",
        number,
        "--max-calls",
        "4",
        "--line-settings",
        "ecm v17",
        "--note",
        "hunt group",
    ];
    let shown = gateway.manage(&set, "").await;
    assert!(
        shown.contains("\t4 calls at a time\tecm v17\tset by an operator\t"),
        "{shown}"
    );
    assert!(shown.ends_with("\thunt group"), "{shown}");
    assert_eq!(
        gateway.manage(&["destination", "list", "+1555"], "").await,
        shown
    );
    assert_eq!(
        gateway.manage(&["destination", "list", "+44"], "").await,
        ""
    );

    let shown = gateway
        .manage(&["destination", "set", number, "--learn"], "")
        .await;
    assert!(
        shown.contains("\t4 calls at a time\tt38 ecm v17\tall that the line can do\t"),
        "{shown}"
    );
    gateway.manage(&["destination", "reset", number], "").await;
    assert!(
        gateway
            .refuses(&["destination", "reset", number])
            .await
            .contains("nothing is known")
    );
    for (arguments, says) in [
        (
            ["destination", "show", "5559876543"].as_slice(),
            "with + and the country code",
        ),
        (&["destination", "set", number], "--max-calls"),
        (
            &["destination", "set", number, "--max-calls", "0"],
            "1 to 1000 calls",
        ),
        (
            &["destination", "set", number, "--line-settings", "v34"],
            "unknown line setting",
        ),
    ] {
        let refused = gateway.refuses(arguments).await;
        assert!(refused.contains(says), "{refused}");
    }
}
