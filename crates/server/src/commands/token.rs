//! `faxgate token`

use std::time::Duration;

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_types::{Rights, TokenId};

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
        /// What it may be used for, separated by commas (fax:read,fax:send); everything that the user may do if not given.
        #[arg(long, value_name = "SCOPES")]
        scopes: Option<Rights>,
        /// The only tenant that it is good for, by its slug; all of the user's if not given.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
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
        TokenCommand::Create {
            user,
            expires_days,
            scopes,
            tenant,
        } => {
            let lifetime = expires_days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
            let rights = scopes.unwrap_or(Rights::ALL);
            let token = app
                .create_token(&user, lifetime, rights, tenant.as_deref())
                .await?;
            println!("{token}");
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
                let used = token.last_used_at.map_or_else(
                    || "never used".to_owned(),
                    |at| format!("used {}", at.to_seconds()),
                );
                let rights = match token.rights.is_all() {
                    true => "all scopes".to_owned(),
                    false => token.rights.to_string(),
                };
                let place = token
                    .tenant
                    .map_or_else(String::new, |(_, slug)| format!(" of {slug}"));
                println!(
                    "{}\t{}\tsince {}\t{until}\t{used}\t{rights}{place}\t…{}\t{}",
                    token.username,
                    token.label,
                    token.created_at.to_seconds(),
                    token.last_four.as_deref().unwrap_or("????"),
                    token.id
                );
            }
        }
    }
    Ok(())
}
