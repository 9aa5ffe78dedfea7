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

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::state::from_text(from)
            }
        }
    };
}
pub(crate) use words;

/// Reads a value that is written as text.
pub(crate) fn from_text<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

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
    /// Who told how an attempt ended.
    Witness, "witness" {
        /// An event of FreeSWITCH's, as it happened.
        Event = "event",
        /// The result of the job that placed the call.
        Job = "job",
        /// The call's CDR, found as a file.
        CdrFile = "cdr_file",
        /// The call's CDR, received by webhook.
        CdrWebhook = "cdr_webhook",
        /// FreeSWITCH, asked about the channel.
        Probe = "probe",
        /// The call's UUID, taken by a channel that goes nowhere.
        Fence = "fence",
        /// The answer to the command that was to place the call, or the writer that kept the command back.
        Reply = "reply",
        /// The carrier's own API or webhook.
        Carrier = "carrier",
    }
}

impl Witness {
    /// Who it was, for a reader of the timeline: `from the CDR file`.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Event => "from FreeSWITCH's events",
            Self::Job => "from the result of the dialling job",
            Self::CdrFile => "from the CDR file",
            Self::CdrWebhook => "from the CDR webhook",
            Self::Probe => "from what FreeSWITCH answered when asked for the channel",
            Self::Fence => "by taking the call's UUID and finding no CDR",
            Self::Reply => "from the answer to the dialling command",
            Self::Carrier => "from the carrier's own report",
        }
    }
}

words! {
    /// Which of the waiting items go first. Earlier variants go earlier.
    #[derive(Default)]
    Priority, "priority" {
        /// Before everything else of its tenant, and at any hour.
        Urgent = "urgent",
        /// In its turn.
        #[default]
        Normal = "normal",
        /// When nothing else of its tenant waits.
        Bulk = "bulk",
    }
}

impl Priority {
    /// 0 for urgent, 1 for normal, 2 for bulk: the order in which a tenant's items are claimed.
    #[must_use]
    pub const fn rank(self) -> i16 {
        match self {
            Self::Urgent => 0,
            Self::Normal => 1,
            Self::Bulk => 2,
        }
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
    /// How a number of the gateway's stands.
    DidState, "state of a number" {
        /// Faxes come in on it, and go out from it.
        Active = "active",
        /// Its carrier is being told to take it back; then it is gone.
        Releasing = "releasing",
    }
}

words! {
    /// How an order of numbers stands.
    NumberOrderState, "state of an order" {
        /// Written down; whether the carrier knows of it is not known yet.
        Pending = "pending",
        /// The carrier has it, and works on it.
        Placed = "placed",
        /// The numbers are the tenant's.
        Success = "success",
        /// They will not be, for the reason beside it.
        Failure = "failure",
    }
}

impl NumberOrderState {
    /// Whether nothing can happen to the order any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failure)
    }
}

words! {
    /// How an event's way to an endpoint stands.
    DeliveryState, "state of a delivery" {
        /// It waits for its time.
        Pending = "pending",
        /// Somebody is sending it.
        Sending = "sending",
        /// The endpoint has taken it.
        Delivered = "delivered",
        /// All tries failed.
        Failed = "failed",
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

    /// Whether the role may change what belongs to the tenant: its numbers, say.
    #[must_use]
    pub fn can_manage(self) -> bool {
        self >= Self::Admin
    }

    /// Whether the role may do what concerns every tenant.
    #[must_use]
    pub fn is_operator(self) -> bool {
        self >= Self::Operator
    }

    /// Whether somebody with this role may give, take or change the role `other`: whoever manages may, up to their own.
    #[must_use]
    pub fn can_give(self, other: Self) -> bool {
        self.can_manage() && other <= self
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

    #[test]
    fn a_member_does_not_manage_and_an_admin_is_no_operator() {
        assert!(!Role::Member.can_manage() && Role::Admin.can_manage());
        assert!(!Role::Admin.is_operator() && Role::Operator.is_operator());
    }

    #[test]
    fn nobody_gives_a_role_above_their_own() {
        for own in Role::ALL {
            for other in Role::ALL {
                assert_eq!(own.can_give(*other), own.can_manage() && other <= own);
            }
        }
    }
}
