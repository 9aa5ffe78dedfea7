//! All sections together.

use std::path::Path;

use crate::layers::Layers;
use crate::problem::{ConfigError, Problems};
use crate::section::{Check, Keys, KnownKeys, Section};
use crate::sections::{
    Auth, Bootstrap, BootstrapTable, Cost, Database, Dispatch, Encryption, Freeswitch, Imaging,
    JobApi, Live, Mail, Node, Numbers, Outbound, Prices, RateLimits, Retention, Retry, Server,
    Simulator, Storage, Telnyx, Webhook, WebhooksOut, freeswitch,
};

/// Everything that can be set, read and checked. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where Faxgate listens and how it runs.
    pub server: Server,
    /// This process among others.
    pub node: Node,
    /// Where everything but the documents is kept.
    pub database: Database,
    /// Where documents and pages are kept.
    pub storage: Storage,
    /// What they are encrypted with.
    pub encryption: Encryption,
    /// The FreeSWITCH nodes.
    pub freeswitch: Freeswitch,
    /// Telnyx.
    pub telnyx: Telnyx,
    /// The line simulator inside `serve`.
    pub simulator: Simulator,
    /// Requests to addresses that others give us.
    pub outbound: Outbound,
    /// Notices of inbound faxes.
    pub webhook: Webhook,
    /// How tenants' own programs are told of events.
    pub webhooks_out: WebhooksOut,
    /// The job API of the Telnyx example.
    pub job_api: JobApi,
    /// Streams of events.
    pub live: Live,
    /// Who may order numbers.
    pub numbers: Numbers,
    /// Notices about faxes, and faxes that come as mail.
    pub mail: Mail,
    /// People who sign in.
    pub auth: Auth,
    /// What is made at the first start.
    pub bootstrap: Bootstrap,
    /// How often one user may ask.
    pub rate_limits: RateLimits,
    /// How queue items are claimed and watched.
    pub dispatch: Dispatch,
    /// When to try again.
    pub retry: Retry,
    /// What calls cost.
    pub cost: Cost,
    /// What tenants are charged.
    pub prices: Prices,
    /// The bounds of conversions.
    pub imaging: Imaging,
    /// How long documents are kept.
    pub retention: Retention,
}

impl Settings {
    /// Reads the embedded defaults, then the file, then the variables, and checks the whole.
    ///
    /// `environment` holds names and values; names that do not begin with `FAXGATE_` are passed over, and so are those
    /// that begin with `FAXGATE_TEST_`. Files named by `…_FILE` variables are read.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem found: unknown keys and variables, values of a wrong form, rules broken.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut problems = Problems::default();
        let layers = Layers::read(
            crate::DEFAULT_TOML,
            file,
            environment,
            &known_keys(),
            &mut problems,
        );
        let settings = Self::read(&layers, &mut problems);
        if let Some(settings) = &settings {
            settings.check_remote_nodes(&mut problems);
            settings.check_open_job_api(&mut problems);
        }
        problems.into_result()?;
        // `read` gives up only where it has noted a problem.
        settings.ok_or_else(ConfigError::unexplained)
    }

    fn read(layers: &Layers, problems: &mut Problems) -> Option<Self> {
        let server = checked("server", layers, problems);
        let node = checked("node", layers, problems);
        let database = checked("database", layers, problems);
        let storage = checked("storage", layers, problems);
        let encryption = checked("encryption", layers, problems);
        let freeswitch = Freeswitch::read(layers, problems);
        let telnyx = checked("telnyx", layers, problems);
        let mut simulator: Option<Simulator> = checked("simulator", layers, problems);
        if let Some(simulator) = &mut simulator {
            let values = layers.section("simulator");
            simulator.make_absolute(&mut Section::new("simulator", true, values, problems));
        }
        let outbound = checked("outbound", layers, problems);
        let webhook = checked("webhook", layers, problems);
        let webhooks_out = checked("webhooks_out", layers, problems);
        let job_api = checked("job_api", layers, problems);
        let live = checked("live", layers, problems);
        let numbers = checked("numbers", layers, problems);
        let mail = checked("mail", layers, problems);
        let auth = checked("auth", layers, problems);
        let bootstrap = Bootstrap::read(&mut Section::new(
            "bootstrap",
            true,
            layers.section("bootstrap"),
            problems,
        ));
        let rate_limits = checked("rate_limits", layers, problems);
        let dispatch = checked("dispatch", layers, problems);
        let retry = checked("retry", layers, problems);
        let cost = checked("cost", layers, problems);
        let prices = checked("prices", layers, problems);
        let imaging = checked("imaging", layers, problems);
        let retention = checked("retention", layers, problems);
        Some(Self {
            server: server?,
            node: node?,
            database: database?,
            storage: storage?,
            encryption: encryption?,
            freeswitch: freeswitch?,
            telnyx: telnyx?,
            simulator: simulator?,
            outbound: outbound?,
            webhook: webhook?,
            webhooks_out: webhooks_out?,
            job_api: job_api?,
            live: live?,
            numbers: numbers?,
            mail: mail?,
            auth: auth?,
            bootstrap: bootstrap?,
            rate_limits: rate_limits?,
            dispatch: dispatch?,
            retry: retry?,
            cost: cost?,
            prices: prices?,
            imaging: imaging?,
            retention: retention?,
        })
    }
}

fn checked<T: Keys + Check>(name: &str, layers: &Layers, problems: &mut Problems) -> Option<T> {
    let mut section = Section::new(name, true, layers.section(name), problems);
    let read = T::read(&mut section)?;
    read.check(&mut section);
    Some(read)
}

/// Every section and its keys, as the structs have them.
pub(crate) fn known_keys() -> KnownKeys {
    KnownKeys::new(vec![
        ("server", Server::KEYS.to_vec()),
        ("node", Node::KEYS.to_vec()),
        ("database", Database::KEYS.to_vec()),
        ("storage", Storage::KEYS.to_vec()),
        ("encryption", Encryption::KEYS.to_vec()),
        ("freeswitch", freeswitch::keys()),
        ("telnyx", Telnyx::KEYS.to_vec()),
        ("simulator", Simulator::KEYS.to_vec()),
        ("outbound", Outbound::KEYS.to_vec()),
        ("webhook", Webhook::KEYS.to_vec()),
        ("webhooks_out", WebhooksOut::KEYS.to_vec()),
        ("job_api", JobApi::KEYS.to_vec()),
        ("live", Live::KEYS.to_vec()),
        ("numbers", Numbers::KEYS.to_vec()),
        ("mail", Mail::KEYS.to_vec()),
        ("auth", Auth::KEYS.to_vec()),
        ("bootstrap", BootstrapTable::KEYS.to_vec()),
        ("rate_limits", RateLimits::KEYS.to_vec()),
        ("dispatch", Dispatch::KEYS.to_vec()),
        ("retry", Retry::KEYS.to_vec()),
        ("cost", Cost::KEYS.to_vec()),
        ("prices", Prices::KEYS.to_vec()),
        ("imaging", Imaging::KEYS.to_vec()),
        ("retention", Retention::KEYS.to_vec()),
    ])
}
