//! The simulator as an embedding program holds it.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::call_log::{Call, CallLog};
use crate::error::Error;
use crate::faults::Next;
use crate::life::{self, End};
use crate::number::Line;
use crate::options::Options;
use crate::switch::{Life, Links, Switch};
use crate::{call, control, esl, hook};

/// A running simulator. Dropped, it is gone at once, as if killed; [`Simulator::shutdown`] is the polite way.
#[derive(Debug)]
pub struct Simulator {
    switch: Arc<Switch>,
    address: SocketAddr,
    control: Option<SocketAddr>,
    servers: Vec<JoinHandle<()>>,
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
        let log = CallLog::open(options.call_log.as_deref(), options.log_pages);
        let log = log.map_err(|source| Error::Prepare {
            path: options.call_log.clone().unwrap_or_default(),
            source,
        })?;
        let (listener, address) = listen(options.listen).await?;
        let control = match options.control {
            Some(address) if !address.ip().is_loopback() => {
                return Err(Error::ControlInTheOpen { address });
            }
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let strangers = options.strangers;
        let switch = Switch::new(options, log);
        switch.cache.clear();
        hook::keep_sweeping(&switch);
        let mut servers = vec![tokio::spawn(esl::serve(Arc::clone(&switch), listener))];
        if let Some(every) = strangers {
            servers.push(tokio::spawn(call::pass_by(Arc::clone(&switch), every)));
        }
        let control = control.map(|(listener, address)| {
            servers.push(tokio::spawn(control::serve(Arc::clone(&switch), listener)));
            address
        });
        Ok(Self {
            switch,
            address,
            control,
            servers,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Where the control channel listens, when there is one.
    #[must_use]
    pub fn control_addr(&self) -> Option<SocketAddr> {
        self.control
    }

    /// Carries out a command of the control channel (see the README), without the channel; the answer begins with `ok`
    /// or `error`.
    pub async fn control(&self, command: &str) -> String {
        control::carry_out(&self.switch, command).await
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
        life::restart(&self.switch, End::Kill, keep_cdrs).await
    }

    /// `fsctl shutdown` and a new start: calls end with `SYSTEM_SHUTDOWN`, code 49 and their CDRs, connections get
    /// their notice, the core UUID is new.
    ///
    /// # Errors
    /// When the CDRs cannot be removed.
    pub async fn restart_gracefully(&self, keep_cdrs: bool) -> std::io::Result<()> {
        life::restart(&self.switch, End::Graceful, keep_cdrs).await
    }

    /// `fsctl shutdown elegant` and a new start once the last call has ended by itself; no new one is taken meanwhile.
    ///
    /// # Errors
    /// None at present: CDRs stay.
    pub async fn restart_elegantly(&self) -> std::io::Result<()> {
        life::restart(&self.switch, End::Elegant, true).await
    }

    /// `kill -9`, and nothing listens until [`Simulator::start_again`].
    pub async fn stop(&self) {
        // Fails only where CDRs are to be removed.
        let _ = life::stop(&self.switch, End::Kill, true).await;
    }

    /// A new process after [`Simulator::stop`]: same address, new core UUID.
    pub async fn start_again(&self) {
        life::start(&self.switch).await;
    }

    /// Closes every connection; calls go on.
    pub fn drop_connections(&self) {
        self.switch.close_links(false);
    }

    /// Resets every connection (RST): what was on its way is lost; calls go on.
    pub fn cut(&self) {
        self.switch.close_links(true);
    }

    /// The connections of this moment are neither read nor written any more, nor closed; new ones are well.
    pub fn half_open(&self) {
        self.switch.freeze();
    }

    /// Nothing is read from connections or written to them any more; calls go on.
    pub fn stall(&self) {
        self.switch.stall();
    }

    /// The same for so long: what clients send meanwhile is executed late, even when they are gone by then.
    pub fn stall_for(&self, time: Duration) {
        control::stall_for(&self.switch, time);
    }

    /// Ends [`Simulator::stall`], [`Simulator::half_open`] and `fsctl pause`.
    pub fn resume(&self) {
        self.switch.resume();
    }

    /// Every reply takes so long from now on; zero ends that.
    pub fn slow_replies(&self, delay: Duration) {
        self.switch.faults.slow_reply(delay);
    }

    /// The next `count` events that a client wants are lost; with a name (`BACKGROUND_JOB`, `spandsp::txfaxresult`), of
    /// that kind only.
    pub fn lose_events(&self, count: u32, only: Option<&str>) {
        self.switch.faults.lose_events(Next::of(count, only));
    }

    /// The next `count` events that a client wants are sent twice.
    pub fn repeat_events(&self, count: u32, only: Option<&str>) {
        self.switch.faults.repeat_events(Next::of(count, only));
    }

    /// The next `count` commands, with a word those that contain it, are carried out and never answered: their
    /// connection stays open and says nothing any more.
    pub fn lose_replies(&self, count: u32, only: Option<&str>) {
        self.switch.faults.lose_replies(Next::of(count, only));
    }

    /// Nothing can be written to the spool: a CDR is unlinked, an inbound fax not written, nothing fetched.
    pub fn fill_disk(&self, full: bool) {
        self.switch.faults.fill_disk(full);
    }

    /// Waits until a client shuts the switch down with `fsctl shutdown`.
    pub async fn shut_down_by_client(&self) {
        let mut links = self.switch.links.subscribe();
        let down = |links: &Links| links.life == Life::Down && !links.restarting;
        let _ = links.wait_for(down).await;
    }

    /// `fsctl shutdown`: calls end with `SYSTEM_SHUTDOWN` and their CDRs, connections get their notice, nothing listens.
    pub async fn shutdown(self) {
        life::shut_down(&self.switch).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
        self.switch.abort();
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let listen = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    Ok((listener, address))
}
