//! `faxgate user`

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{App, Asker, PersonChange, PersonShown};
use faxgate_types::Role;

use super::beside::{app, password_from_stdin};

/// `faxgate user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user to a tenant. Somebody who is a user already keeps their password.
    Create {
        /// The name to sign in with.
        name: String,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// read-only, member, admin or operator.
        #[arg(long)]
        role: Role,
        /// Read the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Give a user another password; their sessions end.
    #[command(alias = "password")]
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
    /// Let a user in no more: sessions end, tokens stop working, at once.
    Disable {
        /// The name to sign in with.
        name: String,
    },
    /// Let a user in again. Sessions stay ended; tokens work again.
    Enable {
        /// The name to sign in with.
        name: String,
    },
    /// Give a member of a tenant another role.
    Role {
        /// The name to sign in with.
        name: String,
        /// read-only, member, admin or operator.
        role: Role,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Put users into tenants, and take them out.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Take a user's second factor away, when their device is lost.
    TotpReset {
        /// The name to sign in with.
        name: String,
    },
    /// List users.
    List,
}

/// `faxgate user member`.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Make a user a member of a tenant.
    Add {
        /// The name to sign in with.
        name: String,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// read-only, member, admin or operator.
        #[arg(long)]
        role: Role,
        /// Make it the tenant that counts when a request names none.
        #[arg(long)]
        default: bool,
    },
    /// Take a user out of a tenant.
    Remove {
        /// The name to sign in with.
        name: String,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
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
        UserCommand::Disable { name } => set_disabled(&app, &name, true).await?,
        UserCommand::Enable { name } => set_disabled(&app, &name, false).await?,
        UserCommand::Role { name, role, tenant } => {
            let change = PersonChange {
                tenant: Some(tenant),
                role: Some(role),
                ..PersonChange::default()
            };
            change_person(&app, &name, change).await?;
        }
        UserCommand::Member(command) => member(&app, command).await?,
        UserCommand::TotpReset { name } => {
            app.reset_second_factor(&name).await?;
            println!("{name}\tno second factor");
        }
        UserCommand::List => {
            let mut offset = 0;
            loop {
                let page = app.people(&Asker::Console, None, PAGE, offset).await?;
                for shown in &page.people {
                    print(shown);
                }
                offset += u64::from(PAGE);
                if offset >= page.total {
                    break;
                }
            }
        }
    }
    Ok(())
}

const PAGE: u32 = 500;

async fn member(app: &App, command: MemberCommand) -> anyhow::Result<()> {
    match command {
        MemberCommand::Add {
            name,
            tenant,
            role,
            default,
        } => {
            let change = PersonChange {
                tenant: Some(tenant),
                role: Some(role),
                is_default: default,
                disabled: None,
            };
            change_person(app, &name, change).await
        }
        MemberCommand::Remove { name, tenant } => {
            let user = app.user_named(&name).await?;
            app.remove_person(&Asker::Console, user, Some(&tenant))
                .await?;
            print(&app.person(&Asker::Console, user).await?);
            Ok(())
        }
    }
}

async fn set_disabled(app: &App, name: &str, disabled: bool) -> anyhow::Result<()> {
    let change = PersonChange {
        disabled: Some(disabled),
        ..PersonChange::default()
    };
    change_person(app, name, change).await
}

async fn change_person(app: &App, name: &str, change: PersonChange) -> anyhow::Result<()> {
    let user = app.user_named(name).await?;
    print(&app.change_person(&Asker::Console, user, change).await?);
    Ok(())
}

/// One line a user: the name, what they are where, and what is special.
fn print(shown: &PersonShown) {
    let places: Vec<_> = shown
        .places
        .iter()
        .map(|place| format!("{} of {}", place.role, place.slug))
        .collect();
    let person = &shown.person;
    let mut line = format!("{}\t{}", person.username, places.join(", "));
    if person.disabled {
        line.push_str("\tdisabled");
    }
    if person.has_second_factor {
        line.push_str("\tsecond factor");
    }
    println!("{line}");
}
