//! `faxgate simulate`

use std::process::ExitCode;

use faxgate_simulator::{Options, Scenarios, Simulator};

use crate::cli::Simulate;

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
    let simulator = Simulator::start(options).await?;
    println!(
        "the simulated line listens on {}; its files are in {}",
        simulator.addr(),
        spool.display()
    );
    tokio::select! {
        asked = super::asked_to_stop() => {
            asked?;
            simulator.shutdown().await;
        }
        () = simulator.shut_down_by_client() => {}
    }
    Ok(ExitCode::SUCCESS)
}
