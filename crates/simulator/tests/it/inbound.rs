//! Faxes to numbers of our own.

use std::collections::BTreeSet;

use faxgate_imaging::{fax_tiff, header};
use faxgate_simulator::Scenarios;

use crate::client::Event;
use crate::harness::{Line, UUID, dial, drawn, eventually, kinds, last, line};
use crate::transcripts::recorded_packets;

const T38: &str = "fax_enable_t38=true,fax_enable_t38_request=true,fax_ident=%2B1%20555";

/// Calls `number` and gives the events of the inbound channel.
async fn received(line: &Line, number: &str, pages: u32) -> Vec<Event> {
    let file = line.document(pages);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, number, T38, &file)))
        .await;
    let (mut here, mut there) = (Vec::new(), false);
    while !(there
        && here
            .iter()
            .any(|event: &Event| event.kind() == "CHANNEL_DESTROY"))
    {
        let event = client.event().await;
        if event.get("Call-Direction") == Some("inbound") {
            here.push(event);
        } else {
            there |= event.kind() == "CHANNEL_DESTROY";
        }
    }
    here
}

fn recorded(name: &str) -> Vec<Event> {
    let events = recorded_packets(name)
        .into_iter()
        .filter_map(|packet| packet.event());
    events.filter(|event| event.kind() != "HEARTBEAT").collect()
}

/// What only the recorded dialplan set, and what only ours does.
const DIALPLANS: &[&str] = &[
    "variable_lab_direction",
    "variable_session_in_hangup_hook",
    "variable_api_hangup_hook",
    "variable_faxgate_inbound",
    "variable_faxgate_did",
    "variable_fax_did",
];

