//! Usage for spreadsheets.

use ::csv::{Terminator, WriterBuilder};
use faxgate_db::usage::Usage;

use super::{Amount, UsageReport};
use crate::error::{Error, Result};

const HEAD: [&str; 14] = [
    "tenant",
    "day",
    "attempts",
    "line_seconds",
    "faxes_sent",
    "faxes_failed",
    "faxes_received",
    "pages_sent",
    "pages_received",
    "faxes_on_net",
    "pages_on_net",
    "cost",
    "price",
    "currency",
];

impl UsageReport {
    /// The days as CSV (RFC 4180: commas, CRLF, a line of names first), and nothing else, so that a sum of a column is right. No
    /// cell is a formula to a spreadsheet.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn csv(&self) -> Result<String> {
        let mut csv = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(Vec::new());
        csv.write_record(HEAD).map_err(Error::internal)?;
        for day in &self.days {
            csv.write_record(self.row(&day.day, &day.used))
                .map_err(Error::internal)?;
        }
        let bytes = csv
            .into_inner()
            .map_err(|e| Error::internal(e.into_error()))?;
        String::from_utf8(bytes).map_err(Error::internal)
    }

    fn row(&self, day: &str, used: &Usage) -> [String; 14] {
        [
            harmless(&self.tenant),
            harmless(day),
            used.attempts.to_string(),
            used.line_seconds.to_string(),
            used.faxes_sent.to_string(),
            used.faxes_failed.to_string(),
            used.faxes_received.to_string(),
            used.pages_sent.to_string(),
            used.pages_received.to_string(),
            used.faxes_on_net.to_string(),
            used.pages_on_net.to_string(),
            Amount::from(used.cost).to_string(),
            Amount::from(used.price).to_string(),
            harmless(&self.currency),
        ]
    }
}

/// A text that no spreadsheet takes for a formula: one that would be gets an apostrophe in front (OWASP, CSV injection).
fn harmless(text: &str) -> String {
    let first = text.trim_start_matches([' ', '\u{a0}']).chars().next();
    match first {
        Some(
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}'
            | '\u{ff20}',
        ) => {
            format!("'{text}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::UsageDay;
    use super::*;

    fn report(tenant: &str) -> UsageReport {
        let used = Usage {
            attempts: 3,
            line_seconds: 90,
            cost: 7_500,
            price: 150_000,
            faxes_sent: 2,
            faxes_failed: 1,
            pages_sent: 5,
            ..Usage::default()
        };
        UsageReport {
            tenant: tenant.to_owned(),
            from: "2026-01-01".to_owned(),
            to: "2026-01-31".to_owned(),
            currency: "USD".to_owned(),
            days: vec![UsageDay {
                day: "2026-01-15".to_owned(),
                used,
            }],
            total: used,
        }
    }

    #[test]
    fn days_are_lines_beneath_their_names() {
        assert_eq!(
            report("acme").csv().unwrap(),
            "tenant,day,attempts,line_seconds,faxes_sent,faxes_failed,faxes_received,pages_sent,pages_received,faxes_on_net,\
             pages_on_net,cost,price,currency\r\nacme,2026-01-15,3,90,2,1,0,5,0,0,0,0.0075,0.15,USD\r\n"
        );
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            " =cmd|'/c calc'!A1",
            "＝1",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        assert_eq!(harmless("acme-1"), "acme-1");
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_one_cell(text in ".{0,40}") {
            let csv = report(&text).csv().unwrap();
            let mut reader = ::csv::ReaderBuilder::new().from_reader(csv.as_bytes());
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), 1);
            prop_assert_eq!(&rows[0][0], harmless(&text));
        }
    }
}
