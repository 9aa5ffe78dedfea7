//! `faxgate migrate`

use std::process::ExitCode;

use faxgate_config::Settings;
use faxgate_db::{Db, Options};

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let db = Db::connect(&Options {
        url: settings.database.url.expose().to_owned(),
        max_connections: 2,
    })?;
    db.migrate().await?;
    println!("the database is up to date");
    Ok(ExitCode::SUCCESS)
}
