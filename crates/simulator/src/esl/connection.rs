//! One connection: one command at a time, and events in between.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{mpsc, watch};

use super::commands::{self, Reply};
use super::request::{Packets, Request};
use super::subscription::Format;
use crate::bus::Listener;
use crate::event::Event;
use crate::switch::{Life, Links, Switch};

/// What a client is told at the end, as recorded.
const GOODBYE: &str = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";

/// One connection.
pub(super) struct Connection {
    switch: Arc<Switch>,
    listener: Arc<Listener>,
    events: mpsc::Receiver<Arc<Event>>,
    output: OwnedWriteHalf,
    links: watch::Receiver<Links>,
    authorised: bool,
}

/// Whether the connection goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Close,
}

impl Connection {
    /// Serves a client until one side ends it.
    pub(super) async fn run(switch: Arc<Switch>, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let (mut input, output) = stream.into_split();
        let links = switch.links.subscribe();
        // A connection belongs to one run of the switch.
        let generation = links.borrow().generation;
        let (listener, events) = switch.bus.join(switch.options.event_queue);
        let mut connection = Self {
            switch,
            listener,
            events,
            output,
            links,
            authorised: false,
        };
        let mut dropped = connection.links.clone();
        let reset = tokio::select! {
            biased;
            // A killed process says nothing and finishes nothing.
            closed = dropped.wait_for(|links| links.generation != generation) => {
                closed.is_ok_and(|links| links.reset)
            }
            ended = connection.serve(&mut input) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                false
            }
        };
        connection.switch.bus.leave(&connection.listener);
        if reset && connection.output.as_ref().set_zero_linger().is_ok() {
            // RST and no FIN: what is on its way is lost.
            connection.output.forget();
        }
    }

    async fn serve(&mut self, input: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        if self.switch.options.rude {
            let text = "Access Denied, go away.\n";
            return self.packet("text/rude-rejection", text).await;
        }
        if self.links.borrow().life == Life::Away {
            return Ok(());
        }
        self.send(b"Content-Type: auth/request\n\n").await?;
        let mut packets = Packets::default();
        let mut links = self.links.clone();
        loop {
            let now = *links.borrow_and_update();
            if now.life == Life::Away {
                return Ok(());
            }
            if now.hold(self.listener.id()) {
                let _ = links.changed().await;
                continue;
            }
            if now.life == Life::Down {
                while let Ok(event) = self.events.try_recv() {
                    self.event(&event).await?;
                }
                return self
                    .packet("text/disconnect-notice", "The system is being shut down.\n")
                    .await;
            }
            tokio::select! {
                biased;
                _ = links.changed() => {}
                () = self.listener.killed.notified() => {
                    let text = "killed listener because of lost events\n";
                    return self.packet("text/disconnect-notice", text).await;
                }
                Some(event) = self.events.recv() => self.event(&event).await?,
                request = packets.next(input) => {
                    let Some(request) = request? else { return Ok(()) };
                    if self.answer(&request).await? == Then::Close {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn answer(&mut self, request: &Request) -> io::Result<Then> {
        if !self.authorised {
            return self.authorise(request).await;
        }
        let reply = commands::run(&self.switch, &self.listener, request).await;
        let faults = &self.switch.faults;
        let delay = faults.reply_delay();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if faults.loses_reply(&request.text) {
            // The calls go on; this connection never says anything again, for whatever came next would be taken for
            // the answer.
            drop(reply);
            return std::future::pending().await;
        }
        match reply {
            Reply::Command(text) => self.command_reply(&text, "").await?,
            Reply::Job(uuid) => {
                self.command_reply(
                    &format!("+OK Job-UUID: {uuid}"),
                    &format!("Job-UUID: {uuid}\n"),
                )
                .await?
            }
            Reply::Api(reply) => {
                if reply.body.is_empty() {
                    self.command_reply("-ERR no reply", "").await?;
                } else {
                    self.packet("api/response", &reply.body).await?;
                }
                drop(reply.gate);
            }
            Reply::Reload(body) => {
                self.packet("api/response", &body).await?;
                // The module goes and comes back: every connection is lost, the calls are not.
                self.switch.close_links(false);
                return Ok(Then::Close);
            }
            Reply::Bye => {
                self.command_reply("+OK bye", "").await?;
                self.packet("text/disconnect-notice", GOODBYE).await?;
                return Ok(Then::Close);
            }
        }
        Ok(Then::GoOn)
    }

    async fn authorise(&mut self, request: &Request) -> io::Result<Then> {
        let command = request.command();
        if command
            .get(..4)
            .is_some_and(|word| word.eq_ignore_ascii_case("exit"))
        {
            self.command_reply("+OK bye", "").await?;
        } else {
            match command.strip_prefix("auth ") {
                None => {
                    self.command_reply("-ERR command not found", "").await?;
                    return Ok(Then::GoOn);
                }
                Some(password) if password == self.switch.options.password => {
                    self.authorised = true;
                    self.command_reply("+OK accepted", "").await?;
                    return Ok(Then::GoOn);
                }
                Some(_) => self.command_reply("-ERR invalid", "").await?,
            }
        }
        self.packet("text/disconnect-notice", GOODBYE).await?;
        Ok(Then::Close)
    }

    async fn event(&mut self, event: &Event) -> io::Result<()> {
        let format = self.listener.subscription().format;
        let bytes = match format {
            Format::Json => event.json(),
            Format::Plain | Format::Xml => event.plain(),
        };
        self.send(&bytes).await
    }

    async fn command_reply(&mut self, text: &str, more: &str) -> io::Result<()> {
        let reply = format!("Content-Type: command/reply\nReply-Text: {text}\n{more}\n");
        self.send(reply.as_bytes()).await
    }

    async fn packet(&mut self, content_type: &str, body: &str) -> io::Result<()> {
        let packet = format!(
            "Content-Type: {content_type}\nContent-Length: {}\n\n{body}",
            body.len()
        );
        self.send(packet.as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let id = self.listener.id();
        // Held in the middle of a command: what it says waits.
        let _ = self.links.clone().wait_for(|links| !links.hold(id)).await;
        self.output.write_all(bytes).await
    }
}
