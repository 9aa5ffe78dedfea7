//! `sofia status …`: gateways and the profile they belong to.

use crate::cause::Cause;
use crate::switch::Switch;

const RULE: &str = "=================================================================================================\n";

/// `sofia status [gateway NAME|profile NAME]`, `sofia xmlstatus gateway NAME`.
pub(super) fn run(switch: &Switch, argument: &str) -> String {
    match argument.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["status"] => profiles(switch),
        ["status", "gateway", name] => gateway(switch, name),
        ["xmlstatus", "gateway", name] => xml_gateway(switch, name),
        ["status", "profile", "external"] => profile(switch),
        ["status", "profile", _] => "Invalid Profile!\n".to_owned(),
        _ => "-ERR Unknown command!\n".to_owned(),
    }
}

fn up(switch: &Switch, name: &str) -> Option<&'static str> {
    match switch.gateway_trouble(name) {
        None => Some("UP"),
        Some(Cause::INVALID_GATEWAY) => None,
        Some(_) => Some("DOWN"),
    }
}

fn uptime(switch: &Switch) -> i64 {
    (switch.now() - switch.core().started.unix_micros()) / 1_000_000
}

fn gateway(switch: &Switch, name: &str) -> String {
    let Some(status) = up(switch, name) else {
        return "Invalid Gateway!\n".to_owned();
    };
    let uptime = uptime(switch);
    format!(
        "{RULE}Name    \t{name}\nProfile \texternal\nScheme  \tDigest\nRealm   \t127.0.0.1\nUsername\tlab\nPassword\tyes\n\
         From    \t<sip:lab@127.0.0.1:5090>\nContact \t<sip:gw+{name}@127.0.0.1:5080;transport=udp;gw={name}>\n\
         Exten   \tlab\nTo      \tsip:lab@127.0.0.1:5090\nProxy   \tsip:127.0.0.1:5090\nContext \tpublic\n\
         Expires \t3600\nFreq    \t3600\nPing    \t0\nPingFreq\t0\nPingTime\t0.00\nPingState\t0/0/0\nState   \tNOREG\n\
         Status  \t{status}\nUptime  \t{uptime}s\nCallsIN \t0\nCallsOUT\t0\nFailedCallsIN\t0\nFailedCallsOUT\t0\n{RULE}"
    )
}

fn xml_gateway(switch: &Switch, name: &str) -> String {
    let Some(status) = up(switch, name) else {
        return "Invalid Gateway!\n".to_owned();
    };
    let escaped = name
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let fields: [(&str, &str); 10] = [
        ("name", &escaped),
        ("profile", "external"),
        ("scheme", "Digest"),
        ("realm", "127.0.0.1"),
        ("username", "lab"),
        ("password", "yes"),
        ("proxy", "sip:127.0.0.1:5090"),
        ("context", "public"),
        ("state", "NOREG"),
        ("status", status),
    ];
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("    <{name}>{value}</{name}>\n"))
        .collect();
    format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n  <gateway>\n{fields}  </gateway>\n")
}

fn profiles(switch: &Switch) -> String {
    let mut text = format!(
        "                     Name\t   Type\t                                      Data\tState\n{RULE}"
    );
    text.push_str("                 external\tprofile\t             sip:mod_sofia@127.0.0.1:5080\tRUNNING (0)\n");
    for name in &switch.options.gateways {
        text.push_str(&format!(
            "       external::{name}\tgateway\t                  sip:lab@127.0.0.1:5090\tNOREG\n"
        ));
    }
    text + RULE + "1 profile 0 aliases\n\n"
}

fn profile(switch: &Switch) -> String {
    format!(
        "{RULE}Name             \texternal\nDomain Name      \tN/A\nAuto-NAT         \tfalse\nDBName           \tsofia_reg_external\n\
         Dialplan         \tXML\nContext          \tpublic\nRTP-IP           \t127.0.0.1\nSIP-IP           \t127.0.0.1\n\
         URL              \tsip:mod_sofia@127.0.0.1:5080\nCODECS IN        \tPCMU,PCMA\nCODECS OUT       \tPCMU,PCMA\n\
         CALLS-OUT        \t{}\nREGISTRATIONS    \t0\n{RULE}",
        switch.sessions_so_far()
    )
}
