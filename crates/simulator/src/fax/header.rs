//! The header line that the sending side stamps on every page.

use faxgate_types::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;

use crate::channel::Vars;

/// SpanDSP drops a longer text, and with it the whole line.
const MAX_TEXT: usize = 50;
/// SpanDSP drops a longer ident.
const MAX_IDENT: usize = 20;

/// What stands on top of the pages of one fax.
#[derive(Clone, Debug)]
pub(crate) struct HeaderLine {
    /// `None`: no line at all.
    text: Option<String>,
    ident: Option<String>,
    zone: TimeZone,
}

impl HeaderLine {
    /// From `fax_header`, `fax_ident` and `fax_timezone`, which the module percent-decodes.
    ///
    /// A zone that is no POSIX zone is ignored, as FreeSWITCH does for what its `timezones.conf` does not list.
    pub(crate) fn of(vars: &Vars) -> Self {
        let decoded = |name: &str, default: &str| decode(vars.get(name).unwrap_or(default));
        let text = decoded("fax_header", "SpanDSP Fax Header");
        let zone = TimeZone::posix(&decoded("fax_timezone", "UTC0")).unwrap_or(TimeZone::UTC);
        Self {
            text: (!text.is_empty() && text.len() <= MAX_TEXT).then_some(text),
            ident: ident(vars),
            zone,
        }
    }

    /// The line of a page, from 1; `None` leaves the page as it is.
    pub(crate) fn line(&self, page: u32, at: Timestamp) -> Option<String> {
        let text = self.text.as_ref()?;
        let at = jiff::Timestamp::from_microsecond(at.unix_micros())
            .ok()?
            .to_zoned(self.zone.clone());
        let ident = self.ident.as_deref().unwrap_or_default();
        Some(format!(
            "{}    {text:<50} {ident:<21}   p.{page}",
            at.strftime("%e-%b-%Y  %H:%M")
        ))
    }
}

/// `fax_ident` as the far end sees it; `None` when it is too long to be sent.
pub(crate) fn ident(vars: &Vars) -> Option<String> {
    let ident = decode(vars.get("fax_ident").unwrap_or("SpanDSP Fax Ident"));
    (!ident.is_empty() && ident.len() <= MAX_IDENT).then_some(ident)
}

/// Percent-decoding up to the first NUL, where C stops reading; other bytes as code page 437 or Latin-1 would show.
fn decode(text: &str) -> String {
    percent_decode_str(text)
        .take_while(|&byte| byte != 0)
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(given: &[(&'static str, &str)]) -> Vars {
        let mut vars = Vars::default();
        for (name, value) in given {
            vars.set(*name, *value);
        }
        vars
    }

    fn line(given: &[(&'static str, &str)], page: u32) -> Option<String> {
        let at = Timestamp::parse("2026-07-01T03:09:49Z").unwrap();
        HeaderLine::of(&vars(given)).line(page, at)
    }

    #[test]
    fn a_posix_zone_moves_the_clock_and_another_is_ignored() {
        let eastern = line(
            &[
                ("fax_header", "%41cme"),
                ("fax_timezone", "EST5EDT,M3.2.0,M11.1.0"),
            ],
            2,
        )
        .unwrap();
        assert!(
            eastern.starts_with("30-Jun-2026  23:09    Acme "),
            "{eastern}"
        );
        assert!(eastern.ends_with("p.2"), "{eastern}");
        let ignored = line(&[("fax_timezone", "America/New_York")], 1).unwrap();
        assert!(
            ignored.starts_with(" 1-Jul-2026  03:09    SpanDSP Fax Header "),
            "{ignored}"
        );
    }

    #[test]
    fn a_nul_or_a_long_text_takes_the_line_away() {
        assert_eq!(line(&[("fax_header", "%00")], 1), None);
        assert_eq!(line(&[("fax_header", &"x".repeat(51))], 1), None);
        assert!(line(&[("fax_header", &"x".repeat(50))], 1).is_some());
    }

    #[test]
    fn an_ident_over_twenty_characters_is_not_sent() {
        assert_eq!(
            ident(&vars(&[("fax_ident", "%2B1%20555")])).as_deref(),
            Some("+1 555")
        );
        assert_eq!(
            ident(&vars(&[("fax_ident", "123456789012345678901")])),
            None
        );
    }
}
