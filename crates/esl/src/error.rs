//! One opaque error for everything that can go wrong on a connection.

use std::fmt;
use std::sync::Arc;

type Cause = Arc<dyn std::error::Error + Send + Sync + 'static>;

/// What is known of a command whose call failed: the question that dialling at most once hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// FreeSWITCH certainly never got the whole command and never will: it was late, withdrawn, or the
    /// connection was gone before its last byte left. (`mod_event_socket` discards an unfinished command.)
    NotSent,
    /// FreeSWITCH read the command and said no (`-ERR …` in place of the acknowledgement).
    Refused,
    /// The bytes were handed to the kernel and no answer came: FreeSWITCH may run the command, even much later.
    Unknown,
}

/// What went wrong. Private, so that kinds can be added; [`Error`] has the questions worth asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Closed,
    Io,
    Auth,
    Rejected,
    Disconnected,
    ConnectTimeout,
    ReplyTimeout,
    Silent,
    Late,
    Refused,
    Protocol,
    Down,
}

/// An error of this crate: opaque, cheap to clone, with predicates; the cause is in [`source`](std::error::Error::source).
#[derive(Debug, Clone)]
pub struct Error(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: Kind,
    delivery: Delivery,
    detail: Option<String>,
    cause: Option<Cause>,
}

impl Error {
    pub(crate) fn new(kind: Kind, delivery: Delivery) -> Self {
        Self(Arc::new(Inner {
            kind,
            delivery,
            detail: None,
            cause: None,
        }))
    }

    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.detail = Some(detail.into());
        Self(Arc::new(inner))
    }

    pub(crate) fn with_cause(self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.cause = Some(Arc::new(cause));
        Self(Arc::new(inner))
    }

    pub(crate) fn io(cause: std::io::Error) -> Self {
        Self::new(Kind::Io, Delivery::NotSent).with_cause(cause)
    }

    pub(crate) fn protocol(detail: impl Into<String>) -> Self {
        Self::new(Kind::Protocol, Delivery::NotSent).with_detail(detail)
    }

    /// The same fault, told to the caller of a command of which `delivery` is known.
    pub(crate) fn told_with(&self, delivery: Delivery) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.delivery = delivery;
        Self(Arc::new(inner))
    }

    /// What is known of the command: never sent, refused, or unknown. For an error in connecting it is
    /// always [`Delivery::NotSent`].
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// True if the command certainly was not executed and never will be because it never arrived.
    pub fn is_not_sent(&self) -> bool {
        self.0.delivery == Delivery::NotSent
    }

    /// True if the command may have been, or may yet be, executed.
    pub fn is_maybe_sent(&self) -> bool {
        self.0.delivery == Delivery::Unknown
    }

    /// True if the connection is gone or there is none: closed by either side, broken, silent, or the link is down.
    pub fn is_closed(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Closed
                | Kind::Io
                | Kind::Disconnected
                | Kind::Silent
                | Kind::Protocol
                | Kind::Down
        )
    }

    /// True if FreeSWITCH refused the password or the user (`-ERR invalid`).
    pub fn is_auth(&self) -> bool {
        self.0.kind == Kind::Auth
    }

    /// True if FreeSWITCH turned the address away before asking for a password (`text/rude-rejection`: its ACL).
    pub fn is_rejected(&self) -> bool {
        self.0.kind == Kind::Rejected
    }

    /// True if FreeSWITCH announced that it closes the connection (`text/disconnect-notice`).
    pub fn is_disconnect_notice(&self) -> bool {
        self.0.kind == Kind::Disconnected
    }

    /// True if time ran out: connecting, waiting for a reply, or waiting for any sign of life.
    pub fn is_timeout(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::ConnectTimeout | Kind::ReplyTimeout | Kind::Silent
        )
    }

    /// True if the peer was silent for longer than [`Liveness`](crate::Liveness) allows (a half-open connection).
    pub fn is_silent(&self) -> bool {
        self.0.kind == Kind::Silent
    }

    /// True if the send-by deadline had passed before the bytes could leave: nothing was sent.
    pub fn is_late(&self) -> bool {
        self.0.kind == Kind::Late
    }

    /// True if FreeSWITCH answered the command with an error.
    pub fn is_refused(&self) -> bool {
        self.0.kind == Kind::Refused
    }

    /// True if the peer broke the protocol (bad framing, a reply nobody asked for, a foreign Job-UUID).
    pub fn is_protocol(&self) -> bool {
        self.0.kind == Kind::Protocol
    }

    /// True if a [`Link`](crate::Link) has no connection at the moment.
    pub fn is_down(&self) -> bool {
        self.0.kind == Kind::Down
    }

    /// What FreeSWITCH said, when it said something: the text of a refusal or of a disconnect notice. Foreign text.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.kind {
            Kind::Closed => "the event socket is closed",
            Kind::Io => "the event socket failed",
            Kind::Auth => "freeswitch refused the credentials",
            Kind::Rejected => "freeswitch rejected this address",
            Kind::Disconnected => "freeswitch closed the event socket",
            Kind::ConnectTimeout => "connecting to the event socket took too long",
            Kind::ReplyTimeout => "no reply in time",
            Kind::Silent => "the event socket fell silent",
            Kind::Late => "the send-by deadline has passed",
            Kind::Refused => "freeswitch refused the command",
            Kind::Protocol => "the event socket protocol was broken",
            Kind::Down => "there is no connection to freeswitch",
        })?;
        if let Some(detail) = &self.0.detail {
            write!(f, ": {}", detail.trim_end().escape_debug())?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

/// A value that may not stand in a command, refused before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: {why}")]
pub struct InvalidArgument {
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
}

impl InvalidArgument {
    /// What the value should have been, in words ("destination", "absolute path").
    pub fn what(&self) -> &'static str {
        self.what
    }
}
