//! `faxgate demo`
pub(super) async fn run(
    _exit: bool,
    _dir: Option<std::path::PathBuf>,
    _listen: std::net::SocketAddr,
) -> anyhow::Result<std::process::ExitCode> {
    Ok(std::process::ExitCode::SUCCESS)
}
