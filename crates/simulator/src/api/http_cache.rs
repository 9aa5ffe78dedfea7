//! `http_get` and its like: mod_http_cache.

use crate::http_cache::Asked;
use crate::switch::Switch;

const USAGE: &str = "USAGE: {param=val}<url>\n";
const FAILED: &str = "-ERR\n";

/// `http_get [{refresh=true}]URL`: the path of the file, without a newline.
pub(super) async fn get(switch: &Switch, argument: &str) -> String {
    if argument.is_empty() {
        return USAGE.to_owned();
    }
    let path = match Asked::parse(argument) {
        Some(asked) => switch.cache.get(switch, asked).await,
        None => None,
    };
    path.map_or_else(|| FAILED.to_owned(), |path| path.display().to_string())
}

/// `http_tryget URL`: the same from what is already there.
pub(super) fn try_get(switch: &Switch, argument: &str) -> String {
    if argument.is_empty() {
        return USAGE.to_owned();
    }
    let path = Asked::parse(argument).and_then(|asked| switch.cache.peek(switch.now(), asked));
    path.map_or_else(
        || "-ERR download\n".to_owned(),
        |path| path.display().to_string(),
    )
}

/// `http_remove_cache URL`.
pub(super) fn remove(switch: &Switch, argument: &str) -> String {
    match Asked::parse(argument) {
        None => "USAGE: <url>\n".to_owned(),
        Some(asked) => {
            switch.cache.remove(asked.url);
            "+OK\n".to_owned()
        }
    }
}

/// `http_clear_cache`.
pub(super) fn clear(switch: &Switch, argument: &str) -> String {
    if !argument.is_empty() {
        return "USAGE: \n".to_owned();
    }
    switch.cache.clear();
    "+OK\n".to_owned()
}
