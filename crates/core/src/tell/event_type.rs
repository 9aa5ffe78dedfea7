//! What may happen, in the words that programs know.

use std::fmt;
use std::str::FromStr;

/// Declares the types: a doc sentence, a variant, a word.
macro_rules! event_types {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// What happened. Its word never changes; there will be more.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word: `fax.sent`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            fn own_kind(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$word]),+
                }
            }

            /// What it means, for people.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii()),+
                }
            }
        }
    };
}

event_types! {
    /// A fax was accepted, durably.
    FaxQueued = "fax.queued",
    /// A call to a recipient is about to be placed.
    FaxAttemptStarted = "fax.attempt.started",
    /// The far end confirmed a page.
    FaxPageSent = "fax.page.sent",
    /// A call failed, and another one will follow.
    FaxRetryScheduled = "fax.retry_scheduled",
    /// Every recipient has the fax.
    FaxSent = "fax.sent",
    /// Nothing more will be tried, and not every recipient has the fax; or a fax came in without a page.
    FaxFailed = "fax.failed",
    /// Nobody knows whether a recipient has the fax.
    FaxUnknown = "fax.unknown",
    /// Every recipient of the fax was canceled.
    FaxCanceled = "fax.canceled",
    /// A fax came in.
    FaxReceived = "fax.received",
    /// The tenant got a number.
    NumberAdded = "number.added",
    /// How a number presents itself, or which lines its faxes take, was changed.
    NumberChanged = "number.changed",
    /// The tenant has a number no longer.
    NumberReleased = "number.released",
    /// Numbers were ordered.
    NumberOrderPlaced = "number.order_placed",
    /// Every number of an order was delivered.
    NumberOrderCompleted = "number.order_completed",
    /// An order ended, and not every number was delivered.
    NumberOrderFailed = "number.order_failed",
    /// The tenant has used most of what it may use. Told once a day, or a month, for each limit.
    TenantLimitNear = "tenant.limit_near",
    /// The tenant has used up what it may use; its faxes wait. Told once a day, or a month, for each limit.
    TenantLimitReached = "tenant.limit_reached",
    /// The tenant's prepaid money is nearly used up.
    TenantBalanceLow = "tenant.balance_low",
    /// A broadcast began to make its faxes.
    BroadcastStarted = "broadcast.started",
    /// A broadcast was set aside: nothing of it is made or dialled.
    BroadcastPaused = "broadcast.paused",
    /// A broadcast goes on.
    BroadcastResumed = "broadcast.resumed",
    /// Every recipient of a broadcast has come to an end.
    BroadcastCompleted = "broadcast.completed",
    /// A broadcast was stopped.
    BroadcastCanceled = "broadcast.canceled",
    /// A broadcast could not be sent at all.
    BroadcastFailed = "broadcast.failed",
    /// The gateway stopped sending to a webhook endpoint that did nothing but fail, or that is gone.
    WebhookDisabled = "webhook.disabled",
}

impl EventType {
    /// What an entry of the log tells the world, by its kind; `None`: nothing.
    pub(crate) fn of_kind(kind: &str) -> Option<Self> {
        let known = Self::ALL.iter().copied();
        known.into_iter().find(|of| of.kinds().contains(&kind))
    }

    /// The kinds of entries that tell of it.
    pub(crate) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::FaxAttemptStarted => &["attempt.started"],
            Self::FaxPageSent => &["page.sent"],
            Self::FaxRetryScheduled => &["recipient.retry_scheduled"],
            Self::FaxUnknown => &["attempt.unknown", "recipient.held"],
            Self::FaxFailed => &["fax.failed", "fax.receive_failed"],
            _ => self.own_kind(),
        }
    }
}

/// A word that is no type of event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no events of type `{0}`")]
pub struct UnknownEventType(String);

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().copied();
        known
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| UnknownEventType(text.chars().take(64).collect()))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for EventType {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_says_what_it_means() {
        for known in EventType::ALL {
            assert_eq!(known.as_str().parse(), Ok(*known));
            assert!(
                known
                    .kinds()
                    .iter()
                    .all(|kind| EventType::of_kind(kind) == Some(*known))
            );
            assert!(known.meaning().ends_with('.'), "{}", known.meaning());
        }
        assert!("attempt.ringing".parse::<EventType>().is_err());
    }

    #[test]
    fn what_only_a_timeline_tells_is_not_public() {
        for kind in [
            "attempt.ringing",
            "attempt.failed",
            "recipient.sent",
            "fax.rendered",
        ] {
            assert_eq!(EventType::of_kind(kind), None, "{kind}");
        }
        assert_eq!(
            EventType::of_kind("page.sent"),
            Some(EventType::FaxPageSent)
        );
    }
}
