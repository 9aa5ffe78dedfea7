//! The account: everything that requests, faxes and webhooks share.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use faxgate_types::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::calls::CallLog;
use super::faults::Faults;
use super::options::Options;
use super::state::State;
use super::webhooks::{self, Signer};
use crate::error::Error;
use crate::http::Http;
use crate::number;

/// Shared by every task of one double.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) options: Options,
    pub(super) address: SocketAddr,
    pub(super) signer: Signer,
    pub(super) faults: Faults,
    pub(super) log: CallLog,
    pub(super) http: Http,
    /// Counts changes, for those who wait for one.
    pub(super) changed: watch::Sender<u64>,
    state: Mutex<State>,
    /// `None` once it has stopped: nothing starts any more.
    tasks: Mutex<Option<JoinSet<()>>>,
}

impl Account {
    pub(super) fn open(options: Options, address: SocketAddr) -> Result<Self, Error> {
        let prepared = |path: Option<&std::path::PathBuf>, made: std::io::Result<()>| {
            made.map_err(|source| Error::Prepare {
                path: path.cloned().unwrap_or_default(),
                source,
            })
        };
        let log = CallLog::open(options.call_log.as_deref()).map_err(|source| Error::Prepare {
            path: options.call_log.clone().unwrap_or_default(),
            source,
        })?;
        if let Some(folder) = &options.delivered_to {
            prepared(Some(folder), std::fs::create_dir_all(folder))?;
        }
        Ok(Self {
            address,
            signer: Signer::new(&options.signing_seed),
            faults: Faults::default(),
            log,
            http: Http::default(),
            changed: watch::Sender::new(0),
            state: Mutex::new(State::new(&options)),
            tasks: Mutex::new(Some(JoinSet::new())),
            options,
        })
    }

    /// The state. Never held across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.options.ambient.now()
    }

    /// A new id, as Telnyx' faxes, events and numbers have.
    pub(super) fn new_id(&self) -> String {
        self.options.ambient.uuid().to_string()
    }

    /// The account's owner, as events name it.
    pub(super) fn user_id(&self) -> String {
        let mut owner = [0; 16];
        let digest = Sha256::digest(self.signer.public_key());
        owner.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(owner)
            .into_uuid()
            .to_string()
    }

    /// Wakes those who wait for a change.
    pub(super) fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Runs a task until it ends or the double does.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self
            .tasks
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        if let Some(tasks) = tasks.as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    /// Runs a task that [`super::TelnyxDouble::quiet`] waits for.
    pub(super) fn spawn_busy(
        self: &std::sync::Arc<Self>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.state().busy += 1;
        let account = std::sync::Arc::clone(self);
        self.spawn(async move {
            task.await;
            account.state().busy -= 1;
            account.tell();
        });
    }

    /// Ends every task.
    pub(super) fn stop(&self) {
        let mut tasks = self
            .tasks
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        // A set aborts what it holds when it is dropped.
        *tasks = None;
    }

    pub(super) fn clear(self: &std::sync::Arc<Self>) {
        self.faults.clear();
        {
            let mut state = self.state();
            state.revoked = false;
            state.list_lag = super::ListLag::None;
        }
        webhooks::set_policy(self, super::Policy::default());
    }

    pub(super) fn set_webhook_urls(&self, main: Option<&str>, failover: Option<&str>) {
        let mut state = self.state();
        let first = self.options.connection_id.as_str();
        if let Some(application) = state.applications.get_mut(first) {
            application.webhook_url = main.map(str::to_owned);
            application.failover_url = failover.map(str::to_owned);
        }
    }

    pub(super) fn add_number(&self, number: &str) {
        let id = super::state::decimal_id(&self.options.ambient);
        let now = self.now();
        let connection_id = self.options.connection_id.clone();
        let number = number::e164(number);
        self.state()
            .numbers
            .add(id, number, Some(connection_id), None, now);
    }
}
