//! `[freeswitch]` and `[[freeswitch.nodes]]`

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use faxgate_types::Country;
use secrecy::SecretString;
use url::Url;

use super::node::{NAME, is_name};
use crate::layers::{Layers, Values};
use crate::problem::Problems;
use crate::section::{Check, Keys, Section, choice, section, variable_of};
use crate::settings::Settings;
use crate::units::Seconds;

choice! {
    /// What a gateway does about T.38, the fax protocol for IP networks.
    pub enum T38 {
        /// We ask for it once the far end answers as a fax (`fax_enable_t38_request`).
        Request = "request",
        /// We take it when the far end asks (`fax_enable_t38`).
        Accept = "accept",
        /// Audio only.
        Off = "off",
    }
}

choice! {
    /// How pages and records of calls travel between a FreeSWITCH and Faxgate.
    pub enum SpoolKind {
        /// Through directories that both see under the same paths.
        Shared = "shared",
        /// By HTTP: FreeSWITCH fetches pages from signed links, and posts records and received pages to the webhooks.
        Remote = "remote",
    }
}

choice! {
    /// How a gateway wants numbers.
    pub enum DialFormat {
        /// Country code and number, digits only: `15551234567`.
        E164 = "e164",
        /// With the plus sign: `+15551234567`.
        Plus = "plus",
        /// Without the country code: `5551234567`.
        National = "national",
    }
}

/// Stands for a directory that is not there, while a node is read.
const NOT_SHARED: &str = "/";

section! {
    /// One FreeSWITCH that sends and receives for us.
    pub struct FreeswitchNode {
        /// Stable and its own among the nodes; stored with each attempt.
        pub name: String,
        /// Host name or address of its event socket; never in brackets.
        pub host: String,
        /// Port of its event socket.
        pub port: u16,
        /// Password of its event socket. Whoever has it has a shell.
        pub password: SecretString,
        /// Its SIP gateway that calls leave by (`sofia/gateway/NAME/…`).
        pub gateway: String,
        /// Whether it shares directories with Faxgate.
        pub spool: SpoolKind,
        /// Directory, seen under this same absolute path by FreeSWITCH, for pages to send and pages received. Empty when
        /// none is shared.
        pub spool_dir: PathBuf,
        /// Directory, likewise, into which `mod_json_cdr` writes `<call_uuid>.cdr.json`.
        pub cdr_dir: PathBuf,
        /// Calls at the same time at most.
        pub max_channels: u32,
        /// Calls begun a second at most; 0 = no limit.
        pub calls_per_second: u32,
        /// Its share of the calls against the other nodes.
        pub weight: u32,
        /// T.38 towards this gateway.
        pub t38: T38,
        /// Whether error correction (T.30 Annex A) is used.
        pub ecm: bool,
        /// How long the far end may ring.
        pub originate_timeout_seconds: Seconds,
        /// How the gateway wants numbers.
        pub dial_format: DialFormat,
        /// The gateway's own country, with `dial_format = "national"`.
        pub national_country: Option<Country>,
        /// Faxgate's address as this FreeSWITCH reaches it, when it shares no directory. `None`: see [`Settings::pages_url`].
        ///
        /// [`Settings::pages_url`]: crate::Settings::pages_url
        pub pages_url: Option<Url>,
    }
}

section! {
    /// The keys of `[freeswitch]` that are about all nodes.
    pub(crate) struct Common {
        pub(crate) allow_remote: bool,
    }
}

/// `[freeswitch]`: the nodes that carry calls; none when FreeSWITCH is not used.
#[derive(Clone, Debug)]
pub struct Freeswitch {
    /// Whether a node may be on another machine. The event socket has no encryption: tunnel it.
    pub allow_remote: bool,
    /// The node of `[freeswitch]` itself or the environment (when `host` is set), then those of `[[freeswitch.nodes]]`.
    pub nodes: Vec<FreeswitchNode>,
}

