//! How to reach a FreeSWITCH.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::argument::refuse;
use crate::codec::Limits;
use crate::deadline::{BootClock, SystemBootClock};
use crate::error::InvalidArgument;
use crate::liveness::Liveness;

/// What to say to `auth/request`. Never shown by `Debug`.
#[derive(Clone)]
pub struct Credentials(String);

impl Credentials {
    /// `auth PASSWORD`: the password of `event_socket.conf.xml`; everything is allowed.
    ///
    /// # Errors
    /// If it is empty, longer than 256 bytes or holds a control character.
    pub fn password(password: &str) -> Result<Self, InvalidArgument> {
        check(password)?;
        Ok(Self(format!("auth {password}")))
    }

    /// `userauth USER@DOMAIN:PASSWORD`: a user of the directory, with its `esl-allowed-…` limits.
    ///
    /// # Errors
    /// If a part is empty, longer than 256 bytes or holds a control character, or the user or domain an `@` or `:`.
    pub fn user(user: &str, domain: &str, password: &str) -> Result<Self, InvalidArgument> {
        for part in [user, domain, password] {
            check(part)?;
        }
        if user.contains(['@', ':']) || domain.contains(['@', ':']) {
            return Err(refuse("credential", "user or domain holds `@` or `:`"));
        }
        Ok(Self(format!("userauth {user}@{domain}:{password}")))
    }

    pub(crate) fn line(&self) -> &str {
        &self.0
    }
}

fn check(part: &str) -> Result<(), InvalidArgument> {
    const WHAT: &str = "credential";
    if part.is_empty() || part.len() > 256 {
        return Err(refuse(WHAT, "it is empty or too long"));
    }
    if part.chars().any(char::is_control) {
        return Err(refuse(WHAT, "it holds a control character"));
    }
    Ok(())
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Where FreeSWITCH listens, how to log in, and every bound and timeout of a connection.
///
/// The protocol is plain text and its password is as good as a shell: loopback or a tunnel only.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) credentials: Credentials,
    pub(crate) connect_timeout: Duration,
    pub(crate) reply_timeout: Duration,
    pub(crate) liveness: Liveness,
    pub(crate) limits: Limits,
    pub(crate) in_flight: usize,
    pub(crate) event_queue: usize,
    pub(crate) clock: Arc<dyn BootClock>,
}

impl ConnectOptions {
    /// A host name or address, a port (FreeSWITCH's default is 8021), and credentials.
    pub fn new(host: impl Into<String>, port: u16, credentials: Credentials) -> Self {
        Self {
            host: host.into(),
            port,
            credentials,
            connect_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(10),
            liveness: Liveness::default(),
            limits: Limits::default(),
            in_flight: 256,
            event_queue: 8192,
            clock: Arc::new(SystemBootClock),
        }
    }

    /// Most time for TCP connect, login and subscription together. 5 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, span: Duration) -> Self {
        self.connect_timeout = span;
        self
    }

    /// Most time that a caller waits for a reply, queueing included. 10 seconds unless set.
    #[must_use]
    pub fn reply_timeout(mut self, span: Duration) -> Self {
        self.reply_timeout = span;
        self
    }

    /// How silence is noticed; see [`Liveness`].
    #[must_use]
    pub fn liveness(mut self, liveness: Liveness) -> Self {
        self.liveness = liveness;
        self
    }

    /// Bounds on incoming frames; see [`Limits`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Most commands sent and not yet answered. 256 unless set, at least 1.
    ///
    /// What lies unread in FreeSWITCH's socket is past every send-by deadline: keep this low on a connection that dials.
    #[must_use]
    pub fn in_flight(mut self, commands: usize) -> Self {
        self.in_flight = commands.max(1);
        self
    }

    /// Most events that wait for the reader of an [`EventStream`](crate::EventStream). 8192 (of some 7 kB each)
    /// unless set, at least 1.
    #[must_use]
    pub fn event_queue(mut self, events: usize) -> Self {
        self.event_queue = events.max(1);
        self
    }

    /// The clock that send-by deadlines are held against. [`SystemBootClock`] unless set.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn BootClock>) -> Self {
        self.clock = clock;
        self
    }
}
