//! Accepting connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::connection::Connection;
use crate::api;
use crate::switch::{Kind, Switch};

/// Accepts connections until the task is stopped; they are tasks of their own.
pub(crate) async fn serve(switch: Arc<Switch>, listener: TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    let mut beat = tokio::time::interval(switch.options.heartbeat.max(Duration::from_millis(10)));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    beat.reset();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let switch = Arc::clone(&switch);
                    connections.spawn(async move { Connection::run(switch, stream).await });
                }
                Err(error) => {
                    // Out of file handles, most likely: leave the others some time to close theirs.
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            _ = beat.tick() => heartbeat(&switch),
            Some(_) = connections.join_next() => {}
        }
    }
}

/// `HEARTBEAT`, every 20 s.
fn heartbeat(switch: &Switch) {
    const HEARTBEAT: Kind = Kind::new("HEARTBEAT", "switch_core.c", "send_heartbeat", 95);
    switch.publish(&HEARTBEAT, switch.now(), api::health(switch), None);
}