/// The keys that a table of `[[freeswitch.nodes]]` may have.
pub(crate) fn node_keys() -> &'static [&'static str] {
    FreeswitchNode::KEYS
}

/// The keys of `[freeswitch]` itself.
pub(crate) fn keys() -> Vec<&'static str> {
    [Common::KEYS, FreeswitchNode::KEYS].concat()
}

impl Freeswitch {
    /// Reads all nodes; a table of `[[freeswitch.nodes]]` takes from `[freeswitch]` what it leaves out, name and host apart.
    pub(crate) fn read(layers: &Layers, problems: &mut Problems) -> Option<Self> {
        let own = layers.section("freeswitch");
        let common = Common::read(&mut Section::new("freeswitch", true, own, problems))?;

        let mut nodes = Vec::new();
        if own
            .get("host")
            .is_some_and(|host| host.as_str().is_none_or(|host| !host.trim().is_empty()))
        {
            nodes.push(read_node(
                "freeswitch",
                true,
                own.clone(),
                &common,
                problems,
            ));
        }
        let mut names: BTreeSet<String> = nodes.iter().flatten().map(|n| n.name.clone()).collect();
        for (at, table) in layers.nodes().iter().enumerate() {
            let path = format!("freeswitch.nodes[{}]", at + 1);
            let mut values = own.clone();
            for key in ["name", "host"] {
                values.insert(key.into(), toml::Value::String(String::new()));
            }
            values.extend(table.clone());
            let node = read_node(&path, false, values, &common, problems);
            if let Some(name) = node.as_ref().map(|node| node.name.clone())
                && !names.insert(name)
            {
                problems.key(
                    format!("{path}.name"),
                    None,
                    "another node has this name; give each its own",
                );
            }
            nodes.push(node);
        }
        Some(Self {
            allow_remote: common.allow_remote,
            nodes: nodes.into_iter().collect::<Option<_>>()?,
        })
    }
}

fn read_node(
    path: &str,
    in_environment: bool,
    mut values: Values,
    common: &Common,
    problems: &mut Problems,
) -> Option<FreeswitchNode> {
    let is_remote = values.get("spool").and_then(toml::Value::as_str) == Some("remote");
    if is_remote {
        // Nothing is shared: what [freeswitch] says for other nodes is not for this one.
        for key in ["spool_dir", "cdr_dir"] {
            values.insert(key.into(), toml::Value::String(NOT_SHARED.into()));
        }
    }
    let spool = values.get("spool_dir").and_then(toml::Value::as_str);
    let no_cdr_dir = values
        .get("cdr_dir")
        .is_none_or(|dir| dir.as_str() == Some(""));
    if no_cdr_dir && let Some(spool) = spool {
        let below = Path::new(spool).join("cdr").display().to_string();
        values.insert("cdr_dir".into(), toml::Value::String(below));
    }
    let mut section = Section::new(path, in_environment, &values, problems);
    let mut node = FreeswitchNode::read(&mut section)?;
    node.host = node.host.trim_matches(['[', ']']).to_owned();
    section.require(
        common.allow_remote || is_loopback(&node.host),
        "host",
        "is not this machine. Whoever reads the event socket has a shell: use a tunnel to 127.0.0.1, \
         or set freeswitch.allow_remote = true (FAXGATE_FREESWITCH__ALLOW_REMOTE) on a network that nobody else is on",
    );
    node.check(&mut section);
    if is_remote {
        (node.spool_dir, node.cdr_dir) = (PathBuf::new(), PathBuf::new());
        return Some(node);
    }
    node.spool_dir = absolute(node.spool_dir, "spool_dir", &mut section);
    node.cdr_dir = absolute(node.cdr_dir, "cdr_dir", &mut section);
    Some(node)
}

