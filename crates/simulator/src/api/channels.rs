//! Commands about channels.

use crate::cause::Cause;
use crate::channel::Channel;
use crate::event::Event;
use crate::switch::{HOSTNAME, Kind, Switch};

const NO_CHANNEL: &str = "-ERR No such channel!\n";

/// `uuid_exists UUID`: exact, and without a newline.
pub(super) fn exists(switch: &Switch, uuid: &str) -> String {
    switch.session(uuid).is_some().to_string()
}

/// `uuid_kill UUID [CAUSE]`.
pub(super) fn kill(switch: &Switch, argument: &str) -> String {
    let mut words = argument.split_whitespace();
    let Some(uuid) = words.next() else {
        return "-USAGE: <uuid> [cause]\n".to_owned();
    };
    let cause = super::cause(words.next());
    match switch.session(uuid) {
        Some(session) if session.hang_up(cause) => "+OK\n".to_owned(),
        _ => NO_CHANNEL.to_owned(),
    }
}

/// `uuid_dump UUID [FORMAT]`: the channel as an event, nothing encoded.
pub(super) fn dump(switch: &Switch, argument: &str) -> String {
    const DATA: Kind = Kind::new("CHANNEL_DATA", "mod_commands.c", "uuid_dump_function", 6305);
    let mut words = argument.split_whitespace();
    let Some(session) = words.next().and_then(|uuid| switch.session(uuid)) else {
        return NO_CHANNEL.to_owned();
    };
    let mut headers = switch.base_headers(&DATA, switch.now());
    headers.extend(session.channel().headers());
    if words.next() == Some("json") {
        let pairs = headers
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value.into()));
        return serde_json::Value::Object(pairs.collect()).to_string();
    }
    Event::new(DATA.name, None, headers, None).text(false)
}

/// `uuid_getvar UUID NAME`.
pub(super) fn getvar(switch: &Switch, argument: &str) -> String {
    let mut words = argument.split_whitespace();
    let (Some(uuid), Some(name)) = (words.next(), words.next()) else {
        return "-USAGE: <uuid> <var>\n".to_owned();
    };
    match switch.session(uuid) {
        Some(session) => session
            .channel()
            .vars
            .get(name)
            .unwrap_or("_undef_")
            .to_owned(),
        None => NO_CHANNEL.to_owned(),
    }
}

/// `uuid_setvar UUID NAME [VALUE]`.
pub(super) fn setvar(switch: &Switch, argument: &str) -> String {
    let mut words = argument.splitn(3, ' ');
    let (Some(uuid), Some(name)) = (words.next(), words.next()) else {
        return "-USAGE: <uuid> <var> [value]\n".to_owned();
    };
    match switch.session(uuid) {
        Some(session) => {
            session
                .channel()
                .vars
                .set(name.to_owned(), words.next().unwrap_or_default());
            "+OK\n".to_owned()
        }
        None => NO_CHANNEL.to_owned(),
    }
}

/// `hupall [CAUSE]`.
pub(super) fn hang_up_all(switch: &Switch, argument: &str) -> String {
    let cause = Cause::named(argument).unwrap_or(Cause::MANAGER_REQUEST);
    for session in switch.sessions() {
        session.hang_up(cause);
    }
    format!("+OK hangup all channels with cause {}\n", cause.name)
}

/// `show channels|calls [count] [as json]`.
pub(super) fn show(switch: &Switch, argument: &str) -> String {
    let words: Vec<&str> = argument.split_whitespace().collect();
    let json = words.ends_with(&["as", "json"]);
    let count = words.get(1) == Some(&"count");
    let mut channels: Vec<Channel> = match words.first() {
        Some(&"channels") => switch
            .sessions()
            .iter()
            .map(|session| session.channel().clone())
            .collect(),
        // A call is two channels bridged; a fax has one.
        Some(&"calls") => Vec::new(),
        _ => return "-USAGE: channels|calls [count] [as json]\n".to_owned(),
    };
    channels.sort_by_key(|channel| (channel.times.created, channel.uuid.clone()));
    if count && json {
        return match channels.len() {
            0 => "{\"row_count\":0,\"rows\":[]}".to_owned(),
            rows => format!("{{\"row_count\": {rows}}}\n"),
        };
    }
    if count {
        return format!("\n{} total.\n", channels.len());
    }
    let rows: Vec<Vec<(&str, String)>> = channels.iter().map(row).collect();
    if json {
        if rows.is_empty() {
            return "{\"row_count\": 0}\n".to_owned();
        }
        let objects: Vec<serde_json::Value> = rows
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .map(|(name, value)| (name.to_owned(), value.into()))
                    .collect()
            })
            .map(serde_json::Value::Object)
            .collect();
        return serde_json::json!({"row_count": objects.len(), "rows": objects}).to_string();
    }
    if rows.is_empty() {
        return "\n0 total.\n".to_owned();
    }
    let mut text = rows[0]
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(",");
    text.push('\n');
    for row in &rows {
        text.push_str(
            &row.iter()
                .map(|(_, value)| value.as_str())
                .collect::<Vec<_>>()
                .join(","),
        );
        text.push('\n');
    }
    text + &format!("\n{} total.\n", rows.len())
}

fn row(channel: &Channel) -> Vec<(&'static str, String)> {
    let variable = |name: &str| channel.vars.get(name).unwrap_or_default().to_owned();
    vec![
        ("uuid", channel.uuid.clone()),
        ("direction", channel.direction.name().to_owned()),
        ("created", crate::channel::stamp(channel.times.created)),
        (
            "created_epoch",
            (channel.times.created / 1_000_000).to_string(),
        ),
        ("name", channel.name.clone()),
        ("state", channel.state.name().to_owned()),
        ("cid_name", channel.profile.caller_name.clone()),
        ("cid_num", channel.profile.caller_number.clone()),
        ("ip_addr", channel.profile.network_addr.clone()),
        ("dest", channel.profile.destination.clone()),
        ("application", variable("current_application")),
        ("application_data", variable("current_application_data")),
        ("dialplan", channel.profile.dialplan.clone()),
        ("context", channel.profile.context.to_owned()),
        ("hostname", HOSTNAME.to_owned()),
        ("callstate", channel.call_state.name().to_owned()),
    ]
}
