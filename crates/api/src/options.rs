//! What the API is told at start, as plain values.

use std::num::NonZeroU32;
use std::time::Duration;

use faxgate_telnyx::webhook::Verifier;
use ipnet::IpNet;
use secrecy::SecretString;

/// What the API is told at start. [`ApiOptions::default`] has the values of the documentation.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// Bytes that one uploaded file may have; more is answered with 413. 10 MiB by default.
    pub upload_limit_bytes: u64,
    /// Bytes that the body of one inbound notice may have, the fax in it included. 65 MiB by default.
    pub inbound_limit_bytes: u64,
    /// Bytes of all request bodies that may be in memory at once; beyond that, 503. 256 MiB by default.
    pub body_memory_bytes: u64,
    /// Requests that one user, or one address, may make.
    pub quotas: Quotas,
    /// Whether nodes that share PostgreSQL count requests together.
    pub shared_quotas: bool,
    /// The key that signs inbound notices (HMAC-SHA256). `None` or empty: the inbound webhook answers 403.
    pub inbound_secret: Option<SecretString>,
    /// Whether unsigned inbound notices are taken from loopback peers.
    pub allow_unsigned: bool,
    /// The user that sends records of calls. `None`: the CDR webhook answers 403.
    pub cdr_username: Option<String>,
    /// Their password.
    pub cdr_password: Option<SecretString>,
    /// Checks the signatures of Telnyx' events. `None`: the Telnyx webhook answers 403.
    pub telnyx_webhooks: Option<Verifier>,
    /// Live streams of events that may be open at once on this node; beyond that, 503. 1000 by default.
    pub streams: usize,
    /// Live streams that one user may have open at once on this node; beyond that, 429. 10 by default.
    pub streams_per_user: usize,
    /// How often a live stream shows that it is there, and is asked whether its client is still let in. 15 s by default.
    pub stream_heartbeat: Duration,
    /// How long a live stream's client may leave unread what it is sent. 30 s by default.
    pub stream_patience: Duration,
    /// The operator's own proxies: of whom they tell, in `X-Forwarded-For` or `Forwarded`, a request comes from. None by default.
    pub trusted_proxies: Vec<IpNet>,
    /// The tenant in which loopback peers may use the job API without a token. `None`: they need one.
    pub job_api_tenant: Option<String>,
}

impl Default for ApiOptions {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            upload_limit_bytes: 10 * MIB,
            inbound_limit_bytes: 65 * MIB,
            body_memory_bytes: 256 * MIB,
            quotas: Quotas::default(),
            shared_quotas: false,
            inbound_secret: None,
            allow_unsigned: false,
            cdr_username: None,
            cdr_password: None,
            telnyx_webhooks: None,
            streams: 1000,
            streams_per_user: 10,
            stream_heartbeat: Duration::from_secs(15),
            stream_patience: Duration::from_secs(30),
            trusted_proxies: Vec::new(),
            job_api_tenant: None,
        }
    }
}

/// How many requests are let through; `None` switches a limit off. A burst may use all of a quota at once.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// `POST /api/fax/send/`, an hour and user.
    pub send: Option<NonZeroU32>,
    /// `POST /api/fax/upload/`, an hour and user.
    pub upload: Option<NonZeroU32>,
    /// `GET /api/fax/status/…`, an hour and user. The document and cancel endpoints are counted apart, by the same number.
    pub status: Option<NonZeroU32>,
    /// `GET /api/fax/list/`, an hour and user.
    pub list: Option<NonZeroU32>,
    /// Each of the endpoints that manage, an hour and user.
    pub manage: Option<NonZeroU32>,
    /// `POST /api/auth/token/`, a minute and address (IPv6: a /64).
    pub login: Option<NonZeroU32>,
    /// Notices that come in, a minute and address. One that is not signed well counts as 20.
    pub webhook: Option<NonZeroU32>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            send: NonZeroU32::new(100),
            upload: NonZeroU32::new(50),
            status: NonZeroU32::new(1000),
            list: NonZeroU32::new(500),
            manage: NonZeroU32::new(1000),
            login: NonZeroU32::new(20),
            webhook: NonZeroU32::new(6000),
        }
    }
}
