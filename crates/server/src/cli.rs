//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use faxgate_imaging::{Halftone, Resolution};
use faxgate_simulator::{Credentials, Pace, PushShape, RecordBody, Version};

use crate::commands::{
    AuditCommand, BalanceCommand, DestinationCommand, DidCommand, DoNotFaxCommand, HeldCommand,
    InboundCommand, KeysCommand, LegalHoldCommand, LineCommand, MailCommand, NodeCommand,
    NumberCommand, PriceCommand, RouteCommand, TenantCommand, TokenCommand, Usage, UserCommand,
    WebhookCommand,
};

/// A self-hosted, multi-tenant fax gateway.
#[derive(Debug, Parser)]
#[command(
    name = "faxgate",
    version,
    about = "A self-hosted, multi-tenant fax gateway",
    propagate_version = true
)]
pub struct Cli {
    /// The settings file; environment variables `FAXGATE_SECTION__KEY` win over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway.
    Serve {
        /// Which part of it.
        #[arg(long, value_enum, default_value_t = RoleArg::All)]
        role: RoleArg,
    },
    /// Bring the database up to date.
    Migrate,
    /// Send and receive real faxes on this machine, in a fresh folder, over the built-in line simulator.
    Demo {
        /// Leave when done: 0 if everything went as it should.
        #[arg(long)]
        exit: bool,
        /// The folder; a fresh temporary one if not given.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Where the API listens.
        #[arg(long, default_value = "127.0.0.1:8585")]
        listen: SocketAddr,
    },
    /// Turn a document into fax pages (OUT.tif), or fax pages into a PDF (OUT.pdf).
    Convert(Convert),
    /// Run the line simulator: an event socket that plays whole calls.
    Simulate(Box<Simulate>),
    /// See what was done by whom, and prove that it is all there.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Keep things from being removed.
    #[command(subcommand)]
    LegalHold(LegalHoldCommand),
    /// Look after the keys that documents are encrypted with.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Manage tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Manage users.
    #[command(subcommand)]
    User(UserCommand),
    /// Manage phone numbers.
    #[command(subcommand)]
    Did(DidCommand),
    /// Find, order, set up and give back phone numbers at the carrier.
    #[command(subcommand)]
    Number(NumberCommand),
    /// Manage API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Decide about faxes of which nobody knows whether they arrived.
    #[command(subcommand)]
    Held(HeldCommand),
    /// See and set what is known of numbers that are called.
    #[command(subcommand)]
    Destination(DestinationCommand),
    /// Keep lists of numbers that must not be faxed.
    #[command(subcommand)]
    DoNotFax(DoNotFaxCommand),
    /// Look after the lines that calls go out by.
    #[command(subcommand)]
    Line(LineCommand),
    /// Look at the processes that dispatch.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Look after which lines faxes take.
    #[command(subcommand)]
    Route(RouteCommand),
    /// Set up a tenant's mail: notices about faxes, and faxes by mail; see what became of messages.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Look after the endpoints that tenants' own programs are told of events at.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// See what tenants used, by day.
    Usage(Usage),
    /// Look after prepaid balances.
    #[command(subcommand)]
    Balance(BalanceCommand),
    /// Look after what tenants are charged.
    #[command(subcommand)]
    Price(PriceCommand),
    /// Look at what came in.
    #[command(subcommand)]
    Inbound(InboundCommand),
}

/// Which part of the gateway runs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Both.
    All,
    /// The API.
    Api,
    /// The dispatcher.
    Dispatch,
}

/// `faxgate convert`.
#[derive(Debug, Args)]
pub struct Convert {
    /// A PDF, TIFF, PNG, JPEG, GIF or BMP.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// OUT.tif, or OUT.pdf from a fax TIFF.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// standard, fine or superfine.
    #[arg(long, default_value_t = Resolution::Fine)]
    pub resolution: Resolution,
    /// auto, threshold or diffusion.
    #[arg(long, default_value_t = Halftone::Auto)]
    pub halftone: Halftone,
}

