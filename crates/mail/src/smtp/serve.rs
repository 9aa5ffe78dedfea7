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

/// Clients that are told to come again at the same time; more are not even told.
const MOST_TURNED_AWAY: usize = 16;

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
    /// Messages that are read or taken at the same time at most: each of them is held in memory. Who has another one waits.
    pub most_messages: usize,
    /// How long it waits for a command, for a message, or for what it says to be read.
    pub patience: Duration,
    /// How long a conversation may last.
    pub longest: Duration,
}

/// Takes messages until the future is dropped.
pub async fn serve(listener: TcpListener, options: IntakeOptions, intake: Arc<dyn Intake>) {
    let room = Arc::new(Semaphore::new(options.most_connections));
    let door = Arc::new(Semaphore::new(MOST_TURNED_AWAY));
    let desk = Arc::new(Semaphore::new(options.most_messages));
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
            // Where too many press, the connection is closed without a word.
            if let Ok(place) = Arc::clone(&door).try_acquire_owned() {
                conversations.spawn(async move {
                    let _place = place;
                    let _ = turn_away(socket).await;
                });
            }
            continue;
        };
        let (options, intake, desk) = (options.clone(), Arc::clone(&intake), Arc::clone(&desk));
        conversations.spawn(async move {
            let _place = place;
            let conversation = converse(socket, &options, &desk, intake.as_ref());
            match timeout(options.longest, conversation).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, %peer, "a mail server went away"),
                Err(_) => tracing::info!(%peer, "a mail server talked for too long"),
            }
        });
    }
}

async fn turn_away(mut socket: TcpStream) -> io::Result<()> {
    let wait = Duration::from_secs(5);
    say(&mut socket, wait, "421 4.3.2 busy; come again").await
}

