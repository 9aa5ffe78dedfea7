//! Mail: from settings to what runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use faxgate_config::{MailSecurity, Settings};
use faxgate_core::{App, MailDoor, MailIntake, MailOut, MailSettings};
use faxgate_mail::{IntakeOptions, Limits, RelayConfig, Security};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Recipients of one message at most.
const MOST_RECIPIENTS: usize = 100;
/// Mail servers that talk to the intake at the same time at most.
const MOST_CONNECTIONS: usize = 16;
/// Messages that they hand over at the same time at most: each is held in memory, and its documents beside it.
const MOST_MESSAGES: usize = 4;
/// How long one of them may talk.
const LONGEST: Duration = Duration::from_secs(1800);
/// How long the intake waits for a command (RFC 5321, 4.5.3.2.7).
const PATIENCE: Duration = Duration::from_secs(300);

/// What the use cases are told.
pub(crate) fn settings(settings: &Settings) -> anyhow::Result<MailSettings> {
    let mail = &settings.mail;
    let out = match mail.smtp_host.clone().zip(mail.from.clone()) {
        Some((host, from)) => {
            let certificate = match &mail.smtp_certificate {
                Some(path) => Some(
                    std::fs::read(path)
                        .with_context(|| format!("mail.smtp_certificate: {}", path.display()))?,
                ),
                None => None,
            };
            let days = u64::from(mail.link_days.get().unwrap_or(1));
            Some(MailOut {
                relay: RelayConfig {
                    host,
                    port: mail.smtp_port,
                    security: match mail.smtp_security {
                        MailSecurity::StartTls => Security::StartTls,
                        MailSecurity::Tls => Security::Tls,
                        MailSecurity::None => Security::None,
                    },
                    credentials: mail.smtp_username.clone().zip(mail.smtp_password.clone()),
                    hello: from.domain().to_owned(),
                    certificate,
                    timeout: mail.smtp_timeout_seconds.as_duration(),
                },
                retry: mail
                    .retry_seconds
                    .iter()
                    .map(|wait| wait.as_duration())
                    .collect(),
                attach_most_bytes: mail.attach_limit_bytes,
                links_last: Duration::from_secs(days * 24 * 3600),
                from,
            })
        }
        None => None,
    };
    let used = mail.intake_maildir.is_some() || mail.intake_listen.is_some();
    let intake = mail.intake_domain.clone().filter(|_| used);
    let public_url = settings.server.public_url.as_ref();
    Ok(MailSettings {
        out,
        intake: intake.map(|domain| MailIntake {
            domain: domain.to_ascii_lowercase(),
            maildir: mail.intake_maildir.clone(),
            limits: limits(settings),
            vouched_by: mail.intake_vouched_by.clone(),
            sends_an_hour: settings.rate_limits.send.get(),
        }),
        public_url: public_url.map(|url| url.as_str().trim_end_matches('/').to_owned()),
    })
}

fn limits(settings: &Settings) -> Limits {
    let mail = &settings.mail;
    Limits {
        bytes: usize::try_from(mail.intake_limit_bytes).unwrap_or(usize::MAX),
        documents: mail.intake_max_documents as usize,
    }
}

/// Starts the post, the look into the maildir, and the SMTP intake if there is one.
pub(crate) async fn start(
    settings: &Settings,
    app: &App,
    stopping: &watch::Receiver<bool>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let (post, told) = (app.clone(), stopping.clone());
    let mut tasks = vec![tokio::spawn(async move {
        let run = || {
            let (post, told) = (post.clone(), told.clone());
            async move { post.run_mail(told).await }
        };
        post.supervise("mail", run).await;
    })];
    if let Some((address, domain)) = settings
        .mail
        .intake_listen
        .zip(settings.mail.intake_domain.clone())
    {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("the mail intake cannot listen on {address}"))?;
        let intake = listener.local_addr()?;
        tracing::info!(%intake, "mail to fax is taken at {intake}, by SMTP");
        let options = IntakeOptions {
            name: domain,
            most_bytes: limits(settings).bytes,
            most_recipients: MOST_RECIPIENTS,
            most_connections: MOST_CONNECTIONS,
            most_messages: MOST_MESSAGES,
            patience: PATIENCE,
            longest: LONGEST,
        };
        let door = Arc::new(MailDoor(app.clone()));
        let mut told = stopping.clone();
        tasks.push(tokio::spawn(async move {
            tokio::select! {
                () = faxgate_mail::serve(listener, options, door) => {}
                // A message in hand is not answered: the mail server comes again with it.
                _ = told.wait_for(|stop| *stop) => {}
            }
        }));
    }
    Ok(tasks)
}
