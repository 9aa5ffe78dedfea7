//! `faxgate keys`

use clap::{Args, Subcommand};
use faxgate_config::Settings;
use faxgate_core::{Asker, KeyStatus, KeysOf};
use faxgate_types::Ambient;

use super::beside::app;

/// `faxgate keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print a new master key.
    Generate,
    /// Show each tenant's keys, which master key they are encrypted with, and how many of its files lie in clear.
    Status,
    /// Give tenants new keys. Files stay as they are: it is their keys that are encrypted anew.
    Rotate(Whose),
    /// Encrypt all tenants' keys with the current master key; then the previous ones can be removed.
    Rewrap,
    /// Encrypt the files that lie in clear. It can be broken off, and goes on where it was.
    Encrypt,
}

/// Whose keys.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// This tenant's.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// All tenants', and the gateway's own.
    #[arg(long)]
    all: bool,
}

/// Prints a master key, and nothing else.
pub(super) fn generate() -> anyhow::Result<()> {
    println!("{}", hex::encode(Ambient::system().bytes::<32>()));
    Ok(())
}

pub(super) async fn run(settings: &Settings, command: KeysCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let asker = Asker::Console;
    match command {
        KeysCommand::Generate => generate()?,
        KeysCommand::Status => {
            match app.master_key() {
                Some(name) => println!("master key\t{name}"),
                None => println!("master key\tnot set: files are stored in clear"),
            }
            for status in app.key_status(&asker).await? {
                tell(&status);
            }
        }
        KeysCommand::Rotate(Whose { tenant, .. }) => {
            let whose = tenant.map_or(KeysOf::All, KeysOf::Tenant);
            let rotated = app.rotate_keys(&asker, &whose).await?;
            for key in &rotated {
                let owner = key.tenant.map_or("gateway".to_owned(), |id| id.to_string());
                println!("{owner}\t{} is gone\t{} files", key.gone, key.files);
            }
            if rotated.is_empty() {
                println!("there are no keys yet");
            }
        }
        KeysCommand::Rewrap => {
            let rewrapped = app.rewrap_keys(&asker).await?;
            println!(
                "{rewrapped} keys are encrypted with another master key than before; the current one opens all"
            );
        }
        KeysCommand::Encrypt => {
            let done = app.encrypt_files(&asker).await?;
            println!(
                "{} files of {} bytes are encrypted now",
                done.files, done.bytes
            );
        }
    }
    Ok(())
}

fn tell(status: &KeyStatus) {
    let owner = status.tenant.as_deref().unwrap_or("(gateway)");
    for key in &status.keys {
        let master = match key.master_is_current {
            true => String::new(),
            false => " (not the current one)".to_owned(),
        };
        let use_of_it = match key.retired {
            true => "going",
            false => "in use",
        };
        println!(
            "{owner}\t{}\t{use_of_it}\tmade {}\tmaster key {}{master}\t{} files",
            key.id,
            key.created_at.to_seconds(),
            key.master,
            key.files
        );
    }
    if status.clear > 0 {
        println!("{owner}\t{} files in clear", status.clear);
    } else if status.keys.is_empty() {
        println!("{owner}\tno key yet");
    }
}
