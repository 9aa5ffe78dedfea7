//! What a hold is on.

use faxgate_db::legal_holds::LegalHold;
use faxgate_db::retention::DueFax;
use faxgate_types::{E164, Timestamp};

/// Fewer digits than this name no number.
const LEAST_DIGITS: usize = 7;

/// Whether it is on all that the tenant has.
pub(in crate::records) fn is_on_everything(hold: &LegalHold) -> bool {
    hold.fax_id.is_none()
        && hold.number.is_none()
        && hold.from_at.is_none()
        && hold.until_at.is_none()
}

/// Whether it is on this fax, which goes to `recipients`. In doubt it is.
pub(in crate::records) fn covers_fax(hold: &LegalHold, fax: &DueFax, recipients: &[E164]) -> bool {
    if let Some(held) = hold.fax_id {
        return held == fax.id;
    }
    let by_number = hold.number.as_ref().is_none_or(|number| {
        fax.sender.as_ref() == Some(number)
            || recipients.contains(number)
            || may_be(&fax.sender_number, number)
            || may_be(&fax.recipient_number, number)
    });
    by_number && covers_time(hold, fax.created_at)
}

/// Whether it is on an upload that was never sent, or whose faxes are gone: only by its time.
pub(in crate::records) fn covers_upload(hold: &LegalHold, created_at: Timestamp) -> bool {
    hold.fax_id.is_none() && hold.number.is_none() && covers_time(hold, created_at)
}

fn covers_time(hold: &LegalHold, at: Timestamp) -> bool {
    hold.from_at.is_none_or(|from| from <= at) && hold.until_at.is_none_or(|until| at < until)
}

/// Carriers write a number with its `+`, without it, and without its country.
fn may_be(written: &str, number: &E164) -> bool {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    digits.len() >= LEAST_DIGITS && number.digits().ends_with(digits)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use faxgate_types::{Ambient, Direction, FaxId, LegalHoldId, TenantId};

    use super::*;

    fn hold() -> LegalHold {
        let ambient = Ambient::system();
        LegalHold {
            id: LegalHoldId::generate(&ambient),
            tenant_id: TenantId::generate(&ambient),
            fax_id: None,
            number: None,
            from_at: None,
            until_at: None,
            reason: "a lawsuit".to_owned(),
            placed_by: "ann".to_owned(),
            by_operator: false,
            placed_at: at(0),
            lifted_by: None,
            lifted_at: None,
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_micros(1_768_478_400_000_000).unwrap() + Duration::from_secs(seconds)
    }

    fn fax(from: &str, to: &str, seconds: u64) -> DueFax {
        DueFax {
            id: FaxId::generate(&Ambient::system()),
            direction: Direction::Inbound,
            sender_number: from.to_owned(),
            sender: from.parse().ok(),
            recipient_number: to.to_owned(),
            created_at: at(seconds),
            ended_at: at(seconds),
        }
    }

    #[test]
    fn a_number_is_covered_however_it_is_written() {
        let hold = LegalHold {
            number: Some("+15551234567".parse().unwrap()),
            ..hold()
        };
        let covered = |from: &str, to: &str| covers_fax(&hold, &fax(from, to, 0), &[]);
        assert!(covered("+15551234567", "+12125550000"));
        assert!(covered("anonymous", "5551234567"));
        assert!(covered("(555) 123-4567", ""));
        assert!(covered("", "0015551234567"));
        assert!(!covered("+15551234568", "4567"));
        let own: E164 = "+15551234567".parse().unwrap();
        assert!(covers_fax(&hold, &fax("+12125550000", "", 0), &[own]));
    }

    #[test]
    fn times_are_from_and_before() {
        let hold = LegalHold {
            from_at: Some(at(10)),
            until_at: Some(at(20)),
            ..hold()
        };
        let covered = |seconds| covers_fax(&hold, &fax("", "", seconds), &[]);
        assert!(!covered(9) && covered(10) && covered(19) && !covered(20));
        assert!(covers_upload(&hold, at(15)) && !covers_upload(&hold, at(20)));
        assert!(!is_on_everything(&hold));
    }

    #[test]
    fn a_hold_on_one_fax_is_on_no_other() {
        let one = fax("", "", 0);
        let hold = LegalHold {
            fax_id: Some(one.id),
            ..hold()
        };
        assert!(covers_fax(&hold, &one, &[]));
        assert!(!covers_fax(&hold, &fax("", "", 0), &[]));
        assert!(!covers_upload(&hold, at(0)));
    }
}
