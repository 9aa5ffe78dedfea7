//! `faxgate simulate`

use std::process::ExitCode;
use std::time::Duration;

use faxgate_simulator::{InboundPush, Options, RecordPost, Records, Scenarios, Simulator};

use crate::cli::{CdrArg, Simulate, SimulateCdr, SimulateInbound};

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
    let simulator = Simulator::start(options).await?;
    println!(
        "the simulated line listens on {}; its files are in {}",
        simulator.addr(),
        spool.display()
    );
    if let Some(control) = simulator.control_addr() {
        println!("faults by command, a line each, on {control}");
    }
    tokio::select! {
        asked = super::asked_to_stop() => {
            asked?;
            simulator.shutdown().await;
        }
        () = simulator.shut_down_by_client() => {}
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
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
        let line = "--inbound-url http://127.0.0.1:1/ --inbound-secret s --inbound-sweep 5";
        let push = inbound_push(parsed(line).unwrap().inbound).unwrap();
        assert_eq!(push.sweep, Duration::from_secs(5));
    }
}
