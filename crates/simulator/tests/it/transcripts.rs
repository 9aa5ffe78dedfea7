//! Held to the recordings of a real FreeSWITCH: the same command, played by the simulator, must look the same.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::client::{Event, Packet, take_packet};
use crate::harness::{Line, last, line, whole_call};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

pub(crate) fn recorded_packets(name: &str) -> Vec<Packet> {
    let mut bytes = std::fs::read(data(&format!("{name}.plain.raw"))).unwrap();
    std::iter::from_fn(|| take_packet(&mut bytes)).collect()
}

fn recorded_events(name: &str) -> Vec<Event> {
    let events = recorded_packets(name)
        .into_iter()
        .filter_map(|packet| packet.event());
    events.filter(|event| event.kind() != "HEARTBEAT").collect()
}

/// The originate of a recording, to another number and with a file of ours.
fn command_of(name: &str, number: &str, line: &Line) -> (String, String) {
    let sent = std::fs::read_to_string(data(&format!("{name}.client.raw"))).unwrap();
    let originate = sent
        .lines()
        .find(|line| line.starts_with("bgapi originate "))
        .unwrap()
        .to_owned();
    let uuid = originate.split("origination_uuid=").nth(1).unwrap()[..36].to_owned();
    let (before, after) = originate.split_once("sofia/gateway/").unwrap();
    let (to, app) = after.split_once(" &").unwrap();
    let gateway = to.split('/').next().unwrap();
    let app = app
        .replace(
            "/srv/labs/docs/doc1.tif",
            &line.document(1).display().to_string(),
        )
        .replace(
            "/srv/labs/docs/doc3.tif",
            &line.document(3).display().to_string(),
        );
    (
        format!("{before}sofia/gateway/{gateway}/{number} &{app}"),
        uuid,
    )
}

/// The events of a recording that these subscribe to; the simulator is asked for more.
const SUBSCRIBED: &[&str] = &[
    "CHANNEL_CREATE",
    "CHANNEL_ANSWER",
    "CHANNEL_HANGUP_COMPLETE",
    "BACKGROUND_JOB",
];

fn sequence(events: &[Event]) -> Vec<String> {
    let subscribed = events.iter().filter(|event| {
        SUBSCRIBED.contains(&event.kind()) || event.get("Event-Subclass").is_some()
    });
    subscribed.map(|event| event.kind().to_owned()).collect()
}

/// Headers whose values must be those of the recording.
const EXACT: &[&str] = &[
    "Answer-State",
    "Call-Direction",
    "Caller-ANI",
    "Caller-Context",
    "Caller-Direction",
    "Caller-Orig-Caller-ID-Number",
    "Caller-Source",
    "Channel-Call-State",
    "Channel-HIT-Dialplan",
    "Channel-Read-Codec-Name",
    "Channel-State",
    "Channel-State-Number",
    "Event-Calling-File",
    "Event-Calling-Function",
    "Event-Calling-Line-Number",
    "Event-Name",
    "Event-Subclass",
    "Hangup-Cause",
    "Job-Command",
    "Unique-ID",
    "fax-document-total-pages",
    "fax-document-transferred-pages",
    "fax-ecm-used",
    "fax-encoding",
    "fax-encoding-name",
    "fax-file-image-resolution",
    "fax-image-resolution",
    "fax-result-code",
    "fax-result-text",
    "fax-success",
    "fax-t38-status",
    "fax-transfer-rate",
    "uuid",
    "variable_call_uuid",
    "variable_current_application",
    "variable_current_application_response",
    "variable_direction",
    "variable_endpoint_disposition",
    "variable_ep_codec_string",
    "variable_execute_on_fax_result",
    "variable_fax_document_total_pages",
    "variable_fax_document_transferred_pages",
    "variable_fax_ecm_requested",
    "variable_fax_ecm_used",
    "variable_fax_enable_t38",
    "variable_fax_image_resolution",
    "variable_fax_result_code",
    "variable_fax_result_text",
    "variable_fax_success",
    "variable_fax_t38_status",
    "variable_fax_transfer_rate",
    "variable_fax_v17_disabled",
    "variable_hangup_cause",
    "variable_hangup_cause_q850",
    "variable_has_t38",
    "variable_last_app",
    "variable_originate_early_media",
    "variable_origination_caller_id_number",
    "variable_origination_uuid",
    "variable_proto_specific_hangup_cause",
    "variable_sip_gateway_name",
    "variable_sip_hangup_disposition",
    "variable_sip_invite_failure_phrase",
    "variable_sip_invite_failure_status",
    "variable_sip_reason",
    "variable_sip_term_cause",
    "variable_sip_term_status",
    "variable_uuid",
];

