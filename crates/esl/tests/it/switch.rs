//! A switch on a real socket: several connections, events to those that subscribed, and it can be stopped and
//! started again under another core UUID.

use std::net::SocketAddr;

use faxgate_esl::{ConnectOptions, Credentials};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::peer::Peer;

/// A running switch; stopping it closes its port and all its connections.
pub(crate) struct Switch {
    pub(crate) address: SocketAddr,
    events: broadcast::Sender<String>,
    commands: mpsc::UnboundedReceiver<String>,
    tasks: JoinSet<()>,
}

#[derive(Clone)]
struct Behaviour {
    core_uuid: Uuid,
    password_is_wrong: bool,
    events: broadcast::Sender<String>,
    commands: mpsc::UnboundedSender<String>,
}

impl Switch {
    /// Starts on a free port, or again on the one it had.
    pub(crate) fn start(address: Option<SocketAddr>, core_uuid: Uuid) -> Self {
        Self::begin(address, core_uuid, false)
    }

    pub(crate) fn start_refusing(address: Option<SocketAddr>) -> Self {
        Self::begin(address, Uuid::nil(), true)
    }

    fn begin(address: Option<SocketAddr>, core_uuid: Uuid, password_is_wrong: bool) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(address.unwrap_or(any)).unwrap();
        let listener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let (events, _) = broadcast::channel(1024);
        let (commands, received) = mpsc::unbounded_channel();
        let behaviour = Behaviour {
            core_uuid,
            password_is_wrong,
            events: events.clone(),
            commands,
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, behaviour));
        Self {
            address,
            events,
            commands: received,
            tasks,
        }
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let credentials = Credentials::password("ClueCon").unwrap();
        ConnectOptions::new("127.0.0.1", self.address.port(), credentials)
    }

    /// Sends an event to whoever has subscribed.
    pub(crate) fn emit(&self, sequence: usize) {
        let text = format!("Event-Name: HEARTBEAT\nEvent-Sequence: {sequence}\n\n");
        self.events.send(text).unwrap();
    }

    /// Stops without a word, and returns once the port is free.
    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }

    /// The next command from any connection that is neither a login, nor a question for the core's UUID.
    pub(crate) async fn command(&mut self) -> String {
        self.commands.recv().await.unwrap()
    }
}

async fn accept(listener: TcpListener, behaviour: Behaviour) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(Peer::new(stream), behaviour.clone()));
    }
}

async fn serve(mut peer: Peer<TcpStream>, behaviour: Behaviour) {
    if behaviour.password_is_wrong {
        peer.send("Content-Type: auth/request\n\n").await;
        peer.command().await;
        peer.reply("-ERR invalid").await;
        return;
    }
    peer.log_in().await;
    let mut events = behaviour.events.subscribe();
    let mut subscribed = false;
    loop {
        let command = tokio::select! {
            command = peer.command() => command,
            event = events.recv(), if subscribed => {
                peer.event(&event.unwrap()).await;
                continue;
            }
        };
        let Some(command) = command else {
            return;
        };
        match command.as_str() {
            "api global_getvar core_uuid" => {
                peer.print(&behaviour.core_uuid.to_string()).await;
                continue;
            }
            "api hangs" => {
                let _ = behaviour.commands.send(command);
                continue;
            }
            "nolog" => peer.reply("-ERR not logging").await,
            _ if command.starts_with("event ") => {
                subscribed = true;
                peer.reply("+OK event listener enabled plain").await;
            }
            _ => peer.print("done").await,
        }
        let _ = behaviour.commands.send(command);
    }
}
