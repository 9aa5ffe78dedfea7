//! The states of faxes, queue items and attempts, and the words for them.

/// A word that is none of those that an enum knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{word}`")]
pub struct UnknownWord {
    kind: &'static str,
    word: String,
}

impl UnknownWord {
    pub(crate) fn new(kind: &'static str, word: &str) -> Self {
        Self {
            kind,
            word: word.chars().take(40).collect(),
        }
    }
}

/// An enum whose variants have fixed words, in the database and in the API.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $kind:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every variant.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::state::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::state::UnknownWord::new($kind, word)),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Which way a fax travels.
    Direction, "direction" {
        /// It came in.
        Inbound = "inbound",
        /// It goes out.
        Outbound = "outbound",
    }
}

words! {
    /// The public status of a fax, as the API shows it.
    FaxStatus, "fax status" {
        /// Queued; no item has started.
        Pending = "pending",
        /// At least one item is open, or its outcome is not known yet.
        Processing = "processing",
        /// Every item was sent.
        Sent = "sent",
        /// An inbound fax that is complete.
        Received = "received",
        /// At least one item failed, and none is open.
        Failed = "failed",
        /// Every item was canceled.
        Canceled = "canceled",
    }
}

words! {
    /// The state of a queue item: one recipient of one fax.
    ItemState, "item state" {
        /// Its pages are being made.
        Preparing = "preparing",
        /// Waits until it is due and claimed.
        Queued = "queued",
        /// Leased by a node, which has not written an intent to dial yet.
        Claimed = "claimed",
        /// Has an open attempt: a call that may exist.
        Active = "active",
        /// The outcome of its last attempt is unknown, and the tenant wants a person to decide.
        Held = "held",
        /// Every page was confirmed.
        Sent = "sent",
        /// Given up, for the reason kept beside it.
        Failed = "failed",
        /// Stopped on request.
        Canceled = "canceled",
    }
}

impl ItemState {
    /// Whether nothing can happen to the item any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Canceled)
    }
}

words! {
    /// How far an attempt is known to have come. Later variants are later on the line.
    AttemptPhase, "attempt phase" {
        /// The intent is on disk; whether the command left is not known.
        Intended = "intended",
        /// FreeSWITCH has taken the command.
        Dialing = "dialing",
        /// FreeSWITCH has a channel for it.
        Placed = "placed",
        /// The far end rings.
        Ringing = "ringing",
        /// Somebody or something answered.
        Answered = "answered",
        /// Two fax machines have agreed on how to talk; pages flow.
        Negotiated = "negotiated",
        /// The outcome is settled; nothing changes any more.
        Settled = "settled",
    }
}

words! {
    /// How an attempt ended.
    Outcome, "outcome" {
        /// Every page was confirmed by the far end (MCF seen).
        Sent = "sent",
        /// The call failed, with or without some pages confirmed.
        Failed = "failed",
        /// It is certain that no call was placed.
        NeverDialled = "never_dialled",
        /// We stopped it on request.
        Canceled = "canceled",
        /// FreeSWITCH itself was lost with the call: nobody knows.
        Unknown = "unknown",
    }
}

words! {
    /// The vertical resolution of fax pages; all are 204 dpi across.
    Resolution, "resolution" {
        /// 98 lines an inch.
        Standard = "standard",
        /// 196 lines an inch.
        Fine = "fine",
        /// 391 lines an inch.
        Superfine = "superfine",
    }
}

words! {
    /// What a person may do in a tenant. Later variants may do more.
    Role, "role" {
        /// Looks, changes nothing.
        ReadOnly = "read-only",
        /// Sends and receives.
        Member = "member",
        /// Manages the tenant.
        Admin = "admin",
        /// Manages the gateway and every tenant.
        Operator = "operator",
    }
}

impl Role {
    /// Whether the role may send and cancel faxes.
    #[must_use]
    pub fn can_send(self) -> bool {
        self >= Self::Member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for state in ItemState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        for phase in AttemptPhase::ALL {
            assert_eq!(phase.as_str().parse(), Ok(*phase));
        }
        assert_eq!(
            "sending".parse::<FaxStatus>().unwrap_err().to_string(),
            "unknown fax status `sending`"
        );
    }

    #[test]
    fn a_read_only_member_cannot_send() {
        assert!(!Role::ReadOnly.can_send());
        assert!(Role::Member.can_send() && Role::Operator.can_send());
    }
}
