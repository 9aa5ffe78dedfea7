//! `faxgate migrate`

use std::process::ExitCode;

use faxgate_config::Settings;
use faxgate_db::{Db, Options};

use super::beside::app;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let db = Db::connect(&Options {
        url: settings.database.url.expose().to_owned(),
        max_connections: 2,
    })?;
    let is_new = db.migrate().await?;
    if is_new {
        app(settings).await?.begin_audit(true).await?;
    }
    println!("the database is up to date");
    Ok(ExitCode::SUCCESS)
}
