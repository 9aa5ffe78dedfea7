//! The `faxgate` command.

fn main() {}
