//! The table of numbers, the call log, and what hooks and limits do.

use faxgate_imaging::{fax_tiff, header};
use faxgate_simulator::{Outcome, Pace, Scenarios};

use crate::harness::{UUID, dial, drawn, eventually, kinds, last, line};

/// Number, variables, job, hang-up cause, fax code, confirmed, delivered, outcome; three pages are sent.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    u32,
    u32,
    Outcome,
);

const T38: &str = "fax_enable_t38=true,fax_enable_t38_request=true";
const TABLE: &[Row] = &[
    (
        "5550001111",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("0"),
        3,
        3,
        Outcome::Delivered,
    ),
    (
        "+905319999999",
        "",
        "+OK",
        "NORMAL_CLEARING",
        Some("0"),
        3,
        3,
        Outcome::Delivered,
    ),
    (
        "15550002222",
        T38,
        "-ERR USER_BUSY",
        "USER_BUSY",
        None,
        0,
        0,
        Outcome::Busy,
    ),
    (
        "5550003333",
        "",
        "-ERR NO_ANSWER",
        "NO_ANSWER",
        None,
        0,
        0,
        Outcome::NoAnswer,
    ),
    (
        "5550004444",
        "",
        "-ERR UNALLOCATED_NUMBER",
        "UNALLOCATED_NUMBER",
        None,
        0,
        0,
        Outcome::Rejected,
    ),
    (
        "5550005555",
        "",
        "-ERR CALL_REJECTED",
        "CALL_REJECTED",
        None,
        0,
        0,
        Outcome::Rejected,
    ),
    (
        "5550006666",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("49"),
        0,
        0,
        Outcome::NotFax,
    ),
    (
        "5550007777",
        "",
        "+OK",
        "NORMAL_CLEARING",
        Some("2"),
        0,
        0,
        Outcome::NotFax,
    ),
    (
        "5550008888",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("0"),
        3,
        3,
        Outcome::Delivered,
    ),
    (
        "5550009999",
        "fax_enable_t38_request=true,execute_on_fax_result=hangup",
        "+OK",
        "NORMAL_CLEARING",
        Some("20"),
        0,
        0,
        Outcome::Failed,
    ),
    (
        "5550009100",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("49"),
        0,
        0,
        Outcome::Failed,
    ),
    (
        "5550009102",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("49"),
        2,
        2,
        Outcome::Partial,
    ),
    (
        "5550009109",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("0"),
        3,
        3,
        Outcome::Delivered,
    ),
    (
        "5550009201",
        "",
        "+OK",
        "NORMAL_CLEARING",
        Some("20"),
        1,
        1,
        Outcome::Partial,
    ),
    (
        "5550009301",
        "",
        "+OK",
        "NORMAL_CLEARING",
        Some("6"),
        0,
        0,
        Outcome::Failed,
    ),
    (
        "5550009302",
        "",
        "+OK",
        "NORMAL_CLEARING",
        Some("49"),
        2,
        3,
        Outcome::Partial,
    ),
    (
        "5550009305",
        "",
        "-ERR NORMAL_TEMPORARY_FAILURE",
        "NORMAL_TEMPORARY_FAILURE",
        None,
        0,
        0,
        Outcome::Failed,
    ),
    (
        "5550009306",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("2"),
        0,
        0,
        Outcome::NotFax,
    ),
    (
        "5550009307",
        "",
        "+OK",
        "NORMAL_CLEARING",
        Some("0"),
        3,
        3,
        Outcome::Delivered,
    ),
    (
        "5550009309",
        "",
        "-ERR NORMAL_CIRCUIT_CONGESTION",
        "NORMAL_CIRCUIT_CONGESTION",
        None,
        0,
        0,
        Outcome::Failed,
    ),
    (
        "5550009310",
        "",
        "-ERR RECOVERY_ON_TIMER_EXPIRE",
        "RECOVERY_ON_TIMER_EXPIRE",
        None,
        0,
        0,
        Outcome::Failed,
    ),
    (
        "5550009311",
        T38,
        "+OK",
        "NORMAL_CLEARING",
        Some("0"),
        3,
        3,
        Outcome::Delivered,
    ),
    (
        "5550008488",
        "",
        "-ERR INCOMPATIBLE_DESTINATION",
        "INCOMPATIBLE_DESTINATION",
        None,
        0,
        0,
        Outcome::Rejected,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_the_table_does_what_it_says() {
    for (number, variables, job, cause, code, confirmed, delivered, outcome) in TABLE {
        let line = line(|_| {}).await;
        let file = line.document(3);
        let events = line.call(number, variables, &file).await;
        assert!(
            last(&events, "BACKGROUND_JOB").body.starts_with(job),
            "{number}: {}",
            last(&events, "BACKGROUND_JOB").body
        );
        let end = last(&events, "CHANNEL_HANGUP_COMPLETE");
        assert_eq!(end.get("Hangup-Cause"), Some(*cause), "{number}");
        assert_eq!(end.get("variable_fax_result_code"), *code, "{number}");
        if code.is_some() {
            assert_eq!(
                last(&events, "spandsp::txfaxresult").get("fax-result-code"),
                *code,
                "{number}"
            );
            let pages = events
                .iter()
                .filter(|event| event.kind() == "spandsp::txfaxpageresult")
                .count();
            assert_eq!(pages, *confirmed as usize, "{number}: {:?}", kinds(&events));
        }
        let cdr = line.cdr(UUID).expect("a CDR");
        assert_eq!(cdr["variables"]["hangup_cause"], *cause, "{number}");
        assert_eq!(
            cdr["variables"]["fax_result_code"].as_str(),
            *code,
            "{number}"
        );
        let calls = line.simulator.calls();
        assert_eq!(calls.len(), 1);
        let call = &calls[0];
        assert_eq!(
            (call.pages_total, call.pages_confirmed, call.pages_delivered),
            (3, *confirmed, *delivered),
            "{number}"
        );
        assert_eq!(
            (call.destination.as_str(), call.gateway.as_str()),
            (*number, "telnyx")
        );
        assert_eq!(call.outcome, Some(*outcome), "{number}");
        let far = line.spool().join("far").join(format!("{UUID}.tif"));
        let received = std::fs::read(far)
            .ok()
            .map_or(0, |bytes| fax_tiff::page_count(&bytes).unwrap());
        assert_eq!(received, *delivered, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_log_has_the_fields_of_the_contract_and_comes_before_the_events() {
    let line = line(|_| {}).await;
    let file = line.document(2);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "+15550001111", "", &file)))
        .await;
    client
        .events_until(|event| event.kind() == "CHANNEL_CREATE")
        .await;
    let placed = line.log().remove(0);
    client
        .events_until(|event| event.kind() == "CHANNEL_HANGUP")
        .await;
    let log = line.log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0], placed);
    let digest = <sha2::Sha256 as sha2::Digest>::digest(std::fs::read(&file).unwrap());
    let mut expected = serde_json::json!({
        "event": "placed", "call_uuid": UUID, "gateway": "telnyx", "destination": "+15550001111",
        "file_sha256": hex::encode(digest), "pages_total": 2, "pages_confirmed": 0, "pages_delivered": 0, "outcome": null,
    });
    let without_time = |entry: &serde_json::Value| {
        let mut entry = entry.clone();
        let time = entry.as_object_mut().unwrap().remove("time").unwrap();
        assert!(faxgate_types::Timestamp::parse(time.as_str().unwrap()).is_some());
        entry
    };
    assert_eq!(without_time(&log[0]), expected);
    expected["event"] = "ended".into();
    expected["pages_confirmed"] = 2.into();
    expected["pages_delivered"] = 2.into();
    expected["outcome"] = "delivered".into();
    assert_eq!(without_time(&log[1]), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_arrive_as_they_were_with_a_header_line_on_top() {
    let line = line(|_| {}).await;
    let file = line.document(3);
    line.call("5550001111", "fax_start_page=1,fax_header=%41cme", &file)
        .await;
    let far = std::fs::read(line.spool().join("far").join(format!("{UUID}.tif"))).unwrap();
    let received = fax_tiff::read(&far).unwrap();
    assert_eq!(received.len(), 2);
    for (received, sent) in received.iter().zip(&drawn(3)[1..]) {
        assert_eq!(received.bitmap.height(), sent.bitmap.height());
        assert!(received.bitmap != sent.bitmap, "a header line");
        assert!(header::unstamp(received).bitmap == sent.bitmap);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_that_starts_later_reports_its_own_pages_and_the_whole_total() {
    let line = line(|_| {}).await;
    let file = line.document(3);
    let events = line
        .call("5550001111", "fax_start_page=1,fax_header=%00", &file)
        .await;
    let result = last(&events, "spandsp::txfaxresult");
    assert_eq!(result.get("fax-document-transferred-pages"), Some("2"));
    assert_eq!(result.get("fax-document-total-pages"), Some("3"));
    let far = std::fs::read(line.spool().join("far").join(format!("{UUID}.tif"))).unwrap();
    assert!(
        fax_tiff::read(&far).unwrap()[0].bitmap == drawn(3)[1].bitmap,
        "%00 takes the header line away"
    );
    let events = line.call("5550001111", "fax_start_page=3", &file).await;
    assert_eq!(
        last(&events, "spandsp::txfaxresult").get("fax-result-code"),
        Some("41")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_ecm_the_page_grows_instead_of_losing_rows() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let events = line.call("5550001111", "fax_use_ecm=false", &file).await;
    assert_eq!(
        last(&events, "spandsp::txfaxpageresult").get("fax-image-pixel-size"),
        Some("1728x432")
    );
    let far = std::fs::read(line.spool().join("far").join(format!("{UUID}.tif"))).unwrap();
    let page = fax_tiff::read(&far).unwrap().remove(0);
    assert_eq!(page.bitmap.height(), 432);
    assert!(header::unstamp(&page).bitmap.with_height(400) == drawn(1)[0].bitmap);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_file_is_dialled_all_the_same() {
    let line = line(|_| {}).await;
    let events = line.call("5550001111", "", "/no/such.tif".as_ref()).await;
    assert!(last(&events, "BACKGROUND_JOB").body.starts_with("+OK"));
    assert!(!kinds(&events).contains(&"spandsp::txfaxresult"));
    let call = &line.simulator.calls()[0];
    assert_eq!(
        (call.file_sha256.as_deref(), call.pages_total, call.outcome),
        (None, 0, Some(Outcome::Failed))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_times_are_those_of_a_line() {
    let line = line(|options| options.pace = Pace::Times(1000.0)).await;
    let file = line.document(1);
    let events = line.call("5550009304", T38, &file).await;
    let seconds: i64 = last(&events, "CHANNEL_HANGUP_COMPLETE")
        .get("variable_duration")
        .unwrap()
        .parse()
        .unwrap();
    assert!((185..195).contains(&seconds), "{seconds}");
    let stamp = |kind: &str| {
        last(&events, kind)
            .get("Event-Date-Timestamp")
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    let negotiated = stamp("spandsp::txfaxnegociateresult") - stamp("CHANNEL_ANSWER");
    assert_eq!(negotiated, 7_700_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn sched_hangup_ends_a_stuck_channel_in_simulated_time() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let hook = "fax_enable_t38_request=true,execute_on_answer='sched_hangup +90 ALLOTTED_TIMEOUT'";
    let events = line.call("5550009999", hook, &file).await;
    let end = last(&events, "CHANNEL_HANGUP_COMPLETE");
    assert_eq!(end.get("Hangup-Cause"), Some("ALLOTTED_TIMEOUT"));
    assert_eq!(end.get("variable_billsec"), Some("90"));
    assert_eq!(end.get("variable_fax_result_code"), Some("20"));
    let events = line
        .call("5550001111", "execute_on_answer='sched_hangup +6'", &file)
        .await;
    let end = last(&events, "CHANNEL_HANGUP_COMPLETE");
    assert_eq!(
        (
            end.get("variable_billsec"),
            end.get("variable_fax_result_code")
        ),
        (Some("6"), Some("49"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_may_do_something_else_each_time() {
    let given = Scenarios::from_toml("[[number]]\nnumber='5550001111'\noutcome='drop'\nafter_page=1\n[[number]]\nnumber='5550001111'\noutcome='busy'\n").unwrap();
    let line = line(|options| options.scenarios = given).await;
    let file = line.document(2);
    for (number, calls) in [
        ("15550001111", ["49", "USER_BUSY", "USER_BUSY"]),
        ("5550009308", ["USER_BUSY", "USER_BUSY", "0"]),
    ] {
        for expected in calls {
            let events = line.call(number, "", &file).await;
            let end = last(&events, "CHANNEL_HANGUP_COMPLETE");
            let seen = end
                .get("variable_fax_result_code")
                .or(end.get("Hangup-Cause"));
            assert_eq!(seen, Some(expected), "{number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gets_no_channel_leaves_no_trace_but_the_answer() {
    let line = line(|options| options.gateways = vec!["telnyx".into()]).await;
    let file = line.document(1);
    let mut client = line.listening().await;
    let missing = dial(UUID, "5550001111", "", &file).replace("gateway/telnyx", "gateway/nosuch");
    assert_eq!(
        client.command(&format!("api {missing}")).await,
        "-ERR INVALID_GATEWAY\n"
    );
    let call = format!("api {}", dial(UUID, "5550001111", "", &file));
    line.simulator.set_gateway_down("telnyx", true);
    assert_eq!(client.command(&call).await, "-ERR GATEWAY_DOWN\n");
    line.simulator.set_gateway_down("telnyx", false);
    for limit in ["fsctl pause", "fsctl max_sessions 0", "fsctl sps 1"] {
        client.command(&format!("api {limit}")).await;
        assert_eq!(
            client.command(&call).await,
            "-ERR DESTINATION_OUT_OF_ORDER\n",
            "{limit}"
        );
        for undo in ["fsctl resume", "fsctl max_sessions 10", "fsctl sps 100"] {
            client.command(&format!("api {undo}")).await;
        }
    }
    assert!(line.simulator.calls().is_empty());
    assert!(line.cdr(UUID).is_none());
    assert!(client.command(&call).await.starts_with("+OK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comma_in_the_destination_dials_two_phones_and_a_bar_tries_one_after_the_other() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let mut client = line.authorised().await;
    let app = format!("&txfax({})", file.display());
    client.command(&format!("api originate sofia/gateway/g/5550002222|sofia/gateway/g/5550003333,sofia/gateway/g/5550001111 {app}")).await;
    eventually("three calls end", || {
        let calls = line.simulator.calls();
        calls.len() == 3 && calls.iter().all(|call| call.outcome.is_some())
    })
    .await;
    let mut calls = line.simulator.calls();
    calls.sort_by(|a, b| a.destination.cmp(&b.destination));
    let outcomes: Vec<_> = calls
        .iter()
        .map(|call| (call.destination.as_str(), call.outcome.unwrap()))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("5550001111", Outcome::Delivered),
            ("5550002222", Outcome::Busy),
            ("5550003333", Outcome::Failed)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_the_client_come_back_and_the_cdr_goes_where_it_says() {
    let line = line(|_| {}).await;
    let file = line.document(1);
    let base = line.folder.path().join("elsewhere");
    std::fs::create_dir(&base).unwrap();
    let variables = format!(
        "json_cdr_base={},faxgate_attempt=7,fax_header=%41%2C",
        base.display()
    );
    let events = line.call("5550001111", &variables, &file).await;
    for event in events
        .iter()
        .filter(|event| event.kind() != "BACKGROUND_JOB")
    {
        assert_eq!(
            event.get("variable_faxgate_attempt"),
            Some("7"),
            "{}",
            event.kind()
        );
        assert_eq!(
            event.get("variable_fax_header"),
            Some("A,"),
            "percent signs pass as they are"
        );
    }
    assert!(base.join(format!("{UUID}.cdr.json")).is_file());
    assert!(line.cdr(UUID).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_comes_in_the_order_that_who_hangs_up_makes_it_come() {
    const END: &[&str] = &[
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_DESTROY",
    ];
    let (hangup, result) = ("CHANNEL_HANGUP", "spandsp::txfaxresult");
    for (number, variables, first) in [
        (
            "5550001111",
            "",
            vec![hangup, result, END[0], END[1], END[2]],
        ),
        (
            "5550009100",
            "",
            vec![hangup, result, END[0], END[1], END[2]],
        ),
        (
            "5550007777",
            "",
            vec![result, END[0], hangup, END[1], END[2]],
        ),
        (
            "5550007777",
            "execute_on_fax_result=hangup",
            vec![result, hangup, END[0], END[1], END[2]],
        ),
    ] {
        let line = line(|_| {}).await;
        let file = line.document(1);
        let events = line.call(number, variables, &file).await;
        let last_five = &kinds(&events)[events.len() - 5..];
        assert_eq!(last_five, first, "{number} {variables}");
    }
}
