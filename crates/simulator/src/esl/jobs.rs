//! `bgapi`: a command in the background, and the event that tells its result.

use std::sync::Arc;

use crate::api;
use crate::event::Name;
use crate::switch::{Kind, Switch};

const BACKGROUND_JOB: Kind = Kind::new("BACKGROUND_JOB", "mod_event_socket.c", "api_exec", 1572);

/// Starts a job. It belongs to the switch: the client may go.
pub(super) fn start(switch: &Arc<Switch>, uuid: String, command: &str) {
    let (name, argument) = command.split_once(' ').unwrap_or((command, ""));
    let (name, argument) = (name.to_owned(), argument.to_owned());
    let job = Arc::clone(switch);
    switch.spawn(async move {
        let reply = api::execute(&job, &name, &argument).await;
        let mut own: Vec<(Name, String)> =
            vec![("Job-UUID".into(), uuid), ("Job-Command".into(), name)];
        if !argument.is_empty() {
            own.push(("Job-Command-Arg".into(), argument));
        }
        let body = if reply.body.is_empty() {
            "-ERR no reply\n".to_owned()
        } else {
            reply.body
        };
        job.publish(
            &BACKGROUND_JOB,
            reply.at.unwrap_or_else(|| job.now()),
            own,
            Some(body),
        );
        drop(reply.gate);
    });
}
