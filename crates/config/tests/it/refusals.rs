//! What is refused, and in which words.

use crate::{problems, with, with_file};

#[test]
fn every_problem_is_told_at_once() {
    let toml = "[server]\nlisten = 8585\n[dispatch]\nlease_seconds = 5\n";
    let error = with_file(
        toml,
        &[
            ("FAXGATE_SERVER__WORKERS", "many"),
            ("FAXGATE_DATABASE__URL", "mysql://root:hush@db/fax"),
            ("FAXGATE_SERVER__LOG_FORMAT", "xml"),
        ],
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the settings cannot be used, for 5 reasons:
  - server.listen (FAXGATE_SERVER__LISTEN): 8585 must be a text in quotes
  - server.workers (FAXGATE_SERVER__WORKERS): \"many\" is not a whole number from 0 to 18446744073709551615
  - server.log_format (FAXGATE_SERVER__LOG_FORMAT): \"xml\" is not one of text, json
  - database.url (FAXGATE_DATABASE__URL): the scheme \"mysql\" is not supported; write sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME
  - dispatch.send_by_seconds (FAXGATE_DISPATCH__SEND_BY_SECONDS): must be shorter than dispatch.lease_seconds: a node that wakes up late must not dial what another has taken over"
    );
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
    let toml = "listen = 1\n[server]\nlisen = \"x\"\nurl = \"x\"\n[databse]\nurl = \"x\"\n[node]\nxyzzy = 1\n";
    assert_eq!(
        problems(with_file(toml, &[])),
        [
            "databse: no such section; did you mean database?",
            "listen: no such section",
            "node.xyzzy: no such key",
            "server.lisen: no such key; did you mean server.listen?",
            "server.url: no such key; did you mean database.url?",
        ]
    );
}

