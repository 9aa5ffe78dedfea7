//! Completion codes, as SpanDSP numbers them.

use std::fmt;

use super::FailureClass::{Line, Local, Negotiation, NotFax, Permanent};
use super::{FailureClass, Remedy, Row, row};

/// A completion code of SpanDSP's T.30 engine, 0 to 61 (`t30.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaxCode(u8);

impl FaxCode {
    /// Every page was sent and confirmed.
    pub const OK: Self = Self(0);
    /// The far end's HDLC carrier did not stop in a timely manner.
    pub const CARRIER_STAYED: Self = Self(5);
    /// The call dropped in the middle of the fax.
    pub const CALL_DROPPED: Self = Self(49);

    /// Takes the number from the wire; `None` when it cannot be a code.
    #[must_use]
    pub fn new(code: i64) -> Option<Self> {
        u8::try_from(code).ok().map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The row of a failure; `None` for success and for codes that SpanDSP does not have yet.
    fn row(self) -> Option<&'static Row> {
        CODES.get(usize::from(self.0).checked_sub(1)?)
    }

    /// The name in `t30.h` without its `T30_ERR_`; `None` for a code that it does not have.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::OK => Some("OK"),
            _ => self.row().map(|row| row.name),
        }
    }

    /// The class of a fax that ended so; `None` for success. A code that nobody knows is a matter of negotiation.
    #[must_use]
    pub fn class(self) -> Option<FailureClass> {
        match self {
            Self::OK => None,
            _ => Some(self.row().map_or(Negotiation, |row| row.class)),
        }
    }

    /// What to change after a fax that ended so.
    #[must_use]
    pub fn remedy(self) -> Remedy {
        match self {
            Self::OK => Remedy::Nothing,
            _ => self.row().map_or(Remedy::Settings, |row| row.remedy),
        }
    }

    /// What to tell a person.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OK => "every page was confirmed",
            _ => self
                .row()
                .map_or("the fax machines did not understand each other", |row| {
                    row.sentence
                }),
        }
    }
}

