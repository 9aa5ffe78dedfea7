//! One node by environment, several by file.

use faxgate_config::{DialFormat, T38};
use secrecy::ExposeSecret as _;

use crate::{problems, with, with_file};

const ONE: &[(&str, &str)] = &[
    ("FAXGATE_FREESWITCH__HOST", "127.0.0.1"),
    ("FAXGATE_FREESWITCH__PASSWORD", "ClueCon"),
    ("FAXGATE_FREESWITCH__SPOOL_DIR", "/var/spool/fax"),
];

#[test]
fn one_node_comes_from_the_environment() {
    let settings = with(ONE).unwrap();
    let [node] = settings.freeswitch.nodes.as_slice() else {
        panic!("{:?}", settings.freeswitch);
    };
    assert_eq!((node.name.as_str(), node.port), ("freeswitch", 8021));
    assert_eq!(node.password.expose_secret(), "ClueCon");
    assert_eq!(node.spool_dir.to_str(), Some("/var/spool/fax"));
    assert_eq!(node.cdr_dir.to_str(), Some("/var/spool/fax/cdr"));
    assert_eq!((node.max_channels, node.calls_per_second), (20, 10));
    assert_eq!(
        (node.t38, node.ecm, node.dial_format),
        (T38::Request, true, DialFormat::E164)
    );
}

#[test]
fn several_nodes_come_from_a_file_and_take_what_they_leave_out_from_the_section() {
    let toml = r#"
        [freeswitch]
        password = "shared"
        spool_dir = "/var/spool/fax"
        t38 = "off"
        [[freeswitch.nodes]]
        name = "east"
        host = "[::1]"
        [[freeswitch.nodes]]
        name = "west"
        host = "localhost"
        port = 8022
        password = "own"
        spool_dir = "/srv/west"
        dial_format = "plus"
    "#;
    let settings = with_file(toml, &[]).unwrap();
    let [east, west] = settings.freeswitch.nodes.as_slice() else {
        panic!("{:?}", settings.freeswitch);
    };
    assert_eq!(
        (east.name.as_str(), east.host.as_str(), east.port),
        ("east", "::1", 8021)
    );
    assert_eq!(east.password.expose_secret(), "shared");
    assert_eq!(east.cdr_dir.to_str(), Some("/var/spool/fax/cdr"));
    assert_eq!((west.port, west.dial_format), (8022, DialFormat::Plus));
    assert_eq!(west.password.expose_secret(), "own");
    assert_eq!(west.cdr_dir.to_str(), Some("/srv/west/cdr"));
    assert_eq!((east.t38, west.t38), (T38::Off, T38::Off));

    let with_one_more = with_file(toml, ONE).unwrap();
    let names: Vec<&str> = with_one_more
        .freeswitch
        .nodes
        .iter()
        .map(|n| n.name.as_str())
        .collect();
    assert_eq!(names, ["freeswitch", "east", "west"]);
}

#[test]
fn a_node_elsewhere_has_to_be_allowed() {
    for host in [
        "freeswitch",
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "localhost.example.com",
    ] {
        let elsewhere = [ONE, &[("FAXGATE_FREESWITCH__HOST", host)]].concat();
        let told = problems(with(&elsewhere));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("FAXGATE_FREESWITCH__ALLOW_REMOTE"),
            "{told:?}"
        );
        let allowed = [
            &elsewhere[..],
            &[("FAXGATE_FREESWITCH__ALLOW_REMOTE", "true")],
        ]
        .concat();
        assert_eq!(with(&allowed).unwrap().freeswitch.nodes[0].host, host);
    }
    for host in ["127.8.8.8", "LOCALHOST", "::1", "[::1]"] {
        with(&[ONE, &[("FAXGATE_FREESWITCH__HOST", host)]].concat()).unwrap();
    }
}

#[test]
fn what_a_node_needs_is_asked_for_by_name() {
    let told = problems(with(&[("FAXGATE_FREESWITCH__HOST", "127.0.0.1")]));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0]
            .starts_with("freeswitch.password (FAXGATE_FREESWITCH__PASSWORD): must not be empty")
    );
    assert!(
        told[1]
            .starts_with("freeswitch.spool_dir (FAXGATE_FREESWITCH__SPOOL_DIR): must not be empty")
    );

    let toml = "[[freeswitch.nodes]]\nhost = \"127.0.0.1\"\npasswd = \"x\"\n";
    let told = problems(with_file(toml, &[]));
    assert!(
        told[0].contains("freeswitch.nodes[1].passwd: no such key; did you mean password?"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|t| t.starts_with("freeswitch.nodes[1].name: must not be empty")),
        "{told:?}"
    );
}

#[test]
fn nodes_have_names_of_their_own() {
    let node = "[[freeswitch.nodes]]\nname = \"a\"\nhost = \"127.0.0.1\"\npassword = \"x\"\nspool_dir = \"/x\"\n";
    let told = problems(with_file(&node.repeat(2), &[]));
    assert_eq!(
        told,
        ["freeswitch.nodes[2].name: another node has this name; give each its own"]
    );
}

#[test]
fn nothing_that_would_change_a_dial_string_gets_in() {
    for (variable, value) in [
        ("FAXGATE_FREESWITCH__GATEWAY", "a|b"),
        ("FAXGATE_FREESWITCH__GATEWAY", "a b"),
        ("FAXGATE_FREESWITCH__NAME", "a,b"),
        ("FAXGATE_FREESWITCH__SPOOL_DIR", "/var/my spool"),
        ("FAXGATE_FREESWITCH__SPOOL_DIR", "/var/${x}"),
        ("FAXGATE_FREESWITCH__CDR_DIR", "/var/a,b"),
        ("FAXGATE_FREESWITCH__PASSWORD", "a\nb"),
        ("FAXGATE_FREESWITCH__PORT", "0"),
        ("FAXGATE_FREESWITCH__HOST", "http://127.0.0.1"),
        ("FAXGATE_FREESWITCH__MAX_CHANNELS", "0"),
        ("FAXGATE_FREESWITCH__T38", "always"),
        ("FAXGATE_FREESWITCH__ORIGINATE_TIMEOUT_SECONDS", "1"),
    ] {
        let told = problems(with(&[ONE, &[(variable, value)]].concat()));
        assert!(told.iter().all(|t| t.contains("freeswitch.")), "{told:?}");
        assert!(
            told.concat().contains(variable),
            "{variable}={value}: {told:?}"
        );
    }
}
