//! The simulator as an embedding program holds it.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::call_log::{Call, CallLog};
use crate::error::Error;
use crate::esl;
use crate::number::Line;
use crate::options::Options;
use crate::switch::{Life, Switch};

/// A running simulator. Dropped, it is gone at once, as if killed; [`Simulator::shutdown`] is the polite way.
#[derive(Debug)]
pub struct Simulator {
    switch: Arc<Switch>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Makes the spool folders, opens the call log, and listens.
    ///
    /// # Errors
    /// When a folder or the log cannot be made, or the address cannot be had.
    pub async fn start(mut options: Options) -> Result<Self, Error> {
        // Clients open the files that events name, from wherever they run.
        options.spool = std::path::absolute(&options.spool).unwrap_or(options.spool);
        for folder in ["cdr", "rx", "far"] {
            let path = options.spool.join(folder);
            let made = tokio::fs::create_dir_all(&path).await;
            made.map_err(|source| Error::Prepare { path, source })?;
        }
        let log = CallLog::open(options.call_log.as_deref()).map_err(|source| Error::Prepare {
            path: options.call_log.clone().unwrap_or_default(),
            source,
        })?;
        let listen = |source| Error::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let switch = Switch::new(options, log);
        let server = tokio::spawn(esl::serve(Arc::clone(&switch), listener));
        Ok(Self {
            switch,
            address,
            server,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The switch's identity; a new one after [`Simulator::restart`].
    #[must_use]
    pub fn core_uuid(&self) -> String {
        self.switch.core().uuid
    }

    /// From now on calls to these numbers come back as inbound faxes, whichever way they are written.
    pub fn set_dids<S: AsRef<str>>(&self, dids: impl IntoIterator<Item = S>) {
        let lines: HashSet<Line> = dids.into_iter().map(|did| Line::of(did.as_ref())).collect();
        self.switch.set_dids(lines);
    }

    /// Every call that was placed, in order, as the call log has it.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.switch.log.calls()
    }

    /// The UUIDs of the channels that are up.
    #[must_use]
    pub fn channels(&self) -> Vec<String> {
        let sessions = self.switch.sessions();
        sessions
            .iter()
            .map(|session| session.channel().uuid.clone())
            .collect()
    }

    /// Marks a gateway down, as a failing OPTIONS ping does, or up again.
    pub fn set_gateway_down(&self, gateway: &str, down: bool) {
        self.switch.set_gateway_down(gateway, down);
    }

    /// `kill -9` and a new start, on the same address: channels and jobs are gone without CDR or event, connections
    /// end without a word, the core UUID is new. Without `keep_cdrs`, the CDRs of the past are lost too.
    ///
    /// # Errors
    /// When the CDRs cannot be removed.
    pub async fn restart(&self, keep_cdrs: bool) -> std::io::Result<()> {
        self.switch.kill().await;
        if !keep_cdrs {
            let mut files = tokio::fs::read_dir(self.switch.options.spool.join("cdr")).await?;
            while let Some(file) = files.next_entry().await? {
                tokio::fs::remove_file(file.path()).await?;
            }
        }
        self.switch.begin_again();
        Ok(())
    }

    /// Closes every connection; calls go on.
    pub fn drop_connections(&self) {
        self.switch.links.send_modify(|links| links.generation += 1);
    }

    /// Nothing is read from connections or written to them any more; calls go on.
    pub fn stall(&self) {
        self.switch.links.send_modify(|links| links.stalled = true);
    }

    /// Ends [`Simulator::stall`].
    pub fn resume(&self) {
        self.switch.links.send_modify(|links| links.stalled = false);
    }

    /// Waits until a client shuts the switch down with `fsctl shutdown`.
    pub async fn shut_down_by_client(&self) {
        let mut links = self.switch.links.subscribe();
        let _ = links.wait_for(|links| links.life == Life::Down).await;
    }

    /// `fsctl shutdown`: calls end with `SYSTEM_SHUTDOWN` and their CDRs, connections get their notice, nothing listens.
    pub async fn shutdown(self) {
        crate::api::shut_down(&self.switch, false);
        self.shut_down_by_client().await;
        let gone = async {
            while self.switch.bus.has_listeners() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        // A client that does not read does not keep us.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), gone).await;
        self.switch.kill().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
        self.switch.abort();
    }
}