#[test]
fn unknown_variables_are_named_with_the_nearest_known_one() {
    assert_eq!(
        problems(with(&[
            ("FAXGATE_DATABASE_URL", "x"),
            ("FAXGATE_QQ", "x"),
            ("FAXGATE_SERVER__LISTN", "x"),
            ("FAXGATE_SERVER__SECRETS_FILE", "x"),
        ])),
        [
            "FAXGATE_DATABASE_URL: no such setting; did you mean FAXGATE_DATABASE__URL?",
            "FAXGATE_QQ: no such setting",
            "FAXGATE_SERVER__LISTN: no such setting; did you mean FAXGATE_SERVER__LISTEN?",
            "FAXGATE_SERVER__SECRETS_FILE: no such setting; did you mean FAXGATE_SERVER__SECRET_FILE?",
        ]
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_line_alone() {
    let told = problems(with_file("[server]\nsecret = hush-hush-hush\n", &[]));
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("line 2:"), "{told:?}");
    assert!(!told[0].contains("hush"), "{told:?}");

    let none = problems(faxgate_config::Settings::load(
        Some(std::path::Path::new("/no/such/file.toml")),
        [],
    ));
    assert!(
        none[0].starts_with("/no/such/file.toml: cannot be read:"),
        "{none:?}"
    );
}

#[test]
fn sections_and_values_cannot_change_places() {
    assert_eq!(
        problems(with_file("server = 1\n[node]\nname = { a = 1 }\n", &[])),
        [
            "server: is a section: write [server] above its keys",
            "node.name (FAXGATE_NODE__NAME): { a = 1 } must be a text in quotes",
        ]
    );
}

/// One variable, and a piece of the one problem that it makes.
const REFUSED: &[(&str, &str, &str)] = &[
    ("FAXGATE_SERVER__LISTEN", "", "must not be empty"),
    (
        "FAXGATE_SERVER__LISTEN",
        "localhost",
        "such as 127.0.0.1:8585",
    ),
    (
        "FAXGATE_SERVER__LISTEN",
        "127.0.0.1:99999",
        "such as 127.0.0.1:8585",
    ),
    (
        "FAXGATE_SERVER__PUBLIC_URL",
        "fax.example.com",
        "begins with https://",
    ),
    (
        "FAXGATE_SERVER__PUBLIC_URL",
        "https://a:b@example.com",
        "user name or password",
    ),
    ("FAXGATE_SERVER__SECRET", "short", "openssl rand"),
    ("FAXGATE_SERVER__UPLOAD_LIMIT_BYTES", "0", "1024 to"),
    ("FAXGATE_SERVER__SHUTDOWN_SECONDS", "99999999999", "a year"),
    ("FAXGATE_SERVER__SHUTDOWN_SECONDS", "-1", "whole number"),
    ("FAXGATE_NODE__NAME", "a b", "A-Z a-z 0-9"),
    ("FAXGATE_NODE__NAME", "-a", "begin with"),
    ("FAXGATE_DATABASE__URL", "data/faxgate.db", "sqlite://PATH"),
    ("FAXGATE_DATABASE__URL", "sqlite://", "names no file"),
    (
        "FAXGATE_DATABASE__URL",
        "sqlite:faxgate.db",
        "names no file",
    ),
    ("FAXGATE_DATABASE__URL", "sqlite::memory:", "name a file"),
    ("FAXGATE_DATABASE__URL", "postgres:", "well-formed"),
    ("FAXGATE_DATABASE__URL", "postgres://[x/", "well-formed"),
    ("FAXGATE_DATABASE__MAX_CONNECTIONS", "0", "1 to 1000"),
    ("FAXGATE_DATABASE__AUTO_MIGRATE", "yes", "true or false"),
    ("FAXGATE_STORAGE__URL", "data/files", "file://DIRECTORY"),
    ("FAXGATE_STORAGE__URL", "ftp://x/y", "\"ftp\""),
    ("FAXGATE_STORAGE__URL", "s3://", "names no place"),
    (
        "FAXGATE_STORAGE__URL",
        "s3://id:key@bucket/x",
        "storage.access_key_id",
    ),
    (
        "FAXGATE_STORAGE__ACCESS_KEY_ID",
        "id",
        "storage.access_key_id",
    ),
    (
        "FAXGATE_STORAGE__ENDPOINT",
        "http://minio:9000",
        "allow_http",
    ),
    ("FAXGATE_STORAGE__ENDPOINT", "minio:9000", "https://"),
    (
        "FAXGATE_TELNYX__API_KEY",
        "KEY1",
        "is needed with telnyx.api_key",
    ),
    (
        "FAXGATE_TELNYX__CONNECTION_ID",
        "1",
        "is needed with telnyx.connection_id",
    ),
    ("FAXGATE_TELNYX__BASE_URL", "ftp://x", "https://"),
    ("FAXGATE_SIMULATOR__ENABLED", "maybe", "true or false"),
    ("FAXGATE_SIMULATOR__PACE", "0", "above 0"),
    ("FAXGATE_SIMULATOR__PACE", "NaN", "above 0"),
    ("FAXGATE_SIMULATOR__PACE", "slow", "real, fast or a number"),
    (
        "FAXGATE_OUTBOUND__ALLOW_NETS",
        "10.0.0.0/8,home",
        "\"home\"",
    ),
    ("FAXGATE_OUTBOUND__TIMEOUT_SECONDS", "0", "1 to 600"),
    (
        "FAXGATE_JOB_API__OPEN_ON_LOOPBACK",
        "true",
        "needed with job_api.open_on_loopback",
    ),
    ("FAXGATE_BOOTSTRAP__USERNAME", "ada", "bootstrap.username"),
    ("FAXGATE_BOOTSTRAP__PASSWORD", "x", "bootstrap.password"),
    ("FAXGATE_BOOTSTRAP__DIDS", "5551234567", "bootstrap.dids"),
    ("FAXGATE_BOOTSTRAP__TENANT", "Ward 7", "a slug"),
    ("FAXGATE_BOOTSTRAP__COUNTRY", "XX", "country code"),
    ("FAXGATE_RATE_LIMITS__SEND", "none", "whole number"),
    (
        "FAXGATE_DISPATCH__SEND_BY_SECONDS",
        "60",
        "shorter than dispatch.lease_seconds",
    ),
    ("FAXGATE_DISPATCH__POLL_INTERVAL_MS", "0", "10 to 60000"),
    ("FAXGATE_RETRY__BUSY_SECONDS", "", "1 to 32 waits"),
    ("FAXGATE_RETRY__BUSY_SECONDS", "60,soon", "\"soon\""),
    ("FAXGATE_RETRY__LINE_SECONDS", "9999999", "more than a week"),
    ("FAXGATE_RETRY__NOT_FAX_TRIES", "0", "1 to 100"),
    ("FAXGATE_IMAGING__WALL_SECONDS", "10", "imaging.cpu_seconds"),
    (
        "FAXGATE_IMAGING__HALFTONE",
        "none",
        "auto, threshold, diffusion",
    ),
    ("FAXGATE_RETENTION__SENT_DAYS", "99999", "0 keeps for ever"),
];

#[test]
fn a_value_of_no_use_is_refused_by_name() {
    for (variable, value, piece) in REFUSED {
        let told = problems(with(&[(variable, value)]));
        assert_eq!(told.len(), 1, "{variable}={value}: {told:?}");
        assert!(told[0].contains(piece), "{variable}={value}: {told:?}");
    }
}

#[test]
fn a_number_of_the_bootstrap_that_is_none_is_named() {
    let told = problems(with(&[
        ("FAXGATE_BOOTSTRAP__USERNAME", "ada"),
        ("FAXGATE_BOOTSTRAP__PASSWORD", "x"),
        ("FAXGATE_BOOTSTRAP__DIDS", "12,911"),
    ]));
    assert_eq!(told.len(), 2);
    assert!(
        told[0].contains("\"12\"") && told[1].contains("\"911\""),
        "{told:?}"
    );
}

#[test]
fn the_job_api_is_opened_only_where_strangers_cannot_come_in() {
    let open = |listen| {
        with(&[
            ("FAXGATE_JOB_API__OPEN_ON_LOOPBACK", "true"),
            ("FAXGATE_JOB_API__TENANT", "default"),
            ("FAXGATE_SERVER__LISTEN", listen),
        ])
    };
    for listen in ["127.0.0.1:0", "[::1]:8585", "127.0.0.9:1"] {
        assert!(open(listen).is_ok(), "{listen}");
    }
    for listen in ["0.0.0.0:8585", "[::]:8585", "192.0.2.7:80"] {
        let told = problems(open(listen));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("loopback"), "{told:?}");
    }
}

#[test]
fn a_job_api_without_tokens_and_an_address_for_others_exclude_one_another() {
    let open = |url| {
        with(&[
            ("FAXGATE_JOB_API__OPEN_ON_LOOPBACK", "true"),
            ("FAXGATE_JOB_API__TENANT", "default"),
            ("FAXGATE_SERVER__LISTEN", "127.0.0.1:8585"),
            ("FAXGATE_SERVER__PUBLIC_URL", url),
        ])
    };
    for url in [
        "",
        "http://localhost:8585",
        "http://127.0.0.1:8585",
        "http://[::1]:8585/",
    ] {
        assert!(open(url).is_ok(), "{url}");
    }
    for url in [
        "https://fax.example.com",
        "http://192.0.2.7:8585",
        "https://localhost.example.com",
    ] {
        let told = problems(open(url));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("job_api.open_on_loopback")
                && told[0].contains("server.public_url"),
            "{told:?}"
        );
    }
}
