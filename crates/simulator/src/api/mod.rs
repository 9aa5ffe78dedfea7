//! API commands: what `api` and `bgapi` run.

mod channels;
mod fsctl;
mod http_cache;
mod sofia;
mod status;

use std::sync::Arc;

use tokio::sync::oneshot;

pub(crate) use fsctl::shut_down;
pub(crate) use status::health;

use crate::call;
use crate::cause::Cause;
use crate::switch::{HOSTNAME, SWITCHNAME, Switch};

/// What an API command writes.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) body: String,
    /// A call goes on once this is dropped; see [`call::Dialled`].
    pub(crate) gate: Option<oneshot::Sender<()>>,
    /// The simulated time of the answer, when it is not now.
    pub(crate) at: Option<i64>,
}

impl From<String> for Reply {
    fn from(body: String) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }
}

/// Runs an API command; returns when it is done.
pub(crate) async fn execute(switch: &Arc<Switch>, name: &str, argument: &str) -> Reply {
    let argument = argument.trim_matches(' ');
    let body = match name.to_ascii_lowercase().as_str() {
        "originate" => {
            let dialled = call::originate(switch, argument).await;
            return Reply {
                body: dialled.body,
                gate: dialled.gate,
                at: None,
            };
        }
        "status" => status::status(switch),
        "version" => status::version(switch.options.version, argument),
        "uptime" => status::uptime(switch, argument),
        "uuid_exists" => channels::exists(switch, argument),
        "uuid_kill" => channels::kill(switch, argument),
        "uuid_dump" => channels::dump(switch, argument),
        "uuid_getvar" => channels::getvar(switch, argument),
        "uuid_setvar" => channels::setvar(switch, argument),
        "sched_hangup" => channels::kill(
            switch,
            argument.split_once(' ').map_or("", |(_, rest)| rest),
        ),
        "hupall" => channels::hang_up_all(switch, argument),
        "show" => channels::show(switch, argument),
        "fsctl" => fsctl::run(switch, argument),
        "shutdown" => fsctl::run(switch, "shutdown"),
        "http_get" => http_cache::get(switch, argument).await,
        "http_tryget" => http_cache::try_get(switch, argument),
        "http_remove_cache" => http_cache::remove(switch, argument),
        "http_clear_cache" => http_cache::clear(switch, argument),
        "sofia" => sofia::run(switch, argument),
        "create_uuid" => switch.options.ambient.uuid().to_string(),
        "echo" => argument.to_owned(),
        "hostname" => HOSTNAME.to_owned(),
        "switchname" => SWITCHNAME.to_owned(),
        "eval" | "expand" => argument
            .replace("${core_uuid}", &switch.core().uuid)
            .replace("${hostname}", HOSTNAME),
        "global_getvar" => global(switch, argument),
        "module_exists" => MODULES.contains(&argument).to_string(),
        "reloadxml" => "+OK [Success]\n".to_owned(),
        "strepoch" => (switch.now() / 1_000_000).to_string(),
        _ => format!("-ERR {name} Command not found!\n"),
    };
    body.into()
}

const MODULES: &[&str] = &[
    "mod_commands",
    "mod_event_socket",
    "mod_http_cache",
    "mod_json_cdr",
    "mod_loopback",
    "mod_sofia",
    "mod_spandsp",
];

/// A global variable; nothing for one that is not set.
fn global(switch: &Switch, name: &str) -> String {
    match name {
        "core_uuid" => switch.core().uuid,
        "hostname" | "local_hostname" => HOSTNAME.to_owned(),
        "switchname" => SWITCHNAME.to_owned(),
        "local_ip_v4" => "127.0.0.1".to_owned(),
        "spool_dir" => switch.options.spool.display().to_string(),
        _ => String::new(),
    }
}

/// The cause that a word names, `NORMAL_CLEARING` without one.
fn cause(word: Option<&str>) -> Cause {
    word.and_then(Cause::named)
        .unwrap_or(Cause::NORMAL_CLEARING)
}
