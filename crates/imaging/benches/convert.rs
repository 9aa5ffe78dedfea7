//! Placeholder until the figures are taken.
fn main() {}
