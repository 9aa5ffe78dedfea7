//! Handing messages to a mail server.

use std::time::Duration;

use faxgate_types::EmailAddress;
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
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
    /// It is too large for the server or the mailbox; a smaller one may be taken.
    #[error("{0}")]
    TooLarge(String),
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
    /// [`SendError::Never`] when the server refuses the recipient or the message with a 5xx, [`SendError::TooLarge`] when that is a 552;
    /// [`SendError::Later`] for everything else: 4xx, no connection, no answer in time, and what is not the message's fault but ours to
    /// set right: TLS, credentials, a sender that the server does not let us use, and refusals by its rules (5.7.x, RFC 3463).
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
                .parse::<Address>()
                .map_err(|error| SendError::Never(format!("{address}: {error}")))
        };
        let (from, to) = (address(from)?, address(to)?);
        let mut connection = self.open().await.map_err(|error| later(&error))?;
        let eight_bits =
            (!message.is_ascii()).then_some(MailParameter::Body(MailBodyParameter::EightBitMime));
        let mail = Mail::new(Some(from), eight_bits.into_iter().collect());
        connection
            .command(mail)
            .await
            .map_err(|error| later(&error))?;
        let answer = async {
            connection.command(Rcpt::new(to, Vec::new())).await?;
            connection.command(Data).await?;
            connection.message(message).await
        };
        let answer = answer.await.map_err(|error| verdict(&error))?;
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

/// What an answer to the recipient or to the message means. For good is only a 5xx that is about them: the server's wish for other
/// credentials or for TLS (RFC 4954, 6; RFC 3207, 4) is about us, and so are its rules (5.7.x: "relay access denied").
fn verdict(error: &SmtpError) -> SendError {
    let text = told(error);
    let code = error.status().map(u16::from);
    let about_us = matches!(code, Some(530 | 534 | 535 | 538)) || has_enhanced_code_5_7(&text);
    match (error.is_permanent() && !about_us, code) {
        (true, Some(552)) => SendError::TooLarge(text),
        (true, _) => SendError::Never(text),
        (false, _) => SendError::Later(text),
    }
}

/// Whether the answer has an enhanced code of security and policy (RFC 3463, 3.8).
fn has_enhanced_code_5_7(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let detail = word.strip_prefix("5.7.").unwrap_or_default();
        (1..=3).contains(&detail.len()) && detail.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// What a server says to the command that begins so; everything else it takes.
    async fn answered(command: &'static str, says: &'static str) -> Result<String, SendError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 mx.example.net\r\n").await.unwrap();
            let mut in_message = false;
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let said = line.trim_end().to_owned();
                line.clear();
                if in_message && said != "." {
                    continue;
                }
                in_message = !in_message && said == "DATA";
                let answer = match said.as_str() {
                    _ if said.starts_with(command) => says,
                    "DATA" => "354 go on",
                    _ => "250 2.0.0 fine",
                };
                let answer = format!("{answer}\r\n");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
        let relay = Relay::new(RelayConfig {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::None,
            credentials: None,
            hello: "gateway.example".to_owned(),
            certificate: None,
            timeout: Duration::from_secs(30),
        });
        let (from, to) = ("fax@gateway.example", "desk@clinic.example");
        let sent = relay
            .send(
                &from.parse().unwrap(),
                &to.parse().unwrap(),
                b"Subject: x\r\n\r\nx\r\n",
            )
            .await;
        server.abort();
        sent
    }

    #[tokio::test]
    async fn only_what_is_about_the_recipient_or_the_message_is_for_good() {
        assert_eq!(answered("QUIT", "221 bye").await.unwrap(), "250 2.0.0 fine");
        for (command, says) in [
            ("MAIL", "553 5.1.8 you do not own this sender"),
            ("MAIL", "550 no"),
            (
                "RCPT",
                "554 5.7.1 <desk@clinic.example>: Relay access denied",
            ),
            ("RCPT", "451 4.7.1 come again"),
            ("RCPT", "530 5.7.0 authentication required"),
            (".", "550 5.7.26 this mail is unauthenticated"),
        ] {
            let refused = answered(command, says).await;
            assert!(
                matches!(refused, Err(SendError::Later(_))),
                "{says}: {refused:?}"
            );
        }
        for (command, says) in [
            ("RCPT", "550 5.1.1 no such mailbox here"),
            (".", "554 5.6.0 no"),
        ] {
            let refused = answered(command, says).await;
            assert!(
                matches!(refused, Err(SendError::Never(_))),
                "{says}: {refused:?}"
            );
        }
        let refused = answered(".", "552 5.3.4 too large").await;
        assert!(
            matches!(refused, Err(SendError::TooLarge(_))),
            "{refused:?}"
        );
    }
}
