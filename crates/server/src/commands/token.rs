//! `faxgate token`

use std::time::Duration;

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_types::TokenId;

use super::beside::app;

/// `faxgate token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; prints it, and nothing else. It is not shown again.
    Create {
        /// Whose.
        #[arg(long, value_name = "NAME")]
        user: String,
        /// After so many days it stops working; never if not given.
        #[arg(long, value_name = "DAYS")]
        expires_days: Option<u32>,
    },
    /// End a token at once, or every token of a user.
    Revoke {
        /// The token's id, as `list` shows it.
        #[arg(
            value_name = "ID",
            required_unless_present = "user",
            conflicts_with = "user"
        )]
        token: Option<TokenId>,
        /// Every token of this user.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// List tokens in use (not the tokens themselves): whose, what for, since when, until when, id.
    List,
}

pub(super) async fn run(settings: &Settings, command: TokenCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        TokenCommand::Create { user, expires_days } => {
            let lifetime = expires_days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
            println!("{}", app.create_token(&user, lifetime).await?);
        }
        TokenCommand::Revoke { token, user } => {
            if let Some(user) = user {
                let revoked = app.revoke_tokens(&user).await?;
                println!("{user}\t{revoked} tokens revoked");
            }
            if let Some(token) = token {
                app.revoke_token(token).await?;
                println!("{token}\trevoked");
            }
        }
        TokenCommand::List => {
            for token in app.tokens().await? {
                let until = token.expires_at.map_or_else(
                    || "never expires".to_owned(),
                    |at| format!("until {}", at.to_seconds()),
                );
                println!(
                    "{}\t{}\tsince {}\t{until}\t{}",
                    token.username,
                    token.label,
                    token.created_at.to_seconds(),
                    token.id
                );
            }
        }
    }
    Ok(())
}
