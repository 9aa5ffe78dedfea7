//! The commands of an authorised client.

use std::sync::Arc;

use super::jobs;
use super::request::Request;
use crate::api;
use crate::bus::Listener;
use crate::cause::Cause;
use crate::event::{Event, Name};
use crate::switch::{Kind, Switch};

/// What a command is answered with.
pub(super) enum Reply {
    /// A `command/reply` with this text.
    Command(String),
    /// A `command/reply` with this Job-UUID.
    Job(String),
    /// An `api/response`.
    Api(api::Reply),
    /// An `api/response`, and every connection is closed.
    Reload(String),
    /// `+OK bye`, the notice, and the end.
    Bye,
}

const NOT_CONTROLLING: &str = "-ERR not controlling a session";
const NOT_FOUND: &str = "-ERR command not found";

/// Does what a packet asks for. `api` takes as long as it takes: the connection waits.
pub(super) async fn run(
    switch: &Arc<Switch>,
    listener: &Arc<Listener>,
    request: &Request,
) -> Reply {
    let command = request.command();
    if reloads_the_socket(command) {
        let uuid = switch.options.ambient.uuid();
        return Reply::Reload(format!("+OK Job-UUID: {uuid}\n"));
    }
    let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
    let rest = rest.trim_start_matches(' ');
    let text = match word.to_ascii_lowercase().as_str() {
        "exit" => return Reply::Bye,
        "api" if !rest.is_empty() => {
            let (name, argument) = rest.split_once(' ').unwrap_or((rest, ""));
            return Reply::Api(api::execute(switch, name, argument).await);
        }
        "bgapi" if !rest.is_empty() => {
            let chosen = request.header("Job-UUID").filter(|uuid| !uuid.is_empty());
            let uuid = chosen.map_or_else(
                || switch.options.ambient.uuid().to_string(),
                ToOwned::to_owned,
            );
            jobs::start(switch, uuid.clone(), rest);
            return Reply::Job(uuid);
        }
        "event" => listener.subscription().subscribe(rest),
        "nixevent" => listener.subscription().unsubscribe(rest).to_owned(),
        "noevents" => listener.subscription().silence().to_owned(),
        "filter" => listener.subscription().filter(rest),
        "log" => log_level(rest),
        "nolog" => "+OK no longer logging".to_owned(),
        "linger" | "nolinger" | "resume" | "myevents" | "getvar" => NOT_CONTROLLING.to_owned(),
        "divert_events" => format!("{NOT_CONTROLLING}."),
        "sendevent" => sendevent(switch, rest, request),
        "sendmsg" => sendmsg(switch, rest, request),
        _ => NOT_FOUND.to_owned(),
    };
    Reply::Command(text)
}

/// mod_event_socket looks for these words anywhere in a command, and then reloads itself instead of doing what it says.
fn reloads_the_socket(command: &str) -> bool {
    let command = command.to_ascii_lowercase();
    command.contains("mod_event_socket")
        && (command.contains("reload") || command.contains("unload"))
}

fn log_level(word: &str) -> String {
    const LEVELS: [&str; 8] = [
        "console", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ];
    let level = match word.parse::<usize>() {
        Ok(number) if number < LEVELS.len() => number,
        _ => LEVELS
            .iter()
            .position(|level| level.eq_ignore_ascii_case(word))
            .unwrap_or(7),
    };
    let word = if word.is_empty() { "debug" } else { word };
    format!("+OK log level {word} [{level}]")
}

/// Fires an event of the client's making.
fn sendevent(switch: &Switch, name: &str, request: &Request) -> String {
    if name.is_empty() {
        return "-ERR command not found".to_owned();
    }
    const SENT: Kind = Kind::new("CUSTOM", "mod_event_socket.c", "parse_command", 2300);
    let uuid = switch.options.ambient.uuid();
    let mut headers = switch.base_headers(&SENT, switch.now());
    for (known, value) in &mut headers {
        if known == "Event-Name" {
            *value = name.to_ascii_uppercase();
        }
    }
    headers.push(("Event-UUID".into(), uuid.to_string()));
    for line in request.text.lines().skip(1) {
        if let Some((name, value)) = line.split_once(':')
            && !name.eq_ignore_ascii_case("Content-Length")
        {
            headers.push((Name::from(name.to_owned()), value.trim().to_owned()));
        }
    }
    let body = (!request.body.is_empty()).then(|| request.body.clone());
    let subclass = request
        .header("Event-Subclass")
        .map(|subclass| subclass.to_owned().into());
    let event = Event::new(name.to_ascii_uppercase(), subclass, headers, body);
    switch.deliver(event);
    format!("+OK {uuid}")
}

/// `sendmsg UUID` with `call-command: hangup`.
fn sendmsg(switch: &Switch, uuid: &str, request: &Request) -> String {
    let Some(session) = switch.session(uuid) else {
        return format!("-ERR invalid session id [{uuid}]");
    };
    if request
        .header("call-command")
        .is_some_and(|command| command.eq_ignore_ascii_case("hangup"))
    {
        let cause = request.header("hangup-cause").and_then(Cause::named);
        session.hang_up(cause.unwrap_or(Cause::NORMAL_CLEARING));
    }
    "+OK".to_owned()
}
