//! A simulator in a fresh folder, and documents to send.

use std::path::{Path, PathBuf};
use std::time::Duration;

use faxgate_imaging::{Bitmap, FaxPage, Resolution, fax_tiff};
use faxgate_simulator::{Options, Simulator};
use tempfile::TempDir;

use crate::client::{Client, Event};

pub(crate) struct Line {
    pub(crate) simulator: Simulator,
    pub(crate) folder: TempDir,
}

/// Starts a simulator with the options changed.
pub(crate) async fn line(change: impl FnOnce(&mut Options)) -> Line {
    let folder = TempDir::new().unwrap();
    let mut options = Options::new("127.0.0.1:0".parse().unwrap(), folder.path().join("spool"));
    options.call_log = Some(folder.path().join("calls.jsonl"));
    change(&mut options);
    let simulator = Simulator::start(options).await.unwrap();
    Line { simulator, folder }
}

pub(crate) const UUID: &str = "9f1c7a52-0d1b-4c57-8a52-1d2f1a3b4c5d";

impl Line {
    pub(crate) fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    /// A document of so many pages, each different, their last rows white.
    pub(crate) fn document(&self, pages: u32) -> PathBuf {
        let path = self.folder.path().join(format!("doc{pages}.tif"));
        std::fs::write(&path, fax_tiff::write(&drawn(pages))).unwrap();
        path
    }

    pub(crate) async fn authorised(&self) -> Client {
        Client::authorised(self.simulator.addr()).await
    }

    pub(crate) async fn listening(&self) -> Client {
        Client::listening(self.simulator.addr()).await
    }

    /// Dials, and gives every event of the call up to its last and the job's result.
    pub(crate) async fn call(&self, number: &str, variables: &str, file: &Path) -> Vec<Event> {
        let mut client = self.listening().await;
        let command = dial(UUID, number, variables, file);
        client.command(&format!("bgapi {command}")).await;
        whole_call(&mut client, UUID).await
    }

    /// The call log, parsed.
    pub(crate) fn log(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("calls.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn cdr(&self, uuid: &str) -> Option<serde_json::Value> {
        let text =
            std::fs::read_to_string(self.spool().join("cdr").join(format!("{uuid}.cdr.json")))
                .ok()?;
        // Written in place, as mod_json_cdr does: a reader may meet half of it.
        serde_json::from_str(&text).ok()
    }
}

pub(crate) fn dial(uuid: &str, number: &str, variables: &str, file: &Path) -> String {
    let more = if variables.is_empty() {
        String::new()
    } else {
        format!(",{variables}")
    };
    let file = file.display();
    format!(
        "originate {{origination_uuid={uuid},origination_caller_id_number=15550001000{more}}}sofia/gateway/telnyx/{number} &txfax({file})"
    )
}

/// The events of a call and its job, heartbeats and other calls left out.
pub(crate) async fn whole_call(client: &mut Client, uuid: &str) -> Vec<Event> {
    let (mut job, mut gone) = (false, false);
    let mut events = Vec::new();
    while !(job && gone) {
        let event = client.event().await;
        if event.kind() == "BACKGROUND_JOB" {
            if event
                .get("Job-Command-Arg")
                .is_some_and(|arg| arg.contains(uuid))
            {
                job = true;
                gone |= !events
                    .iter()
                    .any(|event: &Event| event.kind() == "CHANNEL_CREATE");
                events.push(event);
            }
        } else if event.uuid() == uuid {
            gone |= event.kind() == "CHANNEL_DESTROY";
            events.push(event);
        }
    }
    events
}

/// Pages with a pattern each.
pub(crate) fn drawn(pages: u32) -> Vec<FaxPage> {
    (0..pages)
        .map(|page| {
            let mut bitmap = Bitmap::new(1728, 400);
            for y in 40..360 {
                for x in (100 + page * 40..1500).step_by(7 + page as usize) {
                    bitmap.set(x, y, (x / 8 + y / 8 + page) % 3 == 0);
                }
            }
            FaxPage {
                bitmap,
                resolution: Resolution::Fine,
            }
        })
        .collect()
}

pub(crate) fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::kind).collect()
}

/// The last event of a kind.
pub(crate) fn last<'a>(events: &'a [Event], kind: &str) -> &'a Event {
    events
        .iter()
        .rev()
        .find(|event| event.kind() == kind)
        .unwrap_or_else(|| panic!("no {kind} in {:?}", kinds(events)))
}

/// Looks again and again until it is so.
pub(crate) async fn eventually(what: &str, so: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
