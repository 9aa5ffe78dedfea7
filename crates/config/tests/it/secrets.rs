//! No secret is ever shown.

use crate::{problems, with, with_file};

const SECRETS: &[(&str, &str)] = &[
    ("FAXGATE_SERVER__SECRET", "hush-0123456789abcdef"),
    ("FAXGATE_DATABASE__URL", "postgres://fax:hush@db/fax"),
    ("FAXGATE_STORAGE__ACCESS_KEY_ID", "id"),
    ("FAXGATE_STORAGE__SECRET_ACCESS_KEY", "hush"),
    (
        "FAXGATE_ENCRYPTION__MASTER_KEY",
        "c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7",
    ),
    (
        "FAXGATE_ENCRYPTION__PREVIOUS_MASTER_KEYS",
        "yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5uc=,yMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uY",
    ),
    ("FAXGATE_FREESWITCH__HOST", "127.0.0.1"),
    ("FAXGATE_FREESWITCH__PASSWORD", "hush"),
    ("FAXGATE_FREESWITCH__SPOOL_DIR", "/var/spool/fax"),
    ("FAXGATE_TELNYX__API_KEY", "hush"),
    ("FAXGATE_TELNYX__CONNECTION_ID", "1"),
    ("FAXGATE_WEBHOOK__INBOUND_SECRET", "hush"),
    ("FAXGATE_BOOTSTRAP__USERNAME", "ada"),
    ("FAXGATE_BOOTSTRAP__PASSWORD", "hush"),
];

#[test]
fn debug_shows_no_secret() {
    let settings = with(SECRETS).unwrap();
    assert_eq!(settings.database.url.expose(), "postgres://fax:hush@db/fax");
    for shown in [format!("{settings:?}"), format!("{settings:#?}")] {
        assert!(shown.contains("REDACTED"));
        assert!(!shown.contains("hush"), "{shown}");
        assert!(!shown.contains("200, 201") && !shown.contains("c8c9") && !shown.contains("yMnK"));
    }
    assert_eq!(settings.encryption.previous_master_keys.len(), 2);
}

#[test]
fn no_problem_quotes_a_secret() {
    let secret_keys = [
        ("server", "secret"),
        ("database", "url"),
        ("storage", "secret_access_key"),
        ("telnyx", "api_key"),
        ("webhook", "inbound_secret"),
        ("bootstrap", "password"),
    ];
    for (section, key) in secret_keys {
        for value in ["[\"hush\"]", "{ a = \"hush\" }", "\"hush\\nhush\""] {
            let told = problems(with_file(&format!("[{section}]\n{key} = {value}\n"), &[]));
            assert!(!told.concat().contains("hush"), "{told:?}");
        }
    }
    let told = problems(with(&[("FAXGATE_DATABASE__URL", "hush")]));
    assert!(!told.concat().contains("hush"), "{told:?}");
}
