//! `faxgate user`

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_types::Role;

use super::beside::{app, password_from_stdin};

/// `faxgate user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user to a tenant.
    Create {
        /// The name to sign in with.
        name: String,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// read-only, member, admin or operator.
        #[arg(long, default_value = "member")]
        role: Role,
        /// Read the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Give a user another password.
    SetPassword {
        /// The name to sign in with.
        name: String,
        /// Read the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
        /// End every token of theirs as well: programs that use one have to sign in again.
        #[arg(long)]
        revoke_tokens: bool,
    },
    /// List users.
    List,
}

pub(super) async fn run(settings: &Settings, command: UserCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        UserCommand::Create {
            name,
            tenant,
            role,
            password_stdin: _,
        } => {
            let password = password_from_stdin()?;
            app.create_user(&name, &password, &tenant, role).await?;
            println!("{name}\t{role} of {tenant}");
        }
        UserCommand::SetPassword {
            name,
            password_stdin: _,
            revoke_tokens,
        } => {
            app.set_password(&name, &password_from_stdin()?).await?;
            if revoke_tokens {
                let revoked = app.revoke_tokens(&name).await?;
                println!("{name}\tnew password, {revoked} tokens revoked");
            } else {
                println!(
                    "{name}\tnew password; tokens go on working (faxgate token revoke --user {name})"
                );
            }
        }
        UserCommand::List => {
            for (name, places) in app.users().await? {
                let places: Vec<_> = places
                    .iter()
                    .map(|(slug, role)| format!("{role} of {slug}"))
                    .collect();
                println!("{name}\t{}", places.join(", "));
            }
        }
    }
    Ok(())
}
