//! The control channel: faults by command. One command a line, one line in answer.

mod command;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use self::command::{Command, HELP};
use crate::life;
use crate::switch::{Switch, lock};

/// A longer line ends its connection.
const MAX_LINE: u64 = 4096;

/// Accepts connections until the task is stopped.
pub(crate) async fn serve(switch: Arc<Switch>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let switch = Arc::clone(&switch);
                    connections.spawn(async move {
                        if let Err(error) = converse(&switch, stream).await {
                            tracing::debug!(%error, "a control connection broke");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no control connection can be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(switch: &Arc<Switch>, mut stream: TcpStream) -> std::io::Result<()> {
    let (input, mut output) = stream.split();
    let mut input = BufReader::new(input);
    loop {
        let mut line = String::new();
        let read = (&mut input).take(MAX_LINE).read_line(&mut line).await?;
        if read == 0 || !line.ends_with('\n') {
            return Ok(());
        }
        let answer = carry_out(switch, &line).await;
        output.write_all(format!("{answer}\n").as_bytes()).await?;
    }
}

/// Carries a command out; the answer is `ok`, `ok` and something, or `error` and why, on one line.
pub(crate) async fn carry_out(switch: &Arc<Switch>, line: &str) -> String {
    let command = match line.parse() {
        Ok(command) => command,
        Err(reason) => return format!("error {reason}"),
    };
    match command {
        Command::Restart { how, keep_cdrs } => {
            return match life::restart(switch, how, keep_cdrs).await {
                Ok(()) => format!("ok {}", switch.core().uuid),
                Err(error) => format!("error {error}"),
            };
        }
        Command::Stop { how, keep_cdrs } => {
            if let Err(error) = life::stop(switch, how, keep_cdrs).await {
                return format!("error {error}");
            }
        }
        Command::Start => {
            life::start(switch).await;
            return format!("ok {}", switch.core().uuid);
        }
        Command::Status => return format!("ok {}", status(switch)),
        Command::Help => return format!("ok {HELP}"),
        other => at_once(switch, other),
    }
    "ok".to_owned()
}

fn at_once(switch: &Arc<Switch>, command: Command) {
    let faults = &switch.faults;
    match command {
        Command::Cut => switch.close_links(true),
        Command::Close => switch.close_links(false),
        Command::HalfOpen => switch.freeze(),
        Command::Stall(None) => {
            switch.stall();
        }
        Command::Stall(Some(time)) => stall_for(switch, time),
        Command::Pause { inbound, outbound } => {
            let mut limits = lock(&switch.limits);
            limits.paused_inbound |= inbound;
            limits.paused_outbound |= outbound;
        }
        Command::SlowReply(delay) => faults.slow_reply(delay),
        Command::LoseEvents(next) => faults.lose_events(next),
        Command::RepeatEvents(next) => faults.repeat_events(next),
        Command::LoseReply(next) => faults.lose_replies(next),
        Command::DiskFull(full) => faults.fill_disk(full),
        Command::Gateway { name, down } => switch.set_gateway_down(&name, down),
        Command::Resume => switch.resume(),
        Command::Clear => {
            faults.clear();
            switch.resume();
        }
        Command::TornCdrs(next) => faults.tear_cdrs(next),
        Command::Restart { .. }
        | Command::Stop { .. }
        | Command::Start
        | Command::Status
        | Command::Help => {}
    }
}

/// Stalls, and goes on by itself unless something else has happened meanwhile.
pub(crate) fn stall_for(switch: &Arc<Switch>, time: Duration) {
    let stall = switch.stall();
    let on = Arc::clone(switch);
    // Not a task of the switch: a restart ends the stall, too, and this finds that out.
    switch.hook.spawn(async move {
        tokio::time::sleep(time).await;
        on.end_stall(stall);
    });
}

fn status(switch: &Switch) -> serde_json::Value {
    let (placed, ended) = switch.log.counts();
    serde_json::json!({
        "core_uuid": switch.core().uuid,
        "channels": switch.sessions().len(),
        "placed": placed,
        "ended": ended,
        "connections": switch.bus.count(),
    })
}