/// `faxgate simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Where the event socket listens.
    #[arg(long, default_value = "127.0.0.1:8021")]
    pub listen: SocketAddr,
    /// Its password.
    #[arg(long, default_value = "ClueCon")]
    pub password: String,
    /// Where CDRs (cdr/) and received pages (rx/) go.
    #[arg(long, value_name = "DIR", default_value = "data/simulator")]
    pub spool: PathBuf,
    /// A file for one JSON line per call placed and ended.
    #[arg(long, value_name = "FILE")]
    pub call_log: Option<PathBuf>,
    /// real, fast, or how many times as fast.
    #[arg(long, default_value = "fast")]
    pub pace: Pace,
    /// A number that comes back as an inbound fax; may be given several times.
    #[arg(long, value_name = "NUMBER")]
    pub did: Vec<String>,
    /// Scenarios that add to the built-in ones.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Which FreeSWITCH it is, where they differ: 1.10 or 1.11.
    #[arg(long, value_name = "VERSION", default_value = "1.11")]
    pub freeswitch: Version,
    /// Take faults by command, a line each, on this loopback address (crates/simulator/README.md lists them).
    #[arg(long, value_name = "ADDRESS")]
    pub control: Option<SocketAddr>,
    /// Also log each page, so that the call log is whole even when this process is killed.
    #[arg(long, requires = "call_log")]
    pub log_pages: bool,
    /// Shuffle what has no fixed order, repeatably.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Mix in an event of somebody else's call this often.
    #[arg(long, value_name = "MILLISECONDS")]
    pub strangers: Option<u64>,
    /// What it does with CDRs.
    #[command(flatten)]
    pub cdr: SimulateCdr,
    /// Whom it tells of inbound faxes.
    #[command(flatten)]
    pub inbound: SimulateInbound,
    /// The second carrier.
    #[command(flatten)]
    pub telnyx: SimulateTelnyx,
}

/// A double of Telnyx' fax API beside the line.
#[derive(Debug, Args)]
#[command(next_help_heading = "Telnyx")]
pub struct SimulateTelnyx {
    /// Also play Telnyx' fax API on this loopback address.
    #[arg(long, value_name = "ADDRESS")]
    pub telnyx: Option<SocketAddr>,
    /// The API key that it takes.
    #[arg(long, value_name = "KEY", requires = "telnyx")]
    pub telnyx_api_key: Option<String>,
    /// The id of its fax application.
    #[arg(long, value_name = "ID", requires = "telnyx")]
    pub telnyx_connection_id: Option<String>,
    /// Where the application's webhooks go: …/api/fax/webhook/telnyx/.
    #[arg(long, value_name = "URL", requires = "telnyx")]
    pub telnyx_webhook_url: Option<String>,
    /// Where a webhook goes that was not taken there.
    #[arg(long, value_name = "URL", requires = "telnyx_webhook_url")]
    pub telnyx_failover_url: Option<String>,
    /// A file for one JSON line per fax accepted and ended.
    #[arg(long, value_name = "FILE", requires = "telnyx")]
    pub telnyx_call_log: Option<PathBuf>,
    /// A number of the account, attached to the application; may be given several times.
    #[arg(long, value_name = "NUMBER", requires = "telnyx")]
    pub telnyx_number: Vec<String>,
}

/// What the simulator does with CDRs.
#[derive(Debug, Args)]
#[command(next_help_heading = "CDRs")]
pub struct SimulateCdr {
    /// As files, by HTTP, both or not at all; file without --cdr-url, both with it.
    #[arg(long, value_enum)]
    pub cdr: Option<CdrArg>,
    /// Where CDRs are posted; `?uuid=…` is appended.
    #[arg(long, value_name = "URL", required_if_eq_any([("cdr", "both"), ("cdr", "http")]))]
    pub cdr_url: Option<String>,
    /// HTTP Basic for it.
    #[arg(long, value_name = "USER:PASSWORD", requires = "cdr_url")]
    pub cdr_credentials: Option<Credentials>,
    /// How they are posted: json or form.
    #[arg(long, value_name = "FORM", default_value = "json")]
    pub cdr_body: RecordBody,
    /// Tries after the first.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub cdr_retries: u32,
    /// Seconds of the line between two tries.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub cdr_delay: u64,
    /// Where a CDR goes that nobody took; SPOOL/cdr if not given.
    #[arg(long, value_name = "DIR")]
    pub cdr_error_dir: Option<PathBuf>,
    /// Write values as they are, not percent-encoded.
    #[arg(long)]
    pub cdr_plain: bool,
}

/// Where CDRs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CdrArg {
    /// Files and POSTs (`log-http-and-disk`).
    Both,
    /// Files.
    File,
    /// POSTs.
    Http,
    /// Nowhere.
    None,
}

/// Whom the simulator tells of inbound faxes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Inbound faxes")]
pub struct SimulateInbound {
    /// The gateway's webhook: …/api/fax/webhook/inbound/.
    #[arg(long, value_name = "URL", requires = "inbound_secret")]
    pub inbound_url: Option<String>,
    /// The secret that signs the notices.
    #[arg(long, value_name = "SECRET", requires = "inbound_url")]
    pub inbound_secret: Option<String>,
    /// multipart (the pages travel inside) or path.
    #[arg(long, value_name = "SHAPE", default_value = "multipart")]
    pub inbound_shape: PushShape,
    /// Seconds between two tries of what was not taken.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub inbound_sweep: u64,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
