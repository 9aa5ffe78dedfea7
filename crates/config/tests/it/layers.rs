//! What is set later wins.

use std::time::Duration;

use faxgate_config::{DatabaseKind, Halftone, LogFormat, Pace};
use secrecy::ExposeSecret as _;

use crate::{file, problems, with, with_file};

#[test]
fn nothing_need_be_set() {
    let settings = with(&[]).unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8585");
    assert_eq!(settings.server.upload_limit_bytes, 10 * 1024 * 1024);
    assert_eq!(settings.server.log_format, LogFormat::Text);
    assert!(settings.server.secret.is_none() && settings.server.public_url.is_none());
    assert_eq!(settings.database.url.kind(), DatabaseKind::Sqlite);
    assert_eq!(settings.database.url.expose(), "sqlite://data/faxgate.db");
    assert_eq!(settings.storage.url.as_str(), "file://data/files");
    assert!(settings.freeswitch.nodes.is_empty());
    assert!(!settings.telnyx.is_configured());
    assert_eq!(settings.simulator.pace, Pace::Fast);
    assert!(settings.simulator.spool_dir.is_absolute());
    assert_eq!(settings.rate_limits.send.get().unwrap().get(), 100);
    assert_eq!(settings.imaging.halftone, Halftone::Auto);
    assert_eq!(settings.retention.failed_days.get(), Some(7));
    assert_eq!(settings.bootstrap.country.to_string(), "US");
}

#[test]
fn a_file_goes_over_the_defaults_and_the_environment_over_the_file() {
    let toml =
        "[server]\nlisten = \"0.0.0.0:80\"\nworkers = 3\n[imaging]\nhalftone = \"diffusion\"\n";
    let settings = with_file(toml, &[("FAXGATE_SERVER__LISTEN", "[::1]:9000")]).unwrap();
    assert_eq!(settings.server.listen.to_string(), "[::1]:9000");
    assert_eq!(settings.server.workers, 3);
    assert_eq!(settings.imaging.halftone, Halftone::Diffusion);
    assert_eq!(settings.server.shutdown_seconds.get(), 30);
}

#[test]
fn an_empty_value_takes_an_optional_setting_away() {
    let toml = "[server]\npublic_url = \"https://fax.example.com\"\n";
    let given = with_file(toml, &[]).unwrap().server.public_url.unwrap();
    assert_eq!(given.as_str(), "https://fax.example.com/");
    let settings = with_file(toml, &[("FAXGATE_SERVER__PUBLIC_URL", "")]).unwrap();
    assert!(settings.server.public_url.is_none());
}

#[test]
fn lists_in_variables_are_separated_by_commas() {
    let settings = with(&[
        (
            "FAXGATE_OUTBOUND__ALLOW_NETS",
            "10.0.0.0/8, fd00::/8,192.0.2.7",
        ),
        ("FAXGATE_RETRY__BUSY_SECONDS", "1,2"),
        ("FAXGATE_BOOTSTRAP__USERNAME", "ada"),
        ("FAXGATE_BOOTSTRAP__PASSWORD", "correct horse"),
        (
            "FAXGATE_BOOTSTRAP__DIDS",
            "0531 999 99 99,+905319999998,05319999999",
        ),
        ("FAXGATE_BOOTSTRAP__COUNTRY", "TR"),
    ])
    .unwrap();
    let nets: Vec<String> = settings
        .outbound
        .allow_nets
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(nets, ["10.0.0.0/8", "fd00::/8", "192.0.2.7/32"]);
    let dids: Vec<&str> = settings
        .bootstrap
        .dids
        .iter()
        .map(|did| did.as_str())
        .collect();
    assert_eq!(dids, ["+905319999999", "+905319999998"]);
    let busy = settings.retry.busy();
    assert_eq!(busy.wait_after(1), Some(Duration::from_secs(1)));
    assert_eq!(busy.wait_after(2), Some(Duration::from_secs(2)));
    assert_eq!(
        busy.wait_after(4),
        Some(Duration::from_secs(2)),
        "the last repeats"
    );
    assert_eq!(busy.wait_after(5), None);
    assert!(
        settings
            .retry
            .back_pressure()
            .wait_after(1_000_000)
            .is_some()
    );
}

#[test]
fn a_value_may_come_from_a_file() {
    let secret = file("0123456789abcdef \r\n");
    let workers = file("7\n\n");
    let settings = with(&[
        (
            "FAXGATE_SERVER__SECRET_FILE",
            secret.path().to_str().unwrap(),
        ),
        ("FAXGATE_SERVER__SECRET", ""),
        (
            "FAXGATE_SERVER__WORKERS_FILE",
            workers.path().to_str().unwrap(),
        ),
        ("FAXGATE_SERVER__PUBLIC_URL_FILE", ""),
    ])
    .unwrap();
    // One line end goes, a blank may belong to the secret.
    assert_eq!(
        settings.server.secret.unwrap().expose_secret(),
        "0123456789abcdef "
    );
    assert_eq!(settings.server.workers, 7);
}

#[test]
fn a_value_and_its_file_are_not_taken_together() {
    let given = file("x");
    let path = given.path().to_str().unwrap();
    let both = [
        ("FAXGATE_NODE__NAME", "a"),
        ("FAXGATE_NODE__NAME_FILE", path),
    ];
    assert_eq!(
        problems(with(&both)),
        ["FAXGATE_NODE__NAME_FILE: FAXGATE_NODE__NAME is set as well; keep one of the two"]
    );
    let missing = problems(with(&[("FAXGATE_NODE__NAME_FILE", "/no/such/file")]));
    assert!(missing[0].starts_with("FAXGATE_NODE__NAME_FILE: cannot read \"/no/such/file\":"));
    let endless = problems(with(&[("FAXGATE_NODE__NAME_FILE", "/dev/zero")]));
    assert!(endless[0].contains("64 KiB"), "{endless:?}");
}

#[test]
fn other_variables_are_passed_over() {
    with(&[
        ("PATH", "/bin"),
        ("FAXGATE_TEST_POSTGRES_URL", "x"),
        ("faxgate_server__listen", "x"),
    ])
    .unwrap();
}

#[test]
fn zero_switches_limits_and_retention_off() {
    let settings = with(&[
        ("FAXGATE_RATE_LIMITS__SEND", "0"),
        ("FAXGATE_RETENTION__SENT_DAYS", "0"),
    ])
    .unwrap();
    assert_eq!(settings.rate_limits.send.get(), None);
    assert_eq!(settings.retention.sent_days.get(), None);
}
