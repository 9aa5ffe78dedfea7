//! Calls that no client of ours placed: other people use the same switch, and their events come in between.

use std::sync::Arc;
use std::time::Duration;

use super::kinds;
use crate::channel::{Channel, Dialog, Direction, Profile};
use crate::event::Name;
use crate::switch::{Kind, Switch};

const JOB: Kind = Kind::new("BACKGROUND_JOB", "mod_event_socket.c", "api_exec", 1572);

/// Publishes one event of a stranger's call after another.
pub(crate) async fn pass_by(switch: Arc<Switch>, every: Duration) {
    let every = every.max(Duration::from_millis(1));
    loop {
        let mut channel = stranger(&switch);
        let told: [(&Kind, Vec<(Name, String)>); 6] = [
            (&kinds::CREATE, Vec::new()),
            (&kinds::ANSWER, Vec::new()),
            (&kinds::SENDING.negotiated, Vec::new()),
            (
                &kinds::SENDING.page,
                pairs(&[("fax-document-transferred-pages", "1")]),
            ),
            (
                &kinds::SENDING.result,
                pairs(&[("fax-success", "0"), ("fax-result-code", "49")]),
            ),
            (
                &kinds::HANGUP_COMPLETE,
                pairs(&[("Hangup-Cause", "NORMAL_CLEARING")]),
            ),
        ];
        for (kind, own) in told {
            tokio::time::sleep(every).await;
            let at = switch.now();
            channel.times.answered = at;
            let headers = channel.headers().into_iter().chain(own);
            switch.publish(kind, at, headers, None);
        }
        tokio::time::sleep(every).await;
        let uuid = switch.options.ambient.uuid().to_string();
        let job = pairs(&[("Job-UUID", &uuid), ("Job-Command", "originate")]);
        let body = match uuid.as_bytes().last() {
            Some(b'0'..=b'7') => format!("+OK {uuid}\n"),
            _ => "-ERR USER_BUSY\n".to_owned(),
        };
        switch.publish(&JOB, switch.now(), job, Some(body));
    }
}

fn stranger(switch: &Switch) -> Channel {
    let now = switch.now();
    let ambient = &switch.options.ambient;
    let profile = Profile {
        caller_number: "15550009000".to_owned(),
        destination: "15550009001".to_owned(),
        source: "mod_sofia",
        context: "public",
        ..Profile::default()
    };
    let uuid = ambient.uuid().to_string();
    let name = "sofia/internal/stranger".to_owned();
    let mut channel = Channel::new(uuid, name, Direction::Outbound, profile, now);
    Dialog::new(ambient, switch.next_session(), "elsewhere", now).invite(&mut channel, &[]);
    channel
}

fn pairs(pairs: &[(&'static str, &str)]) -> Vec<(Name, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).to_owned()))
        .collect()
}
