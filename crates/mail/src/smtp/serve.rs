//! The sockets of the intake.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use faxgate_types::EmailAddress;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::lines::{self, Read};
use super::session::{Envelope, Session, Step};
use crate::clean::one_line;

/// What became of a message. The texts are said to the mail server, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken, durably.
    Accepted(String),
    /// It never will be.
    Refused(String),
    /// Not now: the mail server keeps it and comes again.
    Later(String),
}

/// Who takes the messages.
#[async_trait]
pub trait Intake: Send + Sync + 'static {
    /// Whether mail for this address is taken at all; else why not.
    async fn recipient(&self, address: &EmailAddress) -> Result<(), String>;

    /// Takes a message.
    async fn take(&self, envelope: Envelope, message: Vec<u8>) -> Verdict;
}

/// How the intake behaves.
#[derive(Clone, Debug)]
pub struct IntakeOptions {
    /// What it calls itself: a domain.
    pub name: String,
    /// Bytes of a message at most.
    pub most_bytes: usize,
    /// Recipients of a message at most.
    pub most_recipients: usize,
    /// Conversations at the same time at most.
    pub most_connections: usize,
    /// How long it waits for a command, or for a message.
    pub patience: Duration,
}

/// Takes messages until the future is dropped.
pub async fn serve(listener: TcpListener, options: IntakeOptions, intake: Arc<dyn Intake>) {
    let room = Arc::new(Semaphore::new(options.most_connections));
    let mut conversations = JoinSet::new();
    loop {
        while conversations.try_join_next().is_some() {}
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection to the mail intake can be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            conversations.spawn(async move {
                let _ = timeout(Duration::from_secs(5), turn_away(socket)).await;
            });
            continue;
        };
        let (options, intake) = (options.clone(), Arc::clone(&intake));
        conversations.spawn(async move {
            let _place = place;
            if let Err(error) = converse(socket, &options, intake.as_ref()).await {
                tracing::debug!(%error, %peer, "a mail server went away");
            }
        });
    }
}

async fn turn_away(mut socket: TcpStream) -> io::Result<()> {
    say(&mut socket, "421 4.3.2 busy; come again").await
}

async fn converse(
    socket: TcpStream,
    options: &IntakeOptions,
    intake: &dyn Intake,
) -> io::Result<()> {
    let mut stream = BufReader::new(socket);
    let mut session = Session::new(&options.name, options.most_bytes, options.most_recipients);
    say(stream.get_mut(), &session.greeting()).await?;
    loop {
        let Ok(read) = timeout(options.patience, lines::command(&mut stream)).await else {
            return say(stream.get_mut(), "421 4.4.2 nothing was said for too long").await;
        };
        let line = match read? {
            Read::Whole(line) => line,
            Read::TooLong => {
                say(stream.get_mut(), "500 5.5.2 the line is too long").await?;
                continue;
            }
            // A proxy, or somebody who smuggles.
            Read::Ambiguous => {
                return say(stream.get_mut(), "500 5.5.2 lines end with CR LF").await;
            }
            Read::Gone => return Ok(()),
        };
        let mut step = session.command(&line);
        if let Step::Ask(address) = step {
            let taken = intake.recipient(&address).await;
            step = session.recipient(address, taken);
        }
        match step {
            Step::Say(text) => say(stream.get_mut(), &text).await?,
            Step::Part(text) => return say(stream.get_mut(), &text).await,
            Step::Ask(_) => return Ok(()),
            Step::Read(envelope) => {
                say(stream.get_mut(), "354 end with a dot on a line of its own").await?;
                let reading = lines::message(&mut stream, options.most_bytes);
                let Ok(read) = timeout(options.patience, reading).await else {
                    return say(stream.get_mut(), "421 4.4.2 the message took too long").await;
                };
                let answer = match read? {
                    Read::Whole(message) => answer(intake.take(envelope, message).await),
                    Read::TooLong => {
                        format!("552 5.3.4 at most {} bytes are taken", options.most_bytes)
                    }
                    Read::Ambiguous => "550 5.6.0 lines must end with CR LF".to_owned(),
                    Read::Gone => return Ok(()),
                };
                session.reset();
                say(stream.get_mut(), &answer).await?;
            }
        }
    }
}

fn answer(verdict: Verdict) -> String {
    match verdict {
        Verdict::Accepted(text) => format!("250 2.0.0 {}", one_line(&text, 300)),
        Verdict::Refused(text) => format!("550 5.7.1 {}", one_line(&text, 300)),
        Verdict::Later(text) => format!("451 4.3.0 {}", one_line(&text, 300)),
    }
}

async fn say(socket: &mut TcpStream, text: &str) -> io::Result<()> {
    socket.write_all(format!("{text}\r\n").as_bytes()).await?;
    socket.flush().await
}
