//! `faxgate simulate`

use std::process::ExitCode;
use std::time::Duration;

use faxgate_simulator::telnyx::{self, TelnyxDouble};
use faxgate_simulator::{InboundPush, Options, Pace, RecordPost, Records, Scenarios, Simulator};

use crate::cli::{CdrArg, Simulate, SimulateCdr, SimulateInbound, SimulateTelnyx};

pub(super) async fn run(simulate: Simulate) -> anyhow::Result<ExitCode> {
    // FreeSWITCH wants absolute paths, and so does whoever reads our CDRs.
    let spool = std::path::absolute(&simulate.spool)?;
    let mut options = Options::new(simulate.listen, &spool);
    options.password = simulate.password;
    options.call_log = simulate.call_log;
    options.pace = simulate.pace;
    options.dids = simulate.did;
    if let Some(file) = &simulate.scenario {
        options.scenarios.extend(Scenarios::read(file)?);
    }
    options.version = simulate.freeswitch;
    options.control = simulate.control;
    options.log_pages = simulate.log_pages;
    options.seed = simulate.seed;
    options.strangers = simulate.strangers.map(Duration::from_millis);
    options.records = records(simulate.cdr)?;
    options.inbound_push = inbound_push(simulate.inbound);
    // Lives until this function ends.
    let telnyx = match telnyx_options(simulate.telnyx, simulate.pace) {
        Some(options) => Some(TelnyxDouble::start(options).await?),
        None => None,
    };
    let simulator = Simulator::start(options).await?;
    println!(
        "the simulated line listens on {}; its files are in {}",
        simulator.addr(),
        spool.display()
    );
    if let Some(control) = simulator.control_addr() {
        println!("faults by command, a line each, on {control}");
    }
    if let Some(telnyx) = &telnyx {
        print!("{}", settings(telnyx));
    }
    tokio::select! {
        asked = super::asked_to_stop() => {
            asked?;
            simulator.shutdown().await;
        }
        () = simulator.shut_down_by_client() => {}
    }
    if let Some(telnyx) = telnyx {
        telnyx.shutdown().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// What `json_cdr.conf.xml` would say.
fn records(cdr: SimulateCdr) -> anyhow::Result<Records> {
    let default = match cdr.cdr_url {
        Some(_) => CdrArg::Both,
        None => CdrArg::File,
    };
    let to = cdr.cdr.unwrap_or(default);
    let mut records = Records::default();
    records.encode_values = !cdr.cdr_plain;
    records.file = matches!(to, CdrArg::Both | CdrArg::File);
    records.post = cdr
        .cdr_url
        .filter(|_| matches!(to, CdrArg::Both | CdrArg::Http))
        .map(RecordPost::to);
    if let Some(post) = &mut records.post {
        post.credentials = cdr.cdr_credentials;
        post.body = cdr.cdr_body;
        post.retries = cdr.cdr_retries;
        post.delay = Duration::from_secs(cdr.cdr_delay);
        // Written from wherever the call ends.
        post.error_dir = cdr.cdr_error_dir.map(std::path::absolute).transpose()?;
    }
    Ok(records)
}

/// What the inbound hook's settings would say.
fn inbound_push(inbound: SimulateInbound) -> Option<InboundPush> {
    let mut push = InboundPush::to(inbound.inbound_url?, inbound.inbound_secret?);
    push.shape = inbound.inbound_shape;
    push.sweep = Duration::from_secs(inbound.inbound_sweep);
    Some(push)
}

/// A double of Telnyx, where one is wanted.
fn telnyx_options(given: SimulateTelnyx, pace: Pace) -> Option<telnyx::Options> {
    let mut options = telnyx::Options::new(given.telnyx?);
    options.pace = pace;
    if let Some(key) = given.telnyx_api_key {
        options.api_key = key;
    }
    if let Some(id) = given.telnyx_connection_id {
        options.connection_id = id;
    }
    options.webhook_url = given.telnyx_webhook_url;
    options.failover_url = given.telnyx_failover_url;
    options.call_log = given.telnyx_call_log;
    options.numbers = given.telnyx_number;
    Some(options)
}

/// What a gateway is to be told of the double, to be pasted into a shell or an environment file.
fn settings(telnyx: &TelnyxDouble) -> String {
    format!(
        "Telnyx is played on {}; a gateway uses it with\n\
         FAXGATE_TELNYX__BASE_URL={}\n\
         FAXGATE_TELNYX__API_KEY={}\n\
         FAXGATE_TELNYX__CONNECTION_ID={}\n\
         FAXGATE_TELNYX__PUBLIC_KEY={}\n",
        telnyx.addr(),
        telnyx.base_url(),
        telnyx.api_key(),
        telnyx.connection_id(),
        telnyx.public_key(),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(line: &str) -> Result<Simulate, clap::Error> {
        let words = format!("faxgate simulate {line}");
        match Cli::try_parse_from(words.split_whitespace())?.command {
            Command::Simulate(simulate) => Ok(*simulate),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cdrs_go_to_files_and_with_an_address_there_too() {
        for (line, file, post) in [
            ("", true, false),
            ("--cdr-url http://127.0.0.1:1/", true, true),
            ("--cdr-url http://127.0.0.1:1/ --cdr http", false, true),
            ("--cdr-url http://127.0.0.1:1/ --cdr file", true, false),
            ("--cdr none", false, false),
        ] {
            let records = records(parsed(line).unwrap().cdr).unwrap();
            assert_eq!(
                (records.file, records.post.is_some()),
                (file, post),
                "{line}"
            );
        }
        let line = "--cdr-url http://h/ --cdr-credentials a:b:c --cdr-retries 2 --cdr-body form";
        let post = records(parsed(line).unwrap().cdr).unwrap().post.unwrap();
        assert_eq!(post.credentials, Some("a:b:c".parse().unwrap()));
        assert_eq!(post.retries, 2);
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        for line in [
            "--cdr both",
            "--cdr http",
            "--cdr-credentials a:b",
            "--inbound-url http://127.0.0.1:1/",
            "--inbound-secret s",
            "--log-pages",
            "--freeswitch 1.9",
            "--telnyx-number +13125550100",
            "--telnyx 127.0.0.1:0 --telnyx-failover-url http://127.0.0.1:1/",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
        let line = "--inbound-url http://127.0.0.1:1/ --inbound-secret s --inbound-sweep 5";
        let push = inbound_push(parsed(line).unwrap().inbound).unwrap();
        assert_eq!(push.sweep, Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_double_of_telnyx_says_how_a_gateway_uses_it() {
        let simulate =
            parsed("--telnyx 127.0.0.1:0 --telnyx-api-key KEY1 --telnyx-number 3125550100");
        let options = telnyx_options(simulate.unwrap().telnyx, Pace::Fast).unwrap();
        assert_eq!(options.numbers, ["3125550100"]);
        let telnyx = TelnyxDouble::start(options).await.unwrap();
        let said = settings(&telnyx);
        let lines: Vec<&str> = said.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                format!("FAXGATE_TELNYX__BASE_URL=http://{}/v2", telnyx.addr()),
                "FAXGATE_TELNYX__API_KEY=KEY1".to_owned(),
                format!("FAXGATE_TELNYX__CONNECTION_ID={}", telnyx.connection_id()),
                format!("FAXGATE_TELNYX__PUBLIC_KEY={}", telnyx.public_key()),
            ]
        );
        assert!(telnyx_options(parsed("").unwrap().telnyx, Pace::Fast).is_none());
    }
}