impl Check for FreeswitchNode {
    fn check(&self, section: &mut Section<'_>) {
        section.require(is_name(&self.name), "name", NAME);
        section.require(is_name(&self.gateway), "gateway", NAME);
        section.require(
            !self.host.contains(|c: char| c.is_whitespace() || c == '/'),
            "host",
            "must be a host name or an address, without scheme or port",
        );
        section.within("port", self.port.into(), 1..=u16::MAX.into());
        section.within("max_channels", self.max_channels.into(), 1..=10_000);
        section.within("calls_per_second", self.calls_per_second.into(), 0..=1000);
        section.within("weight", self.weight.into(), 1..=10_000);
        section.within(
            "originate_timeout_seconds",
            self.originate_timeout_seconds.get(),
            5..=300,
        );
        section.require(
            self.dial_format != DialFormat::National || self.national_country.is_some(),
            "national_country",
            "is needed with dial_format = \"national\": without its country code, a number abroad would be somebody else's",
        );
        if let Some(url) = &self.pages_url {
            section.require(
                matches!(url.scheme(), "http" | "https")
                    && url.query().is_none()
                    && url.fragment().is_none()
                    && url.username().is_empty()
                    && url.password().is_none()
                    && is_plain(url.as_str()),
                "pages_url",
                "must be a plain http:// or https:// address",
            );
        }
        for (key, path) in [("spool_dir", &self.spool_dir), ("cdr_dir", &self.cdr_dir)] {
            // The path travels inside a dial string; these would end or change it.
            section.require(
                path.to_str().is_some_and(|path| {
                    path.bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"/._-+@".contains(&b))
                }),
                key,
                "goes into FreeSWITCH's dial string: use only A-Z a-z 0-9 / . _ - + @",
            );
        }
    }
}

impl Settings {
    /// Where a FreeSWITCH that shares no directory fetches pages, without a slash at the end: `pages_url`, else
    /// `server.public_url`, else `server.listen` when that is on loopback. `None`: it cannot.
    #[must_use]
    pub fn pages_url(&self, node: &FreeswitchNode) -> Option<String> {
        let listen = self.server.listen;
        let url = node.pages_url.as_ref().or(self.server.public_url.as_ref());
        match url {
            Some(url) => Some(url.as_str().trim_end_matches('/').to_owned()),
            None if listen.ip().is_loopback() && listen.port() != 0 => {
                Some(format!("http://{listen}"))
            }
            None => None,
        }
    }

    /// What a node that shares no directory needs of other sections.
    pub(crate) fn check_remote_nodes(&self, problems: &mut Problems) {
        let remote = |node: &&FreeswitchNode| node.spool == SpoolKind::Remote;
        for node in self.freeswitch.nodes.iter().filter(remote) {
            if !self.pages_url(node).is_some_and(|url| is_plain(&url)) {
                problems.key(
                    "freeswitch.pages_url".into(),
                    Some(variable_of("freeswitch", "pages_url")),
                    format!("is needed: `{}` shares no directory, so it fetches pages from there (server.public_url would do)", node.name),
                );
            }
            if self.server.secret.is_none() {
                problems.key(
                    "server.secret".into(),
                    Some(variable_of("server", "secret")),
                    format!(
                        "is needed: it signs the links by which `{}` fetches pages",
                        node.name
                    ),
                );
            }
            if self.webhook.cdr_username.is_none() {
                problems.key(
                    "webhook.cdr_username".into(),
                    Some(variable_of("webhook", "cdr_username")),
                    format!(
                        "is needed: the records of `{}` come by that webhook",
                        node.name
                    ),
                );
            }
        }
    }
}

/// Whether an address can stand in a command to FreeSWITCH.
pub(crate) fn is_plain(url: &str) -> bool {
    url.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_.~:/[]-".contains(&b))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A relative path counts from the directory that Faxgate was started in.
pub(super) fn absolute(path: PathBuf, key: &str, section: &mut Section<'_>) -> PathBuf {
    match std::path::absolute(&path) {
        Ok(absolute) => absolute,
        Err(error) => {
            section.refuse(key, format!("cannot be made absolute: {error}"));
            path
        }
    }
}
