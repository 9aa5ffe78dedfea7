//! `faxgate tenant`

use faxgate_test_support::{TestDb, on_both_databases};

use crate::under_test::Gateway;

on_both_databases![
    what_is_set_for_a_tenant_is_shown_and_taken_away_again,
    what_is_out_of_bounds_changes_nothing,
];

async fn what_is_set_for_a_tenant_is_shown_and_taken_away_again(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let set = [
        "tenant",
        "set",
        "default",
        "--name",
        "City Clinic",
        "--time-zone",
        "America/Chicago",
        "--allowed-countries",
        "US,CA",
        "--weight",
        "250",
        "--max-calls",
        "5",
        "--calls-per-second",
        "2",
        "--attempts-per-minute",
        "30",
        "--attempts-per-day",
        "1000",
        "--minutes-per-day",
        "600",
        "--cost-per-day",
        "12.50",
        "--window",
        "Mon-Fri 08:00-18:00",
        "--window",
        "Sat 10:00-12:00",
        "--unknown",
        "resend_unconfirmed",
        "--last-page",
        "hold",
        "--give-up-after",
        "3600",
        "--max-tries",
        "7",
        "--tries",
        "busy=3:60,120",
        "--tries",
        "account=:900",
    ];
    let shown = gateway.manage(&set, "").await;
    let rest: Vec<&str> = shown
        .lines()
        .filter(|line| !line.starts_with("id\t"))
        .collect();
    assert_eq!(
        rest,
        [
            "slug\tdefault",
            "name\tCity Clinic",
            "country\tUS",
            "time zone\tAmerica/Chicago",
            "may call\tUS,CA",
            "weight\t250",
            "calls at one time\t5",
            "calls a second\t2",
            "calls a minute\t30",
            "calls a day\t1000",
            "minutes a day\t600",
            "money a day\t12.5 USD",
            "pages a day\tno limit",
            "calls a month\tno limit",
            "minutes a month\tno limit",
            "money a month\tno limit",
            "pages a month\tno limit",
            "sending hours\tMon-Fri 08:00-18:00",
            "sending hours\tSat 10:00-12:00",
            "unknown outcome\tresend_unconfirmed",
            "only the last page open\thold",
            "given up after\t3600 s",
            "calls to one recipient\t7",
            "retry busy\t3 tries, waits 60, 120 s",
            "retry account\twaits 900 s",
        ]
    );
    // What is not given stays.
    let less = [
        "tenant",
        "set",
        "default",
        "--max-calls",
        "none",
        "--no-windows",
        "--unknown",
        "none",
        "--tries",
        "busy=none",
    ];
    gateway.manage(&less, "").await;
    let shown = gateway.manage(&["tenant", "show", "default"], "").await;
    for line in [
        "name\tCity Clinic",
        "weight\t250",
        "calls at one time\tno limit",
        "sending hours\tany",
        "unknown outcome\thold (the gateway's)",
        "retry account\twaits 900 s",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(!shown.contains("retry busy"), "{shown}");
}

async fn what_is_out_of_bounds_changes_nothing(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let before = gateway.manage(&["tenant", "show", "default"], "").await;
    for (choice, value, says) in [
        ("--weight", "0", "weight must be between 1 and 10000"),
        ("--max-calls", "many", "or none"),
        ("--window", "always", "not a sending window"),
        ("--unknown", "guess", "unknown policy"),
        (
            "--tries",
            "busy=200",
            "retry.busy.tries must be between 1 and 100",
        ),
        ("--cost-per-day", "free", "not an amount"),
        ("--allowed-countries", "US,QQ", "QQ"),
        ("--name", " ", "1 to 200 characters"),
    ] {
        let set = ["tenant", "set", "default", choice, value];
        let refused = gateway.refuses(&set).await;
        assert!(refused.contains(says), "{choice}: {refused}");
    }
    assert!(
        gateway
            .refuses(&["tenant", "show", "nobody"])
            .await
            .contains("no tenant `nobody`")
    );
    assert_eq!(
        gateway.manage(&["tenant", "show", "default"], "").await,
        before
    );
}
