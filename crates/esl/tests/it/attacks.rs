//! Every way in that was found on a real FreeSWITCH, and some more: nothing that is accepted can mean anything
//! but itself.

use faxgate_esl::argument::{
    AbsolutePath, CallerName, EncodedText, GatewayName, Number, ProfileName, Token,
};
use faxgate_esl::variable::{Value, VariableName};
use faxgate_esl::{Application, Cause, Command, Endpoint, Originate};
use proptest::prelude::*;
use uuid::Uuid;

const ATTACKS: &[&str] = &[
    // A second command on the socket, or a header of this one.
    "15551234567\n\napi system touch /tmp/x",
    "15551234567\r\n\r\napi status",
    "15551234567\rapi status",
    "x\nJob-UUID: 11111111-2222-4333-8444-555555555555",
    "x\0y",
    "x\u{b}y\u{c}z",
    "x\u{85}y",
    "x\u{2028}y",
    // Out of the variable block, the quotes, the application's argument.
    "x}sofia/gateway/telnyx/19005551234 &park",
    "x},{y=z",
    "x]",
    "<x>",
    "O'Brien",
    "x' ,execute_on_answer='system touch",
    "x\"y",
    "x\\",
    "x\\,y",
    "x\\n",
    "/x) &system(touch",
    "/x y",
    "/x;y",
    // Two phones, or another one.
    "15551234567,sofia/gateway/telnyx/15551234568",
    "15551234567|sofia/gateway/telnyx/15551234568",
    "15551234567:_:sofia/gateway/telnyx/15551234568",
    "15551234567@evil.example.org",
    "sofia/gateway/telnyx/15551234567",
    "^^;15551234567",
    "^^:a=b:c=d",
    "x=y",
    "x,y=z",
    // Expansion.
    "${system(touch /tmp/x)}",
    "/x/${system(touch /tmp/x)}",
    "$${domain}",
    "`id`",
    "$(id)",
    "&system",
    "!x",
    "%0Aapi status",
    "%0a%0a",
    "%00",
    "x%2Cy",
    // Somebody else's file.
    "/../etc/passwd",
    "/srv/../../etc/passwd",
    "/srv/..",
    "relative/path",
    "..",
    "~/x",
    // The word that replaces a whole command.
    "reload mod_event_socket",
    "/srv/reload/mod_event_socket",
    "unload.MOD_EVENT_SOCKET",
    "mod_event_socket",
    // Other scripts, other digits, nothing.
    "١٢٣٤٥٦٧",
    "１２３４５６７",
    "+1555١234567",
    "Ærø",
    "🖷",
    "a\u{202e}b",
    "",
    " ",
    "\t",
    "-",
    "++15551234567",
    "15551234567+",
    "123",
    "1234567890123456",
    "911;cause=x",
    "*72",
    "#31#911",
];

fn long() -> String {
    "1".repeat(1 << 20)
}

#[test]
fn numbers_are_digits_and_nothing_else() {
    for attack in ATTACKS.iter().copied().chain([long().as_str()]) {
        assert!(Number::new(attack).is_err(), "{attack:?}");
    }
    for good in ["1234", "+1234", "123456789012345", "+123456789012345"] {
        assert_eq!(Number::new(good).unwrap().as_str(), good);
    }
}

/// What FreeSWITCH would find if it took `call` apart: variables, then the endpoint, then the application.
/// Panics if there is anything that it could take for more than that.
fn taken_apart(call: &str) -> (Vec<(String, String)>, String, String) {
    assert!(
        call.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{call:?}"
    );
    assert!(
        !call.to_lowercase().contains("mod_event_socket"),
        "{call:?}"
    );
    assert!(!call.contains(['$', '`', '|', '"', ';', '<', '>', '[', ']', '\n', '\r']));
    assert!(!call.contains("^^") && !call.contains(":_:"), "{call:?}");
    let rest = call.strip_prefix("originate {").unwrap();
    let (block, rest) = rest.split_once('}').unwrap();
    assert!(!rest.contains(['{', '}', ',', '\'', '\\']), "{call:?}");
    let (endpoint, application) = rest.split_once(' ').unwrap();
    let application = application.strip_prefix('&').unwrap();
    assert!(
        !application.contains(' ') && application.ends_with(')'),
        "{call:?}"
    );
    assert_eq!(application.matches(['(', ')']).count(), 2, "{call:?}");
    let variables = block.replace("\\,", "\u{1}");
    let variables = variables
        .split(',')
        .map(|pair| {
            assert_eq!(pair.matches('=').count(), 1, "{call:?}");
            let (name, value) = pair.split_once('=').unwrap();
            let quotes = value.matches('\'').count();
            let quoted = quotes == 2 && value.starts_with('\'') && value.ends_with('\'');
            assert!(quotes == 0 || quoted, "{call:?}");
            assert!(quoted || !value.contains(' '), "{call:?}");
            assert!(!value.contains(['\\', '{', '&', '(', ')']), "{call:?}");
            (
                name.to_owned(),
                value.trim_matches('\'').replace('\u{1}', ","),
            )
        })
        .collect();
    (variables, endpoint.to_owned(), application.to_owned())
}

