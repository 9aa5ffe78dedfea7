//! Dial strings: exactly the ones that were proven on a real FreeSWITCH.

use std::time::Duration;

use faxgate_esl::argument::{AbsolutePath, EncodedText, Number};
use faxgate_esl::variable::{Codec, Value, VariableName};
use faxgate_esl::{Application, Cause, Command, Endpoint, Hook, Originate};
use uuid::Uuid;

const UUID: &str = "24f6d820-268f-4c39-8aab-ba63dc5cd2e2";

fn uuid() -> Uuid {
    UUID.parse().unwrap()
}

fn gateway(number: &str) -> Endpoint {
    Endpoint::Gateway {
        gateway: "telnyx".parse().unwrap(),
        number: number.parse().unwrap(),
    }
}

fn token(text: &str) -> faxgate_esl::argument::Token {
    text.parse().unwrap()
}

#[test]
fn a_whole_fax_call_is_written_as_it_was_measured() {
    let file = Application::TxFax("/srv/spool/out.tif".parse().unwrap());
    let text = |text: &str| EncodedText::new(text).unwrap();
    let call = Originate::new(uuid(), gateway("15559871111"), file)
        .caller_id_number("15550001000".parse().unwrap())
        .caller_id_name("Acme Clinic".parse().unwrap())
        .set(VariableName::IGNORE_EARLY_MEDIA, true)
        .set(VariableName::APP_DISABLE_EXPAND_VARIABLES, true)
        .on_fax_result(Hook::Hangup)
        .on_answer(Hook::SchedHangup(Duration::from_secs(900)))
        .set(
            VariableName::ABSOLUTE_CODEC_STRING,
            vec![Codec::Pcmu, Codec::Pcma],
        )
        .set(VariableName::DTMF_TYPE, token("none"))
        .set(VariableName::SUPPRESS_CNG, true)
        .set(VariableName::ORIGINATE_TIMEOUT, 60)
        .set(VariableName::FAX_ENABLE_T38, true)
        .set(VariableName::FAX_ENABLE_T38_REQUEST, false)
        .set(VariableName::FAX_USE_ECM, true)
        .set(VariableName::FAX_DISABLE_V17, false)
        .set(VariableName::FAX_START_PAGE, 2)
        .set(VariableName::FAX_IDENT, text("+1 555"))
        .set(VariableName::FAX_HEADER, text("A, }"))
        .set(VariableName::FAX_TIMEZONE, text("UTC"))
        .set(
            VariableName::JSON_CDR_BASE,
            AbsolutePath::new("/srv/cdr").unwrap(),
        )
        .set("faxgate_attempt".parse().unwrap(), 7);
    insta::assert_snapshot!(call.command(), @r"originate {origination_uuid=24f6d820-268f-4c39-8aab-ba63dc5cd2e2,origination_caller_id_number=15550001000,origination_caller_id_name='Acme Clinic',ignore_early_media=true,app_disable_expand_variables=true,execute_on_fax_result=hangup,execute_on_answer='sched_hangup +900',absolute_codec_string=PCMU\,PCMA,dtmf_type=none,suppress_cng=true,originate_timeout=60,fax_enable_t38=true,fax_enable_t38_request=false,fax_use_ecm=true,fax_disable_v17=false,fax_start_page=2,fax_ident=%2B%31%20%35%35%35,fax_header=%41%2C%20%7D,fax_timezone=%55%54%43,json_cdr_base=/srv/cdr,faxgate_attempt=7}sofia/gateway/telnyx/15559871111 &txfax(/srv/spool/out.tif)");
    assert_eq!(call.uuid(), uuid());
    assert_eq!(Command::from(&call), call.command());
}

