//! What every use case needs, in one handle.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use faxgate_db::Db;
use faxgate_files::{Files, StorageKey};
use faxgate_imaging::{Cage, Halftone};
use faxgate_lifecycle::RetryPolicy;
use faxgate_outbound::Outbound;
use faxgate_types::{Ambient, TenantId, Timestamp};
use secrecy::SecretString;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use crate::audit;
use crate::auth::{AuthSettings, Hashing};
use crate::carrier::Carrier;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::lines::Lines;
use crate::mail::MailSettings;
use crate::money::PriceList;
use crate::readiness::TestMode;
use crate::records::{Bookmark, RecordSettings};
use crate::tariff::Tariff;
use crate::tell::live::Live;
use crate::vault::{MasterKeys, Vault};
use crate::webhooks::{Replays, WebhookSettings};

/// The parts that a gateway is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The document store.
    pub files: Files,
    /// The cage in which foreign documents are opened.
    pub cage: Cage,
    /// The client for foreign addresses.
    pub outbound: Outbound,
    /// The account at a carrier, if there is one.
    pub carrier: Option<Arc<dyn Carrier>>,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// The settings of the use cases.
    pub settings: Settings,
}

/// The settings of the use cases.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node's name; stable over restarts.
    pub node: String,
    /// Pages a document may have.
    pub max_pages: u32,
    /// How greys become black and white.
    pub halftone: Halftone,
    /// When to try again.
    pub retry: RetryPolicy,
    /// What calls cost.
    pub tariff: Tariff,
    /// What tenants are charged that have no prices of their own.
    pub prices: PriceList,
    /// Folders beneath which FreeSWITCH leaves received pages.
    pub spool_dirs: Vec<PathBuf>,
    /// The bearer token for media of Telnyx, and the origin (scheme, host and port) that alone may see it.
    pub telnyx_media: Option<(String, SecretString)>,
    /// The gateway's own secret: what it signs, it signs with keys made of this one.
    pub secret: SecretString,
    /// People who sign in.
    pub auth: AuthSettings,
    /// How many numbers a tenant's administrators may have through orders of their own; 0: only operators order.
    pub tenants_may_order: u32,
    /// Webhooks that leave.
    pub webhooks: WebhookSettings,
    /// The ways out and in for mail.
    pub mail: MailSettings,
    /// Who takes test faxes.
    pub test_mode: TestMode,
    /// Whether the simulator is the only line. Faxes accepted meanwhile never go to a real one, and faxes accepted for a
    /// real one never go to it: a restart without the line's settings must not turn them into `sent`.
    pub only_simulator: bool,
    /// What is written down, and how long what can be removed is kept.
    pub records: RecordSettings,
    /// What documents are encrypted with; none: they are stored in clear.
    pub master_keys: MasterKeys,
}

/// Everything the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What is behind an [`App`]; its parts are for this crate only.
pub struct Inner {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) cage: Cage,
    pub(crate) outbound: Outbound,
    pub(crate) carrier: Option<Arc<dyn Carrier>>,
    pub(crate) ambient: Ambient,
    pub(crate) settings: Settings,
    pub(crate) hashing: Hashing,
    pub(crate) queue_changed: Notify,
    pub(crate) cancel_requested: Notify,
    pub(crate) work_added: Notify,
    pub(crate) webhooks_due: Notify,
    pub(crate) replays: Replays,
    pub(crate) mail_added: Notify,
    pub(crate) records_came: Notify,
    pub(crate) carrier_events_came: Notify,
    pub(crate) events_came: watch::Sender<()>,
    pub(crate) live: Live,
    pub(crate) lines: Lines,
    pub(crate) calls_left: Notify,
    pub(crate) health: Health,
    /// Where removing what is no longer kept has come to.
    pub(crate) retained: Mutex<Bookmark>,
    /// Whether the database was seen to have every migration.
    pub(crate) migrated: AtomicBool,
    main: Handle,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Puts the parts together. Call it on the main runtime: use cases that write run there.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let masters = parts.settings.master_keys.clone();
        let vault = Vault::new(
            parts.files,
            parts.db.clone(),
            masters,
            parts.ambient.clone(),
        );
        Self(Arc::new(Inner {
            db: parts.db,
            vault,
            cage: parts.cage,
            outbound: parts.outbound,
            carrier: parts.carrier,
            ambient: parts.ambient,
            settings: parts.settings,
            hashing: Hashing::new(),
            queue_changed: Notify::new(),
            cancel_requested: Notify::new(),
            work_added: Notify::new(),
            webhooks_due: Notify::new(),
            replays: Replays::default(),
            mail_added: Notify::new(),
            records_came: Notify::new(),
            carrier_events_came: Notify::new(),
            events_came: watch::Sender::new(()),
            live: Live::default(),
            retained: Mutex::default(),
            lines: Lines::default(),
            calls_left: Notify::new(),
            health: Health::default(),
            migrated: AtomicBool::new(false),
            main: Handle::current(),
        }))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ambient.now()
    }

    /// The clock and the randomness.
    #[must_use]
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// This node's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.settings.node
    }

    /// Resolves when an item may have become due on this node.
    pub async fn queue_changed(&self) {
        self.queue_changed.notified().await;
    }

    /// Resolves when somebody on this node asked to cancel a call.
    pub async fn cancel_requested(&self) {
        self.cancel_requested.notified().await;
    }

    /// Runs a use case that writes as a task of the main runtime: a client that hangs up does not cancel it half-way.
    pub(crate) async fn on_main<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let task = audit::with_address(audit::address(), task);
        self.main.spawn(task).await.map_err(Error::internal)?
    }

    /// Lets something run on the main runtime that nobody waits for.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.main.spawn(task);
    }

    pub(crate) fn key(&self, tenant: TenantId, area: &str, name: &str) -> Result<StorageKey> {
        StorageKey::new(&tenant.to_string(), area, name).map_err(Error::internal)
    }
}
