//! Ids of events.

use std::fmt;
use std::str::FromStr;

use faxgate_types::TenantId;
use sha2::{Digest as _, Sha256};

/// Crockford's base 32, in lower case.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PREFIX: &str = "evt_";
const NUMBER_CHARS: usize = 10;
const MARK_CHARS: usize = 16;

/// The id of an event: `evt_` and 26 letters and digits, ten for the event's number and sixteen that only its tenant's id and
/// that number give. So it is the same for ever, whoever tells of it; ids of one tenant sort as its events do; and another tenant's
/// can be told from one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId {
    seq: i64,
    mark: [u8; MARK_CHARS],
}

impl EventId {
    /// The id of the tenant's event with this number.
    #[must_use]
    pub fn new(tenant: TenantId, seq: i64) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"faxgate event\0");
        hash.update(tenant.to_string());
        hash.update(seq.to_be_bytes());
        let hash = hash.finalize();
        let mut mark = [b'0'; MARK_CHARS];
        for (char, byte) in mark.iter_mut().zip(hash) {
            *char = DIGITS[usize::from(byte % 32)];
        }
        Self { seq, mark }
    }

    /// The event's number, if it is this tenant's.
    #[must_use]
    pub fn seq(self, tenant: TenantId) -> Option<i64> {
        (Self::new(tenant, self.seq) == self).then_some(self.seq)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        for place in (0..NUMBER_CHARS).rev() {
            let digit = usize::try_from(self.seq >> (5 * place) & 31).unwrap_or(0);
            write!(f, "{}", char::from(DIGITS[digit]))?;
        }
        for char in self.mark {
            write!(f, "{}", char::from(char))?;
        }
        Ok(())
    }
}

/// A text that is no event's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event's id")]
pub struct NotAnEventId;

impl FromStr for EventId {
    type Err = NotAnEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_prefix(PREFIX).ok_or(NotAnEventId)?.as_bytes();
        let (number, mark) = text.split_at_checked(NUMBER_CHARS).ok_or(NotAnEventId)?;
        let mark: [u8; MARK_CHARS] = mark.try_into().map_err(|_| NotAnEventId)?;
        let value = |char: &u8| DIGITS.iter().position(|digit| digit == char);
        if !mark.iter().all(|char| value(char).is_some()) {
            return Err(NotAnEventId);
        }
        let mut seq = 0;
        for char in number {
            let digit = value(char).ok_or(NotAnEventId)?;
            seq = seq << 5 | i64::try_from(digit).map_err(|_| NotAnEventId)?;
        }
        Ok(Self { seq, mark })
    }
}

impl serde::Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    #[test]
    fn an_id_reads_back_sorts_as_its_events_do_and_is_its_tenants_alone() {
        let ambient = Ambient::system();
        let (own, other) = (TenantId::generate(&ambient), TenantId::generate(&ambient));
        let mut before = String::new();
        for seq in [1, 2, 31, 32, 1_000_000, (1 << 50) - 1] {
            let id = EventId::new(own, seq);
            let text = id.to_string();
            assert_eq!((text.len(), text.parse()), (30, Ok(id)));
            assert_eq!((id.seq(own), id.seq(other)), (Some(seq), None));
            assert!(before < text, "{before} {text}");
            assert!(!text.contains('.'));
            before = text;
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for wrong in [
            "",
            "evt_",
            "evt_1",
            "evt_0000000001u000000000000000",
            "0000000001aaaaaaaaaaaaaaaa",
            "evt_ü",
        ] {
            assert_eq!(wrong.parse::<EventId>(), Err(NotAnEventId), "{wrong}");
        }
    }
}
