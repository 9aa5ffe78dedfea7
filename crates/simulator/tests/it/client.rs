//! A client of raw bytes.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A packet: its headers as written, its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Packet {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        line(&self.head, name)
    }

    pub(crate) fn content_type(&self) -> &str {
        self.header("Content-Type").unwrap_or_default()
    }

    /// The event inside, when it is one in plain format.
    pub(crate) fn event(&self) -> Option<Event> {
        (self.content_type() == "text/event-plain").then(|| Event::parse(&self.body))
    }
}

fn line<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// An event: names and decoded values in order, and the body.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Event {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap();
        let decode = |value: &str| percent_decode(value);
        let headers = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(n, v)| (n.to_owned(), decode(v)));
        Self {
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// `CHANNEL_CREATE`, or `CUSTOM`'s subclass.
    pub(crate) fn kind(&self) -> &str {
        self.get("Event-Subclass")
            .or(self.get("Event-Name"))
            .unwrap()
    }

    /// Whose event it is: the channel's UUID, or the one in the body of a job.
    pub(crate) fn uuid(&self) -> &str {
        self.get("Unique-ID").unwrap_or_default()
    }
}

pub(crate) fn percent_decode(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        let hex = (first == b'%')
            .then(|| more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Cuts packets off a recording or a buffer; `None` when the next one is not complete.
pub(crate) fn take_packet(bytes: &mut Vec<u8>) -> Option<Packet> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")? + 2;
    let head = String::from_utf8_lossy(&bytes[..end - 2]).into_owned();
    let length: usize = line(&head, "Content-Length").map_or(0, |length| length.parse().unwrap());
    let body = bytes.get(end..end + length)?;
    let body = String::from_utf8_lossy(body).into_owned();
    bytes.drain(..end + length);
    Some(Packet { head, body })
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects and takes the greeting.
    pub(crate) async fn connect(address: std::net::SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut client = Self {
            stream,
            buffer: Vec::new(),
        };
        let greeting = client.packet().await;
        assert_eq!(greeting.content_type(), "auth/request");
        client
    }

    /// Connects and authenticates.
    pub(crate) async fn authorised(address: std::net::SocketAddr) -> Self {
        let mut client = Self::connect(address).await;
        assert_eq!(client.command("auth ClueCon").await, "+OK accepted");
        client
    }

    /// Connects and subscribes to everything.
    pub(crate) async fn listening(address: std::net::SocketAddr) -> Self {
        let mut client = Self::authorised(address).await;
        client.command("event plain ALL").await;
        client
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next packet; panics at the end of the stream.
    pub(crate) async fn packet(&mut self) -> Packet {
        self.next().await.expect("the connection ended")
    }

    /// The next packet, `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = take_packet(&mut self.buffer) {
                return Some(packet);
            }
            let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer));
            match read.await.expect("nothing came") {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Whether anything has come by now.
    pub(crate) fn has_something(&mut self) -> bool {
        !self.buffer.is_empty() || self.stream.try_read_buf(&mut self.buffer).is_ok()
    }

    /// The next packet that is no event.
    pub(crate) async fn reply(&mut self) -> Packet {
        loop {
            let packet = self.packet().await;
            if !packet.content_type().starts_with("text/event") {
                return packet;
            }
        }
    }

    /// Sends a command; the text of its reply, or its body.
    pub(crate) async fn command(&mut self, command: &str) -> String {
        self.write(format!("{command}\n\n").as_bytes()).await;
        let reply = self.reply().await;
        reply
            .header("Reply-Text")
            .map_or_else(|| reply.body.clone(), ToOwned::to_owned)
    }

    /// The next event that is no heartbeat; replies in between are dropped.
    pub(crate) async fn event(&mut self) -> Event {
        let next = async {
            loop {
                if let Some(event) = self.packet().await.event()
                    && event.kind() != "HEARTBEAT"
                {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .expect("no event came")
    }

    /// Events up to and with the first that fits.
    pub(crate) async fn events_until(&mut self, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.event().await;
            let last = fits(&event);
            events.push(event);
            if last {
                return events;
            }
        }
    }

    /// Everything until the other side closes.
    pub(crate) async fn rest(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        while let Some(packet) = self.next().await {
            packets.push(packet);
        }
        packets
    }
}
