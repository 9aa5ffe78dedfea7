//! The `faxgate` command.

use std::process::ExitCode;

use clap::Parser as _;
use faxgate_imaging::worker;
use faxgate_server::cli::Cli;

fn main() -> ExitCode {
    // The cage closes around the thread that enters it: before anything else, and before any other thread.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == worker::WORKER_ARGUMENT)
    {
        return worker::main();
    }
    faxgate_server::run(Cli::parse())
}
