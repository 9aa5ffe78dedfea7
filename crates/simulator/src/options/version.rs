//! Which FreeSWITCH the simulator is.

use std::str::FromStr;

/// The FreeSWITCH whose manners are imitated where the versions differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// 1.10.12: `null/` with the UUID of a living channel is refused like any other.
    V1_10,
    /// 1.11: the same is answered `+OK X`, X being a fresh channel of its own that parks; a gateway that is unknown or
    /// down sends one `CHANNEL_DESTROY`.
    #[default]
    V1_11,
}

impl Version {
    /// What `version short` answers.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::V1_10 => "1.10.12",
            Self::V1_11 => "1.11.3",
        }
    }

    /// The version as `status` and `version` spell it.
    pub(crate) fn long(self) -> &'static str {
        match self {
            Self::V1_10 => "1.10.12-release git a88d069 2024-08-02 21:02:27Z 64bit",
            Self::V1_11 => "1.11.3-dev git cc93a68 2026-08-21 00:00:00Z 64bit",
        }
    }

    /// `FreeSWITCH-Version` of a heartbeat.
    pub(crate) fn full(self) -> &'static str {
        match self {
            Self::V1_10 => "1.10.12-release+git~20240802T210227Z~a88d069d6f~64bit",
            Self::V1_11 => "1.11.3-dev+git~20260821T000000Z~cc93a683ca~64bit",
        }
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1.10" => Ok(Self::V1_10),
            "1.11" => Ok(Self::V1_11),
            _ => Err("a version is 1.10 or 1.11".to_owned()),
        }
    }
}