/// Where the simulator knowingly differs in the set of names.
fn allowed(name: &str) -> bool {
    // How far a page had come when the call dropped: here a page has arrived or has not.
    name == "fax-image-size"
        || name == "variable_fax_image_size"
        // The recorded proxy sent no reply at all; here every call has a dialog.
        || matches!(name, "variable_sip_reply_host" | "variable_sip_network_ip" | "Caller-Network-Addr")
}

fn names(event: &Event) -> BTreeSet<&str> {
    event
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect()
}

/// Recording, and the number of the same fate.
const CASES: &[(&str, &str)] = &[
    ("success_t38", "5550001111"),
    ("success_audio", "5550001111"),
    ("success_t38_refused_488", "5550008888"),
    ("success_t38_hangup_on_result", "5550001111"),
    ("success_audio_noecm", "5550001111"),
    ("busy", "5550002222"),
    ("rejected", "5550005555"),
    ("unallocated", "5550004444"),
    ("no_answer_timeout", "5550003333"),
    ("no_answer_remote", "5550009312"),
    ("blackhole_gateway", "5550009310"),
    ("sip_500", "5550008500"),
    ("human_hangs_up", "5550006666"),
    ("midpage_hangup_t38", "5550009100"),
    ("midpage_hangup_audio_page2", "5550009101"),
    ("missing_file", "5550001111"),
    ("not_a_tiff", "5550001111"),
    ("not_fax_t38req", "5550007777"),
    ("not_fax_audio", "5550007777"),
    ("far_end_vanishes_audio", "5550009999"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_call_is_played_alike() {
    let mut differences = Vec::new();
    for (name, number) in CASES {
        let line = line(|_| {}).await;
        let bad = line.folder.path().join("notatiff.tif");
        std::fs::write(&bad, "this is text").unwrap();
        let (command, uuid) = command_of(name, number, &line);
        let command = command.replace("/srv/labs/docs/notatiff.tif", &bad.display().to_string());
        let mut client = line.listening().await;
        client.command(&command).await;
        let played = whole_call(&mut client, &uuid).await;
        compare(name, &recorded_events(name), &played, &mut differences);
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn compare(case: &str, recorded: &[Event], played: &[Event], differences: &mut Vec<String>) {
    let (theirs, ours) = (sequence(recorded), sequence(played));
    if theirs != ours {
        differences.push(format!("{case}: sequence {theirs:?} became {ours:?}"));
        return;
    }
    let played = played.iter().filter(|event| {
        SUBSCRIBED.contains(&event.kind()) || event.get("Event-Subclass").is_some()
    });
    for (theirs, ours) in recorded.iter().zip(played) {
        let kind = theirs.kind();
        for name in names(theirs).symmetric_difference(&names(ours)) {
            if !allowed(name) {
                let side = if theirs.get(name).is_some() {
                    "lacks"
                } else {
                    "adds"
                };
                differences.push(format!("{case}: {kind} {side} {name}"));
            }
        }
        for name in EXACT {
            if let (Some(theirs), Some(ours)) = (theirs.get(name), ours.get(name))
                && theirs != ours
            {
                differences.push(format!("{case}: {kind} {name}: {theirs:?} became {ours:?}"));
            }
        }
        if theirs.body != ours.body {
            differences.push(format!(
                "{case}: {kind} body {:?} became {:?}",
                theirs.body, ours.body
            ));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_channel_looks_like_the_recorded_one_and_only_a_kill_ends_it() {
    let line = line(|_| {}).await;
    let (command, uuid) = command_of("far_end_vanishes_t38", "5550009999", &line);
    let mut client = line.listening().await;
    client.command(&command).await;
    let played = client
        .events_until(|event| event.kind() == "spandsp::txfaxresult")
        .await;
    let mut differences = Vec::new();
    compare(
        "far_end_vanishes_t38",
        &recorded_events("far_end_vanishes_t38"),
        &played,
        &mut differences,
    );
    assert!(differences.is_empty(), "{differences:#?}");
    assert_eq!(line.simulator.channels(), std::slice::from_ref(&uuid));
    let mut killer = line.authorised().await;
    let kill = format!("api uuid_kill {uuid}");
    assert_eq!(killer.command(&kill).await, "+OK\n");
    assert_eq!(killer.command(&kill).await, "-ERR No such channel!\n");
    let rest = client
        .events_until(|event| event.kind() == "CHANNEL_DESTROY")
        .await;
    assert_eq!(
        last(&rest, "CHANNEL_HANGUP_COMPLETE").get("variable_sip_hangup_disposition"),
        Some("send_bye")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_call_looks_like_the_recorded_ones() {
    for (name, number, until) in [
        ("kill_midfax", "5550009304", "spandsp::txfaxnegociateresult"),
        ("kill_ringing", "5550003333", "CHANNEL_PROGRESS"),
    ] {
        let line = line(|options| options.pace = faxgate_simulator::Pace::Times(20.0)).await;
        let (command, uuid) = command_of(name, number, &line);
        let mut client = line.listening().await;
        client.command(&command).await;
        let mut played = client.events_until(|event| event.kind() == until).await;
        client
            .write(format!("api uuid_kill {uuid}\n\n").as_bytes())
            .await;
        played.extend(
            client
                .events_until(|event| event.kind() == "CHANNEL_DESTROY")
                .await,
        );
        let mut differences = Vec::new();
        compare(name, &recorded_events(name), &played, &mut differences);
        assert!(differences.is_empty(), "{differences:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cdr_files_have_the_recorded_shape() {
    for (name, number) in [
        ("success_t38", "5550001111"),
        ("busy", "5550002222"),
        ("midpage_hangup_t38", "5550009100"),
    ] {
        let line = line(|_| {}).await;
        let (command, uuid) = command_of(name, number, &line);
        let mut client = line.listening().await;
        client.command(&command).await;
        whole_call(&mut client, &uuid).await;
        let text = std::fs::read_to_string(data(&format!("cdr/{name}.cdr.json"))).unwrap();
        let recorded: serde_json::Value = serde_json::from_str(&text).unwrap();
        let ours = line.cdr(&uuid).expect("a CDR");
        let (mut theirs_shape, mut ours_shape) = (BTreeSet::new(), BTreeSet::new());
        shape("", &recorded, &mut theirs_shape);
        shape("", &ours, &mut ours_shape);
        let differing: Vec<&String> = theirs_shape.symmetric_difference(&ours_shape).collect();
        assert!(
            differing
                .iter()
                .all(|path| allowed(path.rsplit('.').next().unwrap())),
            "{name}: {differing:#?}"
        );
        for key in [
            "hangup_cause",
            "fax_result_code",
            "fax_t38_status",
            "sip_hangup_disposition",
        ] {
            assert_eq!(
                recorded["variables"][key], ours["variables"][key],
                "{name} {key}"
            );
        }
    }
}

/// Every path to a value, with its type; elements of lists are alike.
fn shape(path: &str, value: &serde_json::Value, paths: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                shape(&format!("{path}.{name}"), value, paths);
            }
        }
        serde_json::Value::Array(items) => items
            .iter()
            .for_each(|item| shape(&format!("{path}[]"), item, paths)),
        serde_json::Value::String(_) => {
            paths.insert(format!("{path} text"));
        }
        _ => {
            paths.insert(format!("{path} number"));
        }
    }
}
