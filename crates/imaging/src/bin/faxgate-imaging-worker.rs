//! The imaging worker on its own, for the tests of this crate and for embedding
//! [`faxgate_imaging::Cage`] in a program that has no hidden subcommand.

use std::process::ExitCode;

fn main() -> ExitCode {
    faxgate_imaging::worker::main()
}
