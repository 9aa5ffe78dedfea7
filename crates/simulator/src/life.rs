//! The end of a switch and its next beginning.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::api;
use crate::switch::{Life, Switch};

/// A client that does not read its farewell does not keep the switch longer than this.
const FAREWELL: Duration = Duration::from_secs(1);

/// How a switch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// `fsctl shutdown`: calls end with `SYSTEM_SHUTDOWN`, code 49 and their CDRs.
    Graceful,
    /// `fsctl shutdown elegant`: calls run to their own end.
    Elegant,
    /// `kill -9`: everything stops where it is.
    Kill,
}

impl End {
    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "graceful" => Some(Self::Graceful),
            "elegant" => Some(Self::Elegant),
            "kill" => Some(Self::Kill),
            _ => None,
        }
    }
}

/// Ends the switch and starts it again, on the same address. Returns once it is up.
pub(crate) async fn restart(switch: &Arc<Switch>, how: End, keep_cdrs: bool) -> io::Result<()> {
    let _one_at_a_time = switch.restarts.lock().await;
    end(switch, how, keep_cdrs).await?;
    begin(switch).await;
    Ok(())
}

/// Ends the switch; nothing listens until [`start`].
pub(crate) async fn stop(switch: &Arc<Switch>, how: End, keep_cdrs: bool) -> io::Result<()> {
    let _one_at_a_time = switch.restarts.lock().await;
    end(switch, how, keep_cdrs).await
}

/// Starts the switch again; one that runs goes on.
pub(crate) async fn start(switch: &Arc<Switch>) {
    let _one_at_a_time = switch.restarts.lock().await;
    if switch.links.borrow().life == Life::Away {
        begin(switch).await;
    }
}

/// `fsctl shutdown`, for good.
pub(crate) async fn shut_down(switch: &Arc<Switch>) {
    if switch.links.borrow().life != Life::Away {
        api::shut_down(switch, false);
        down(switch).await;
        farewell(switch).await;
    }
    switch.kill().await;
}

async fn end(switch: &Arc<Switch>, how: End, keep_cdrs: bool) -> io::Result<()> {
    if how != End::Kill && switch.links.borrow().life != Life::Away {
        switch.links.send_modify(|links| links.restarting = true);
        api::shut_down(switch, how == End::Elegant);
        down(switch).await;
        farewell(switch).await;
    }
    // Connections first: a command that one of them still carries out must not outlive the switch.
    switch.go_away();
    while switch.bus.has_listeners() || *switch.listening.borrow() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    switch.kill().await;
    if !keep_cdrs {
        lose_cdrs(switch).await?;
    }
    Ok(())
}

async fn begin(switch: &Switch) {
    switch.begin_again();
    let mut listening = switch.listening.subscribe();
    let _ = listening.wait_for(|listening| *listening).await;
}

async fn down(switch: &Switch) {
    let mut links = switch.links.subscribe();
    let _ = links.wait_for(|links| links.life == Life::Down).await;
}

/// Lets connections take their notice.
async fn farewell(switch: &Switch) {
    let gone = async {
        while switch.bus.has_listeners() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(FAREWELL, gone).await;
}

async fn lose_cdrs(switch: &Switch) -> io::Result<()> {
    let mut lost = switch.take_cdrs_elsewhere();
    let mut files = tokio::fs::read_dir(switch.options.spool.join("cdr")).await?;
    while let Some(file) = files.next_entry().await? {
        if file.file_name().to_string_lossy().ends_with(".cdr.json") {
            lost.insert(file.path());
        }
    }
    for path in lost {
        match tokio::fs::remove_file(&path).await {
            // Whoever reads CDRs deletes them.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
