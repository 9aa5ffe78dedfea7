//! The numbers of the gateway: found, ordered, attached, set up, given back.

mod add;
mod asker;
mod attach;
mod audited;
mod change;
mod follow;
mod import;
mod look;
mod order;
mod release;
mod search;
mod told;

use std::sync::Arc;

use faxgate_db::dids::{Carried, Did};
use faxgate_types::{Country, E164};

use crate::app::App;
use crate::carrier::{Carrier, CarrierError, CarrierErrorKind, CarrierNumber};
use crate::error::{Error, Result};

pub(crate) use add::unconfirmed;
pub use asker::Asker;
pub use change::NumberChange;
pub use import::{ImportRequest, Imported, WhichNumbers};
pub use look::{NumbersOf, Page};
pub use order::{OrderRequest, PlacedOrder};
pub use release::Released;
pub use search::{AccountNumber, AccountPage};

/// A number of the gateway's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnNumber {
    /// The number, and how faxes from it present themselves.
    pub did: Did,
    /// Its tenant's slug.
    pub tenant: String,
}

impl From<(Did, String)> for OwnNumber {
    fn from((did, tenant): (Did, String)) -> Self {
        Self { did, tenant }
    }
}

impl App {
    /// The account at the carrier.
    ///
    /// # Errors
    /// `CARRIER_NOT_CONFIGURED`.
    fn carrier(&self) -> Result<Arc<dyn Carrier>> {
        self.carrier.clone().ok_or_else(|| {
            Error::unavailable(
                "CARRIER_NOT_CONFIGURED",
                "no carrier is set up on this gateway; an operator sets FAXGATE_TELNYX__API_KEY and FAXGATE_TELNYX__CONNECTION_ID",
            )
        })
    }
}

/// Reads a number as the country writes it, or with its `+`.
fn read(number: &str, country: Country) -> Result<E164> {
    E164::read(number, country).map_err(|error| {
        let shown: String = number.chars().take(64).collect();
        Error::bad_input("INVALID_NUMBER", format!("{shown}: {error}"))
            .field("phone_number", error.to_string())
    })
}

/// Reads a number of one's own as [`read`] does, or else as E.164 alone: `+` and 7 to 15 digits, the first of them not 0. Plans of
/// numbering say what can be dialled; what somebody has, they know best.
fn read_any(number: &str, country: Country) -> Result<E164> {
    let own = |number: &str| {
        let digits = number.strip_prefix('+')?;
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        number.parse().ok().filter(|_| fits)
    };
    match read(number, country) {
        Ok(number) => Ok(number),
        Err(error) => own(number.trim()).ok_or(error),
    }
}

/// Reads several numbers; each counts once.
fn read_all(numbers: &[String], country: Country) -> Result<Vec<E164>> {
    let mut read_so_far = Vec::new();
    for number in numbers {
        let number = read(number, country)?;
        if !read_so_far.contains(&number) {
            read_so_far.push(number);
        }
    }
    if (1..=MOST_AT_ONCE).contains(&read_so_far.len()) {
        return Ok(read_so_far);
    }
    Err(Error::bad_input(
        "INVALID_NUMBER",
        format!("name 1 to {MOST_AT_ONCE} numbers"),
    )
    .field("phone_numbers", format!("1 to {MOST_AT_ONCE} numbers")))
}

/// Numbers in one order, or one import.
const MOST_AT_ONCE: usize = 50;

/// What is written beside a number that the carrier has.
fn carried(carrier: &dyn Carrier, number: &CarrierNumber) -> Carried {
    Carried {
        carrier: carrier.name().to_owned(),
        number_id: number.id.clone(),
        connection_id: number.application.clone(),
    }
}

/// A carrier's trouble, as the caller is told of it.
fn refused(carrier: &dyn Carrier, error: CarrierError) -> Error {
    let name = carrier.name();
    match error.kind {
        CarrierErrorKind::Refused => {
            Error::bad_input("CARRIER_REFUSED", format!("{name}: {}", error.message))
        }
        CarrierErrorKind::NotFound => {
            Error::not_found("NOT_AT_CARRIER", format!("{name}: {}", error.message))
        }
        CarrierErrorKind::Unauthenticated => Error::unavailable(
            "CARRIER_UNAVAILABLE",
            format!(
                "{name} refuses the gateway's API key; an operator checks FAXGATE_TELNYX__API_KEY"
            ),
        )
        .because(error),
        CarrierErrorKind::RateLimited(wait) => Error::unavailable(
            "CARRIER_BUSY",
            format!("{name} takes no more requests for a while"),
        )
        .retry_after(wait)
        .because(error),
        CarrierErrorKind::NotSent | CarrierErrorKind::Unclear => Error::unavailable(
            "CARRIER_UNAVAILABLE",
            format!("{name} cannot be reached, or does not answer; try again in a moment"),
        )
        .because(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_ones_own_need_not_be_one_that_can_be_dialled() {
        let read = |text: &str| read_any(text, "US".parse().unwrap());
        for (text, expected) in [
            ("+1234567890", "+1234567890"),
            (" +1234567 ", "+1234567"),
            ("+123456789012345", "+123456789012345"),
            ("(312) 555-0101", "+13125550101"),
            ("+1 312 555 0101", "+13125550101"),
        ] {
            assert_eq!(read(text).unwrap().as_str(), expected, "{text}");
        }
        for wrong in [
            "12",
            "+123456",
            "+0123456789",
            "+1234567890123456",
            "1234567890123",
            "+1 23456789",
            "+12345678a",
            "",
        ] {
            assert_eq!(read(wrong).unwrap_err().code, "INVALID_NUMBER", "{wrong}");
        }
    }
}
