//! Handing messages to a mail server.

use std::time::Duration;

use faxgate_types::EmailAddress;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use crate::clean::one_line;

/// How a connection is kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, or nothing is sent (port 587).
    StartTls,
    /// In the clear: for a server on this machine.
    None,
}

/// Which mail server takes our messages.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from being read.
    pub security: Security,
    /// User and password, if it wants them.
    pub credentials: Option<(String, SecretString)>,
    /// What we call ourselves (EHLO): a domain.
    pub hello: String,
    /// A certificate (PEM) to trust besides those of the system.
    pub certificate: Option<Vec<u8>>,
    /// How long one message may take in all.
    pub timeout: Duration,
}

/// A message was not taken. What the server said is in it: foreign text, on one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may be taken later.
    #[error("{0}")]
    Later(String),
    /// It never will: the server refuses it for good.
    #[error("{0}")]
    Never(String),
}

/// A mail server that takes our messages.
#[derive(Clone, Debug)]
pub struct Relay {
    config: RelayConfig,
}

impl Relay {
    /// A server as described; nothing is connected yet.
    #[must_use]
    pub fn new(config: RelayConfig) -> Self {
        Self { config }
    }

    /// Hands one message over; answers what the server said. A connection for each: notices are few, and a server that hangs keeps
    /// nothing else waiting.
    ///
    /// # Errors
    /// [`SendError::Never`] when the server refuses the message, its sender or its recipient with a 5xx; [`SendError::Later`] for
    /// everything else: 4xx, no connection, no answer in time, and trouble before the message came up (TLS, credentials), which is not
    /// the message's fault.
    pub async fn send(
        &self,
        from: &EmailAddress,
        to: &EmailAddress,
        message: &[u8],
    ) -> Result<String, SendError> {
        let sending = self.hand_over(from, to, message);
        match timeout(self.config.timeout, sending).await {
            Ok(result) => result,
            Err(_) => Err(SendError::Later(format!(
                "the mail server did not answer within {} s",
                self.config.timeout.as_secs()
            ))),
        }
    }

    async fn hand_over(
        &self,
        from: &EmailAddress,
        to: &EmailAddress,
        message: &[u8],
    ) -> Result<String, SendError> {
        let address = |address: &EmailAddress| {
            address
                .as_str()
                .parse()
                .map_err(|error| SendError::Never(format!("{address}: {error}")))
        };
        let envelope = Envelope::new(Some(address(from)?), vec![address(to)?])
            .map_err(|error| SendError::Never(error.to_string()))?;
        let mut connection = self.open().await.map_err(|error| later(&error))?;
        let answer = connection.send(&envelope, message).await;
        let answer = answer.map_err(|error| verdict(&error))?;
        // It is taken; whether they part politely is no matter.
        let _ = timeout(Duration::from_secs(1), connection.quit()).await;
        let lines: Vec<&str> = answer.message().collect();
        Ok(one_line(
            &format!("{} {}", answer.code(), lines.join(" ")),
            400,
        ))
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let config = &self.config;
        let hello = ClientId::Domain(config.hello.clone());
        let implicit = match config.security {
            Security::Tls => Some(self.tls()?),
            Security::StartTls | Security::None => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (config.host.as_str(), config.port),
            Some(config.timeout),
            &hello,
            implicit,
            None,
        )
        .await?;
        if config.security == Security::StartTls {
            connection.starttls(self.tls()?, &hello).await?;
        }
        if let Some((user, password)) = &config.credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, SmtpError> {
        let mut parameters = TlsParameters::builder(self.config.host.clone());
        if let Some(pem) = &self.config.certificate {
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem)?);
        }
        parameters.build_rustls()
    }
}

/// What went wrong, with its causes, on one line.
fn told(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    one_line(&text, 400)
}

fn later(error: &SmtpError) -> SendError {
    SendError::Later(told(error))
}

/// Only a 5xx to the message itself is for good; the server's wish for other credentials or for TLS (RFC 4954, 6; RFC 3207, 4) is not.
fn verdict(error: &SmtpError) -> SendError {
    let code = error.status().map(u16::from);
    let about_us = matches!(code, Some(530 | 534 | 535 | 538 | 454));
    match error.is_permanent() && !about_us {
        true => SendError::Never(told(error)),
        false => later(error),
    }
}
