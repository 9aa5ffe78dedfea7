//! Whether the simulator stands in.

use faxgate_config::{ConfigError, SimulatorDecision};

use crate::with;

const FREESWITCH: &[(&str, &str)] = &[
    ("FAXGATE_FREESWITCH__HOST", "127.0.0.1"),
    ("FAXGATE_FREESWITCH__PASSWORD", "x"),
    ("FAXGATE_FREESWITCH__SPOOL_DIR", "/var/spool/fax"),
];
const TELNYX: &[(&str, &str)] = &[
    ("FAXGATE_TELNYX__API_KEY", "x"),
    ("FAXGATE_TELNYX__CONNECTION_ID", "1"),
];
const POSTGRES: &[(&str, &str)] = &[("FAXGATE_DATABASE__URL", "postgres://db/fax")];
const PUBLIC: &[(&str, &str)] = &[("FAXGATE_SERVER__LISTEN", "0.0.0.0:8585")];
const ON: &[(&str, &str)] = &[("FAXGATE_SIMULATOR__ENABLED", "true")];
const OFF: &[(&str, &str)] = &[("FAXGATE_SIMULATOR__ENABLED", "false")];

fn decide(parts: &[&[(&str, &str)]]) -> Result<SimulatorDecision, ConfigError> {
    with(&parts.concat()).unwrap().simulator_decision()
}

#[test]
fn alone_it_stands_in_for_a_trial_only() {
    assert_eq!(decide(&[]), Ok(SimulatorDecision::EveryFax));
    for parts in [&[POSTGRES][..], &[PUBLIC], &[POSTGRES, PUBLIC]] {
        let error = decide(parts).unwrap_err().to_string();
        assert!(error.contains("FAXGATE_SIMULATOR__ENABLED=true"), "{error}");
        assert!(error.contains("FAXGATE_FREESWITCH__HOST"), "{error}");
        assert_eq!(
            decide(&[parts, &[ON]].concat()),
            Ok(SimulatorDecision::EveryFax)
        );
    }
}

#[test]
fn beside_a_real_line_it_takes_the_faxes_in_test_mode() {
    for line in [FREESWITCH, TELNYX] {
        for place in [&[][..], POSTGRES, PUBLIC] {
            assert_eq!(decide(&[line, place]), Ok(SimulatorDecision::TestFaxes));
            assert_eq!(decide(&[line, place, ON]), Ok(SimulatorDecision::TestFaxes));
            assert_eq!(decide(&[line, place, OFF]), Ok(SimulatorDecision::Off));
        }
    }
}

#[test]
fn with_no_line_at_all_there_is_nothing_to_start() {
    let error = decide(&[OFF]).unwrap_err();
    assert_eq!(
        error.problems()[0].key.as_deref(),
        Some("simulator.enabled")
    );
}