fn compare(name: &str, ours: &[Event]) {
    let heard = [
        "CHANNEL_CREATE",
        "CHANNEL_ANSWER",
        "CHANNEL_HANGUP_COMPLETE",
    ];
    let ours: Vec<&Event> = ours
        .iter()
        .filter(|event| heard.contains(&event.kind()) || event.get("Event-Subclass").is_some())
        .collect();
    let theirs = recorded(name);
    assert_eq!(
        ours.iter().map(|event| event.kind()).collect::<Vec<_>>(),
        theirs.iter().map(Event::kind).collect::<Vec<_>>()
    );
    let names = |event: &Event| {
        event
            .headers
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<BTreeSet<_>>()
    };
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let differing: Vec<String> = names(ours)
            .symmetric_difference(&names(theirs))
            .cloned()
            .collect();
        let unexplained: Vec<&String> = differing
            .iter()
            .filter(|name| !DIALPLANS.contains(&name.as_str()))
            .collect();
        assert!(
            unexplained.is_empty(),
            "{name} {}: {unexplained:?}",
            ours.kind()
        );
        for name in [
            "Answer-State",
            "Call-Direction",
            "Channel-State",
            "Channel-State-Number",
            "Caller-Context",
            "Caller-Dialplan",
            "Hangup-Cause",
            "fax-success",
            "fax-result-code",
            "fax-result-text",
            "fax-document-transferred-pages",
            "fax-document-total-pages",
            "fax-t38-status",
            "fax-ecm-used",
            "fax-image-resolution",
            "variable_sip_hangup_disposition",
            "variable_current_application",
            "variable_endpoint_disposition",
        ] {
            assert_eq!(ours.get(name), theirs.get(name), "{} {name}", ours.kind());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_to_a_number_of_ours_comes_back_as_the_recorded_inbound_one() {
    let line = line(|options| options.dids = vec!["+1 (555) 700-0001".into()]).await;
    let events = received(&line, "15557000001", 3).await;
    compare("inbound_t38", &events);
    let end = last(&events, "CHANNEL_HANGUP_COMPLETE");
    let uuid = end.uuid();
    let file = line.spool().join("rx").join(format!("{uuid}.tif"));
    assert_eq!(
        end.get("variable_fax_filename"),
        Some(file.to_str().unwrap())
    );
    assert_eq!(end.get("variable_faxgate_did"), Some("+15557000001"));
    assert_eq!(end.get("variable_fax_remote_station_id"), Some("+1 555"));
    assert_eq!(end.get("Caller-Caller-ID-Number"), Some("15550001000"));
    let pages = fax_tiff::read(&std::fs::read(file).unwrap()).unwrap();
    for (received, sent) in pages.iter().zip(drawn(3)) {
        assert!(header::unstamp(received).bitmap == sent.bitmap);
    }
    let cdr = line.cdr(uuid).expect("a CDR of the inbound call");
    assert_eq!(cdr["variables"]["direction"], "inbound");
    assert_eq!(cdr["variables"]["faxgate_inbound"], "true");
    assert_eq!(
        cdr["callflow"][0]["caller_profile"]["destination_number"],
        "15557000001"
    );
    assert_eq!(
        line.log().len(),
        2,
        "the call log tells of the client's leg alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_drops_leaves_the_complete_pages_or_nothing() {
    for (after, file) in [(0, false), (2, true)] {
        let drop = format!("[[number]]\nnumber='5557000001'\noutcome='drop'\nafter_page={after}\n");
        let line = line(|options| options.scenarios = Scenarios::from_toml(&drop).unwrap()).await;
        line.simulator.set_dids(["5557000001"]);
        let events = received(&line, "+15557000001", 3).await;
        if after == 0 {
            compare("inbound_caller_hangs", &events);
        }
        let result = last(&events, "spandsp::rxfaxresult");
        assert_eq!(result.get("fax-result-code"), Some("49"));
        assert_eq!(
            result.get("fax-document-transferred-pages"),
            Some(after.to_string().as_str())
        );
        let path = line
            .spool()
            .join("rx")
            .join(format!("{}.tif", result.uuid()));
        assert_eq!(path.is_file(), file);
        if file {
            assert_eq!(
                fax_tiff::page_count(&std::fs::read(path).unwrap()).unwrap(),
                after
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_confirmation_that_is_lost_leaves_the_receiver_with_the_whole_fax() {
    let lost = "[[number]]\nnumber='5557000001'\noutcome='last_mcf_lost'\n";
    let line = line(|options| options.scenarios = Scenarios::from_toml(lost).unwrap()).await;
    line.simulator.set_dids(["5557000001"]);
    let events = received(&line, "5557000001", 2).await;
    assert_eq!(
        last(&events, "spandsp::rxfaxresult").get("fax-success"),
        Some("1")
    );
    let call = &line.simulator.calls()[0];
    assert_eq!((call.pages_confirmed, call.pages_delivered), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_inbound_channel_ends_both() {
    let slow = "[[number]]\nnumber='5557000001'\noutcome='delivered'\npage_seconds=3600\n";
    let line = line(|options| options.scenarios = Scenarios::from_toml(slow).unwrap()).await;
    line.simulator.set_dids(["5557000001"]);
    let file = line.document(1);
    let mut client = line.listening().await;
    client
        .command(&format!("bgapi {}", dial(UUID, "5557000001", "", &file)))
        .await;
    let events = client
        .events_until(|event| event.kind() == "spandsp::rxfaxnegociateresult")
        .await;
    assert!(kinds(&events).contains(&"spandsp::txfaxnegociateresult"));
    let inbound = last(&events, "spandsp::rxfaxnegociateresult")
        .uuid()
        .to_owned();
    assert_eq!(
        client.command(&format!("api uuid_kill {inbound}")).await,
        "+OK\n"
    );
    eventually("both channels are gone", || {
        line.simulator.channels().is_empty()
    })
    .await;
    assert!(line.cdr(&inbound).is_some());
    assert_eq!(
        line.cdr(UUID).unwrap()["variables"]["fax_result_code"],
        "49"
    );
}
