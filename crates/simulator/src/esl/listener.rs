//! Accepting connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::connection::Connection;
use crate::api;
use crate::switch::{Kind, Life, Switch};

/// Accepts connections until the task is stopped; they are tasks of their own. While the switch is away nothing listens.
pub(crate) async fn serve(switch: Arc<Switch>, listener: TcpListener) {
    let Ok(address) = listener.local_addr() else {
        return;
    };
    let mut listener = Some(listener);
    let mut links = switch.links.subscribe();
    let mut connections = tokio::task::JoinSet::new();
    let mut beat = tokio::time::interval(switch.options.heartbeat.max(Duration::from_millis(10)));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    beat.reset();
    loop {
        let away = links.borrow_and_update().life == Life::Away;
        if away {
            listener = None;
        } else if listener.is_none() {
            match TcpListener::bind(address).await {
                Ok(bound) => listener = Some(bound),
                Err(error) => rest("the switch cannot listen again", &error).await,
            }
        }
        switch.listening.send_replace(listener.is_some());
        tokio::select! {
            _ = links.changed() => {}
            accepted = accept(listener.as_ref()) => match accepted {
                Ok(stream) => {
                    let switch = Arc::clone(&switch);
                    connections.spawn(async move { Connection::run(switch, stream).await });
                }
                // Out of file handles, most likely: leave the others some time to close theirs.
                Err(error) => rest("no connection can be accepted", &error).await,
            },
            _ = beat.tick() => heartbeat(&switch),
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

async fn rest(trouble: &str, error: &io::Error) {
    tracing::warn!(%error, "{trouble}");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// `HEARTBEAT`, every 20 s.
fn heartbeat(switch: &Switch) {
    const HEARTBEAT: Kind = Kind::new("HEARTBEAT", "switch_core.c", "send_heartbeat", 95);
    if switch.links.borrow().life != Life::Away {
        switch.publish(&HEARTBEAT, switch.now(), api::health(switch), None);
    }
}