/// Puts `text` wherever a call takes text. Returns how many places took it.
fn attack(text: &str) -> usize {
    let uuid = Uuid::nil();
    let mut taken = 0;
    let good = || {
        Originate::new(
            uuid,
            Endpoint::Null("x".parse().unwrap()),
            Application::Park,
        )
    };
    let mut variable = |name: VariableName, value: Value, expected: &str| {
        let (found, endpoint, application) =
            taken_apart(&good().set(name.clone(), value).to_string());
        let expected = [
            ("origination_uuid".to_owned(), uuid.to_string()),
            (name.to_string(), expected.to_owned()),
        ];
        assert_eq!(found, expected);
        assert_eq!(
            (endpoint.as_str(), application.as_str()),
            ("null/x", "park()")
        );
        taken += 1;
    };
    let name = || VariableName::FAX_HEADER;
    if let Ok(value) = Number::new(text) {
        variable(name(), value.into(), text);
    }
    if let Ok(value) = Token::new(text) {
        variable(name(), value.into(), text);
    }
    if let Ok(value) = CallerName::new(text) {
        variable(name(), value.into(), text);
    }
    if let Ok(value) = AbsolutePath::new(text) {
        variable(name(), value.clone().into(), text);
        for application in [
            Application::TxFax(value.clone()),
            Application::RxFax(value.clone()),
            Application::Playback(value),
        ] {
            let null = Endpoint::Null("x".parse().unwrap());
            let (_, _, found) = taken_apart(&Originate::new(uuid, null, application).to_string());
            let inside = found.split_once('(').unwrap().1.strip_suffix(')').unwrap();
            assert_eq!(inside, text);
            assert!(!text.contains("/../") && text.starts_with('/'));
        }
    }
    if let Ok(value) = EncodedText::new(text) {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        variable(name(), value.into(), &encoded);
    }
    if let Ok(value) = VariableName::new(text) {
        variable(value, true.into(), "true");
    }
    if let (Ok(gateway), Ok(number)) = (GatewayName::new(text), Number::new("1234")) {
        let endpoint = Endpoint::Gateway { gateway, number };
        let call = Originate::new(uuid, endpoint, Application::Park).to_string();
        assert_eq!(taken_apart(&call).1, format!("sofia/gateway/{text}/1234"));
    }
    for command in [
        Command::words([text]).ok(),
        Cause::new(text)
            .ok()
            .map(|cause| Command::uuid_kill(uuid, &cause)),
        Token::new(text)
            .ok()
            .map(|token| Command::global_getvar(&token)),
        ProfileName::new(text)
            .ok()
            .map(|profile| Command::profile_status(&profile)),
    ]
    .into_iter()
    .flatten()
    {
        let line = command.as_str();
        assert!(
            line.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{line:?}"
        );
        assert!(
            !line.to_lowercase().contains("mod_event_socket"),
            "{line:?}"
        );
        assert!(line.ends_with(text) && !text.contains(' '), "{line:?}");
    }
    taken
}

#[test]
fn no_attack_changes_the_shape_of_a_call() {
    let mut taken = 0;
    for text in ATTACKS {
        taken += attack(text);
    }
    // Nearly all of them fit only where every byte is encoded.
    assert!(taken > ATTACKS.len() - 4, "{taken}");
    assert_eq!(attack(&long()), 0);
}

#[test]
fn variables_whose_value_is_executed_cannot_be_named() {
    for name in [
        "system_on_fax_result",
        "execute_on_answer",
        "execute_on_fax_success_2",
        "EXECUTE_ON_ANSWER",
        "api_on_answer",
        "api_hangup_hook",
        "api_reporting_hook",
        "exec_after_bridge_app",
        "bridge_pre_execute_aleg_app",
        "session_in_hangup_hook",
        "transfer_after_bridge",
        "group_confirm_file",
        "originate_retries",
        "originate_retry_sleep_ms",
        "origination_uuid",
        "1x",
        "_x",
        "a-b",
    ] {
        assert!(VariableName::new(name).is_err(), "{name}");
    }
    assert_eq!(
        VariableName::new("faxgate_attempt").unwrap().as_str(),
        "faxgate_attempt"
    );
}

#[test]
fn text_is_bounded() {
    assert!(EncodedText::new("x".repeat(EncodedText::LONGEST)).is_ok());
    assert!(EncodedText::new("x".repeat(EncodedText::LONGEST + 1)).is_err());
    assert!(AbsolutePath::new(format!("/{}", "x".repeat(512))).is_err());
    assert!(Command::words(std::iter::repeat_n("x", 33)).is_err());
    assert!(Command::words([]).is_err());
}

proptest! {
    #[test]
    fn no_text_at_all_changes_the_shape_of_a_call(text in "(?s).{0,60}") {
        attack(&text);
    }

    #[test]
    fn no_text_made_of_dangerous_parts_changes_the_shape_of_a_call(
        parts in prop::collection::vec(prop::sample::select(vec![
            "\n", "\r", "\0", "{", "}", "'", "\"", "\\", ",", "|", ":_:", "^^", "${", "%0A", " ", "(", ")", "&",
            "/", "..", ".", "+", "1234", "a", "reload", "mod_event_socket", "=", "-", "_", "é",
        ]), 0..8),
    ) {
        attack(&parts.concat());
    }
}
