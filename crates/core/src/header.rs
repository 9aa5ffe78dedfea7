//! The line at the top of every page (47 CFR 68.318(d)): who sends, from which number, when.

use faxgate_types::{E164, TimeZone, Timestamp};

/// What FreeSWITCH needs to stamp the header line. It adds date, time and page number itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// The sender's number and name: at most 50 bytes of printable ASCII. A longer text, or one with other bytes, would be
    /// dropped in silence or come out as nonsense (the line is drawn in CP437).
    ///
    /// The number comes first: newer releases of `spandsp` draw the line twice as wide, and only the first 30 characters or so
    /// are on the paper; the ident and the page number that follow are not.
    pub text: String,
    /// The sender's number, as the local station id (TSI): at most 20 of `+0-9` and space.
    pub ident: String,
    /// The clocks of the date and time, as a POSIX zone: `spandsp` knows no others.
    pub zone: String,
}

impl HeaderLine {
    /// The header line of a fax from `number` of a tenant called `name`, sent at about `at`.
    #[must_use]
    pub fn new(name: &str, number: &E164, zone: TimeZone, at: Timestamp) -> Self {
        let plain = format!("{number} {}", deunicode::deunicode(name));
        let text: String = plain
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
            .take(50)
            .collect();
        Self {
            text: text.trim().to_owned(),
            ident: number.as_str().to_owned(),
            zone: zone.posix_at(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_short_plain_and_in_the_tenants_time() {
        let header = HeaderLine::new(
            "Şişli Etfal Hastanesi — Radyoloji, Ultrason ve Görüntüleme Merkezi",
            &"+908509999999".parse().unwrap(),
            "Europe/Istanbul".parse().unwrap(),
            Timestamp::parse("2026-07-15T12:00:00Z").unwrap(),
        );
        assert_eq!(
            header.text,
            "+908509999999 Sisli Etfal Hastanesi -- Radyoloji,"
        );
        assert_eq!(header.ident, "+908509999999");
        assert_eq!(header.zone, "UTC-3");
    }
}