async fn converse(
    socket: TcpStream,
    options: &IntakeOptions,
    desk: &Semaphore,
    intake: &dyn Intake,
) -> io::Result<()> {
    let patience = options.patience;
    let mut stream = BufReader::new(socket);
    let mut session = Session::new(&options.name, options.most_bytes, options.most_recipients);
    say(stream.get_mut(), patience, &session.greeting()).await?;
    loop {
        let Ok(read) = timeout(patience, lines::command(&mut stream)).await else {
            return say(
                stream.get_mut(),
                patience,
                "421 4.4.2 nothing was said for too long",
            )
            .await;
        };
        let line = match read? {
            Read::Whole(line) => line,
            Read::TooLong => {
                say(stream.get_mut(), patience, "500 5.5.2 the line is too long").await?;
                continue;
            }
            // A proxy, or somebody who smuggles.
            Read::Ambiguous => {
                return say(stream.get_mut(), patience, "500 5.5.2 lines end with CR LF").await;
            }
            Read::Gone => return Ok(()),
        };
        let mut step = session.command(&line);
        if let Step::Ask(address) = step {
            let taken = intake.recipient(&address).await;
            step = session.recipient(address, taken);
        }
        match step {
            Step::Say(text) => say(stream.get_mut(), patience, &text).await?,
            Step::Part(text) => return say(stream.get_mut(), patience, &text).await,
            Step::Ask(_) => return Ok(()),
            Step::Read(envelope) => {
                let Ok(Ok(_place)) = timeout(patience, desk.acquire()).await else {
                    session.reset();
                    let busy = "452 4.3.1 too many messages at once; come again";
                    say(stream.get_mut(), patience, busy).await?;
                    continue;
                };
                say(
                    stream.get_mut(),
                    patience,
                    "354 end with a dot on a line of its own",
                )
                .await?;
                let reading = lines::message(&mut stream, options.most_bytes);
                let Ok(read) = timeout(patience, reading).await else {
                    return say(
                        stream.get_mut(),
                        patience,
                        "421 4.4.2 the message took too long",
                    )
                    .await;
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
                say(stream.get_mut(), patience, &answer).await?;
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

/// Says something, to somebody who listens.
async fn say(socket: &mut TcpStream, patience: Duration, text: &str) -> io::Result<()> {
    let line = format!("{text}\r\n");
    let said = async {
        socket.write_all(line.as_bytes()).await?;
        socket.flush().await
    };
    timeout(patience, said)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncBufReadExt as _;
    use tokio::net::tcp::OwnedWriteHalf;
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    /// Takes a message when it is told to.
    #[derive(Default)]
    struct Slow {
        began: Notify,
        may_end: Notify,
    }

    #[async_trait]
    impl Intake for Slow {
        async fn recipient(&self, _: &EmailAddress) -> Result<(), String> {
            Ok(())
        }

        async fn take(&self, _: Envelope, _: Vec<u8>) -> Verdict {
            self.began.notify_one();
            self.may_end.notified().await;
            Verdict::Accepted("taken".to_owned())
        }
    }

    struct House {
        address: std::net::SocketAddr,
        intake: Arc<Slow>,
        serving: JoinHandle<()>,
    }

    async fn house(patience: Duration) -> House {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let intake = Arc::<Slow>::default();
        let options = IntakeOptions {
            name: "fax.example.com".to_owned(),
            most_bytes: 1000,
            most_recipients: 2,
            most_connections: 2,
            most_messages: 1,
            patience,
            longest: Duration::from_secs(3600),
        };
        let serving = tokio::spawn(serve(listener, options, Arc::clone(&intake) as _));
        House {
            address,
            intake,
            serving,
        }
    }

    impl House {
        async fn call(
            &self,
        ) -> (
            tokio::io::Lines<impl tokio::io::AsyncBufRead + Unpin>,
            OwnedWriteHalf,
        ) {
            let (read, write) = TcpStream::connect(self.address).await.unwrap().into_split();
            (BufReader::new(read).lines(), write)
        }
    }

    #[tokio::test]
    async fn whoever_does_not_read_what_is_said_is_left() {
        let house = house(Duration::from_millis(100)).await;
        // Both places are taken by clients that talk and do not listen.
        let mut deaf = Vec::new();
        for _ in 0..2 {
            let mut socket = TcpStream::connect(house.address).await.unwrap();
            let noops = b"NOOP\r\n".repeat(10_000);
            deaf.push(tokio::spawn(async move {
                while socket.write_all(&noops).await.is_ok() {}
            }));
        }
        for one in deaf {
            one.await.unwrap();
        }
        // There is room again, as soon as it is seen that they are gone.
        loop {
            let (mut said, _write) = house.call().await;
            if let Ok(Some(line)) = said.next_line().await
                && line.starts_with("220")
            {
                break;
            }
        }
        house.serving.abort();
    }

    #[tokio::test]
    async fn no_more_messages_are_read_than_there_is_room_for() {
        let house = house(Duration::from_millis(300)).await;
        let ask = "EHLO mx\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<1@x.example>\r\nDATA\r\n";
        let (mut first, mut write) = house.call().await;
        let message = format!("{ask}Subject: x\r\n\r\nx\r\n.\r\n");
        write.write_all(message.as_bytes()).await.unwrap();
        house.intake.began.notified().await;
        let (mut second, mut other) = house.call().await;
        other.write_all(ask.as_bytes()).await.unwrap();
        other.write_all(b"QUIT\r\n").await.unwrap();
        let mut told = Vec::new();
        while let Ok(Some(line)) = second.next_line().await {
            told.push(line);
        }
        let [.., busy, bye] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert!(
            busy.starts_with("452") && bye.starts_with("221"),
            "{told:?}"
        );
        // The first has its answer when it is there.
        house.intake.may_end.notify_one();
        loop {
            let line = first.next_line().await.unwrap().unwrap();
            if line.starts_with("250 2.0.0 taken") {
                break;
            }
        }
        house.serving.abort();
    }
}