impl fmt::Display for FaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Every failure code, 1 to 61, each at its place.
#[rustfmt::skip]
const CODES: &[Row] = &[
    row(1, "CEDTONE", NotFax, Remedy::Nothing, "no fax machine answered: a tone did not end"),
    row(2, "T0_EXPIRED", NotFax, Remedy::Nothing, "no fax machine answered"),
    row(3, "T1_EXPIRED", NotFax, Remedy::Nothing, "the far end fell silent before the fax began"),
    row(4, "T3_EXPIRED", Negotiation, Remedy::Settings, "the far end asked for an operator"),
    row(5, "HDLC_CARRIER", Negotiation, Remedy::Settings, "the far end stopped responding"),
    row(6, "CANNOT_TRAIN", Negotiation, Remedy::Speed, "the line is too poor: the modems could not train"),
    row(7, "OPER_INT_FAIL", Local, Remedy::Nothing, "an operator's intervention failed"),
    row(8, "INCOMPATIBLE", Permanent, Remedy::Never, "the far fax machine is not compatible"),
    row(9, "RX_INCAPABLE", Line, Remedy::Nothing, "the far fax machine cannot receive now"),
    row(10, "TX_INCAPABLE", Permanent, Remedy::Never, "the far fax machine cannot transmit"),
    row(11, "NORESSUPPORT", Permanent, Remedy::Never, "the far fax machine cannot take pages of this resolution"),
    row(12, "NOSIZESUPPORT", Permanent, Remedy::Never, "the far fax machine cannot take pages of this size"),
    row(13, "UNEXPECTED", Negotiation, Remedy::Settings, "the fax machines did not understand each other"),
    row(14, "TX_BADDCS", Negotiation, Remedy::Speed, "the fax machines could not agree on a speed"),
    row(15, "TX_BADPG", Negotiation, Remedy::Speed, "the far end hung up after a page instead of confirming it"),
    row(16, "TX_ECMPHD", Negotiation, Remedy::ErrorCorrection, "the far end did not confirm a page: error correction failed"),
    row(17, "TX_GOTDCN", Line, Remedy::Nothing, "the far fax machine said good-bye before the fax began"),
    row(18, "TX_INVALRSP", Negotiation, Remedy::Settings, "the far end did not confirm a page"),
    row(19, "TX_NODIS", Negotiation, Remedy::Settings, "the far fax machine did not say what it can do"),
    row(20, "TX_PHBDEAD", Negotiation, Remedy::Settings, "the far end stopped responding"),
    row(21, "TX_PHDDEAD", Negotiation, Remedy::Settings, "the far end did not confirm a page"),
    row(22, "TX_T5EXP", Negotiation, Remedy::ErrorCorrection, "the far end was never ready for the next page"),
    row(23, "RX_ECMPHD", Negotiation, Remedy::ErrorCorrection, "error correction failed"),
    row(24, "RX_GOTDCS", Negotiation, Remedy::Settings, "the fax machines did not understand each other"),
    row(25, "RX_INVALCMD", Negotiation, Remedy::Settings, "the fax machines did not understand each other"),
    row(26, "RX_NOCARRIER", Negotiation, Remedy::Settings, "the carrier was lost in the middle of a page"),
    row(27, "RX_NOEOL", Negotiation, Remedy::Settings, "a line of a page did not end"),
    row(28, "RX_NOFAX", Negotiation, Remedy::Settings, "no page arrived"),
    row(29, "RX_T2EXPDCN", Negotiation, Remedy::Settings, "the other side did not say good-bye"),
    row(30, "RX_T2EXPD", Negotiation, Remedy::Settings, "the other side fell silent after a page"),
    row(31, "RX_T2EXPFAX", Negotiation, Remedy::Settings, "the other side fell silent before a page"),
    row(32, "RX_T2EXPMPS", Negotiation, Remedy::Settings, "the other side fell silent between pages"),
    row(33, "RX_T2EXPRR", Negotiation, Remedy::Settings, "the other side fell silent before it was ready"),
    row(34, "RX_T2EXP", Negotiation, Remedy::Settings, "the other side fell silent"),
    row(35, "RX_DCNWHY", Negotiation, Remedy::Settings, "the other side hung up before the fax began"),
    row(36, "RX_DCNDATA", Negotiation, Remedy::Settings, "the other side hung up before a page"),
    row(37, "RX_DCNFAX", Negotiation, Remedy::Settings, "the other side hung up in the middle of a page"),
    row(38, "RX_DCNPHD", Negotiation, Remedy::Settings, "the other side hung up after a page"),
    row(39, "RX_DCNRRD", Negotiation, Remedy::Settings, "the other side hung up while it was to wait"),
    row(40, "RX_DCNNORTN", Negotiation, Remedy::Settings, "the other side hung up instead of repeating a page"),
    row(41, "FILEERROR", Permanent, Remedy::Never, "the document's pages could not be opened"),
    row(42, "NOPAGE", Permanent, Remedy::Never, "the document does not have the page"),
    row(43, "BADTIFF", Permanent, Remedy::Never, "the document's pages have the wrong format"),
    row(44, "BADPAGE", Permanent, Remedy::Never, "a page of the document has no number"),
    row(45, "BADTAG", Permanent, Remedy::Never, "a page of the document is not valid"),
    row(46, "BADTIFFHDR", Permanent, Remedy::Never, "the document's pages have a bad beginning"),
    row(47, "NOMEM", Permanent, Remedy::Never, "there is no memory for the document's pages"),
    row(48, "RETRYDCN", Negotiation, Remedy::Settings, "the far end gave up after retries"),
    row(49, "CALLDROPPED", Line, Remedy::Nothing, "the call dropped in the middle of the fax"),
    row(50, "NOPOLL", Negotiation, Remedy::Settings, "the far end has nothing to collect"),
    row(51, "IDENT_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept this sender"),
    row(52, "SUB_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the sub-address"),
    row(53, "SEP_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the polling address"),
    row(54, "PSA_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the polled sub-address"),
    row(55, "SID_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept this sender's identification"),
    row(56, "PWD_UNACCEPTABLE", Permanent, Remedy::Never, "the far end wants a password"),
    row(57, "TSA_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the sender's internet address"),
    row(58, "IRA_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the routing address"),
    row(59, "CIA_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the caller's internet address"),
    row(60, "ISP_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the internet polling address"),
    row(61, "CSA_UNACCEPTABLE", Permanent, Remedy::Never, "the far end does not accept the called internet address"),
];

#[cfg(test)]
mod tests {
    use super::super::{check, listed};
    use super::*;

    #[test]
    fn every_code_of_spandsp_has_one_row() {
        check(CODES);
        assert_eq!(CODES.len(), 61);
        for (row, number) in CODES.iter().zip(1_i64..) {
            assert_eq!(i64::from(row.number), number);
            let code = FaxCode::new(number).unwrap();
            assert_eq!(
                (code.name(), code.sentence()),
                (Some(row.name), row.sentence)
            );
            assert_eq!((code.class(), code.remedy()), (Some(row.class), row.remedy));
        }
        insta::assert_snapshot!(listed(CODES));
    }

    #[test]
    fn success_is_no_failure_and_a_new_code_is_a_matter_of_negotiation() {
        assert_eq!(
            (FaxCode::OK.class(), FaxCode::OK.name()),
            (None, Some("OK"))
        );
        let new = FaxCode::new(62).unwrap();
        assert_eq!(
            (new.class(), new.remedy()),
            (Some(Negotiation), Remedy::Settings)
        );
        assert_eq!(FaxCode::new(-1), None);
    }
}