#[test]
fn the_recorded_dial_string_can_be_written_byte_for_byte() {
    let recorded = include_str!("../data/transcripts/success_jobuuid.client.raw");
    let (_, recorded) = recorded.split_once("bgapi ").unwrap();
    let (recorded, _) = recorded.split_once('\n').unwrap();
    let file = Application::TxFax("/srv/labs/docs/doc1.tif".parse().unwrap());
    let uuid = "611bbd50-2983-4bed-af78-be84a7a13c53".parse().unwrap();
    let call = Originate::new(uuid, gateway("15559871111"), file)
        .caller_id_number("15550001000".parse().unwrap())
        .set(VariableName::IGNORE_EARLY_MEDIA, true)
        .set(VariableName::FAX_ENABLE_T38, true)
        .set(VariableName::FAX_ENABLE_T38_REQUEST, true);
    assert_eq!(call.to_string(), recorded);
}

#[test]
fn the_fence_is_written_as_it_was_measured() {
    assert_eq!(
        Originate::fence(uuid(), token("tomb")).to_string(),
        format!("originate {{origination_uuid={UUID},process_cdr=false}}null/tomb &park()")
    );
}

#[test]
fn other_endpoints_applications_and_values_have_their_spelling() {
    let address = Endpoint::Address {
        profile: "external".parse().unwrap(),
        number: "+15551234567".parse().unwrap(),
        host: "192.0.2.1:5060".parse().unwrap(),
    };
    assert_eq!(
        address.to_string(),
        "sofia/external/+15551234567@192.0.2.1:5060"
    );
    let path = AbsolutePath::new("/a/b.wav").unwrap();
    assert_eq!(
        Application::RxFax(path.clone()).to_string(),
        "rxfax(/a/b.wav)"
    );
    assert_eq!(
        Application::Playback(path).to_string(),
        "playback(/a/b.wav)"
    );
    assert_eq!(Application::Echo.to_string(), "echo()");
    assert_eq!(
        Application::Hangup(Cause::USER_BUSY).to_string(),
        "hangup(USER_BUSY)"
    );
    assert_eq!(Value::from(uuid()).to_string(), UUID);
    assert_eq!(Value::from(-7_i64).to_string(), "-7");
    assert_eq!(Value::from(token("a.b")).to_string(), "a.b");
    assert_eq!(Value::from(vec![Codec::G722]).to_string(), "G722");
    assert_eq!(
        Value::from(EncodedText::new([0]).unwrap()).to_string(),
        "%00"
    );
    assert_eq!(
        Value::from(Number::new("1234").unwrap()).to_string(),
        "1234"
    );
}

#[test]
fn commands_are_one_line_of_words() {
    let u = uuid();
    for (command, text) in [
        (Command::uuid_exists(u), format!("uuid_exists {UUID}")),
        (
            Command::uuid_kill(u, &Cause::new("ALLOTTED_TIMEOUT").unwrap()),
            format!("uuid_kill {UUID} ALLOTTED_TIMEOUT"),
        ),
        (Command::uuid_dump(u), format!("uuid_dump {UUID}")),
        (
            Command::uuid_getvar(u, &token("fax_success")),
            format!("uuid_getvar {UUID} fax_success"),
        ),
        (Command::status(), "status".into()),
        (Command::version(), "version".into()),
        (Command::uptime(), "uptime s".into()),
        (
            Command::global_getvar(&token("hostname")),
            "global_getvar hostname".into(),
        ),
        (Command::core_uuid(), "global_getvar core_uuid".into()),
        (Command::channel_count(), "show channels count".into()),
        (
            Command::module_exists(&token("mod_spandsp")),
            "module_exists mod_spandsp".into(),
        ),
        (
            Command::gateway_status(&"telnyx".parse().unwrap()),
            "sofia status gateway telnyx".into(),
        ),
        (
            Command::profile_status(&"external".parse().unwrap()),
            "sofia status profile external".into(),
        ),
        (
            Command::words(["show", "calls", "count"]).unwrap(),
            "show calls count".into(),
        ),
    ] {
        assert_eq!(command.as_str(), text);
        assert_eq!(command.to_string(), text);
    }
}
