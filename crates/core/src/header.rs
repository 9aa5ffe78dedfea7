//! The line at the top of every page (47 CFR 68.318(d)): who sends, from which number, when.

use faxgate_types::{E164, TimeZone, Timestamp};

/// The most characters that fit beside one another on a page (see [`faxgate_imaging::header::stamp`]).
const WIDTH: usize = 108;

/// The header line of a fax: as FreeSWITCH needs it, which adds date, time and page number itself, and whole, for lines that
/// draw none.
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
    number: E164,
    name: String,
    clock: TimeZone,
}

impl HeaderLine {
    /// The header line of a fax from `number` of somebody called `name`, sent at about `at`; `zone` is that of its clock.
    #[must_use]
    pub fn new(name: &str, number: &E164, zone: TimeZone, at: Timestamp) -> Self {
        let name = plain(name);
        let text = format!("{number} {name}");
        Self {
            text: cut(&text, 50).to_owned(),
            ident: number.as_str().to_owned(),
            zone: zone.posix_at(at),
            number: number.clone(),
            name,
            clock: zone,
        }
    }

    /// The whole line of page `page` of `of`, counted from 1, sent at `at`: `21-Nov-2026 05:50 EST  +15551230001  Acme  p.2/5`.
    ///
    /// At most 108 characters of printable ASCII. A long name is cut, and nothing else. Zones without a name of their own show
    /// how far they are from UTC: `+03`.
    #[must_use]
    pub fn line(&self, at: Timestamp, page: u32, of: u32) -> String {
        let time = self.clock.local(at).format("%d-%b-%Y %H:%M %Z");
        let sender = format!("{time}  {}  {}", self.number, self.name);
        let page = format!("  p.{page}/{of}");
        format!("{}{page}", cut(&sender, WIDTH - page.len()))
    }
}

/// Printable ASCII that reads alike, without blanks around it.
pub(crate) fn plain(text: &str) -> String {
    let plain = deunicode::deunicode(text);
    let printable = plain
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { ' ' });
    printable.collect::<String>().trim().to_owned()
}

/// The first `most` characters of printable ASCII, without blanks at the end.
fn cut(text: &str, most: usize) -> &str {
    text.get(..most).unwrap_or(text).trim_end()
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
    fn line(name: &str, zone: &str, at: &str, page: u32, of: u32) -> String {
        let at = Timestamp::parse(at).unwrap();
        let number = "+13125550001".parse().unwrap();
        HeaderLine::new(name, &number, zone.parse().unwrap(), at).line(at, page, of)
    }

    #[test]
    fn the_whole_line_has_the_time_on_the_senders_clock_the_number_the_name_and_the_page() {
        let (winter, summer) = ("2026-01-21T04:30:00Z", "2026-07-21T04:30:00Z");
        for (zone, at, expected) in [
            ("America/New_York", winter, "20-Jan-2026 23:30 EST"),
            ("America/New_York", summer, "21-Jul-2026 00:30 EDT"),
            ("Europe/Istanbul", winter, "21-Jan-2026 07:30 +03"),
            ("Asia/Kathmandu", winter, "21-Jan-2026 10:15 +0545"),
            ("UTC", winter, "21-Jan-2026 04:30 UTC"),
        ] {
            assert_eq!(
                line("Acme Clinic", zone, at, 2, 5),
                format!("{expected}  +13125550001  Acme Clinic  p.2/5")
            );
        }
    }

    #[test]
    fn a_nameless_sender_leaves_no_gap() {
        assert_eq!(
            line(" \u{7} ", "UTC", "2026-01-21T04:30:00Z", 1, 1),
            "21-Jan-2026 04:30 UTC  +13125550001  p.1/1"
        );
    }

    #[test]
    fn the_page_number_is_never_cut() {
        for name in [
            "x".repeat(500),
            "\u{4e2d}".repeat(300),
            "\u{15e}".repeat(90),
        ] {
            for (page, of) in [(1, 1), (350, 350), (u32::MAX, u32::MAX)] {
                let line = line(&name, "Asia/Kathmandu", "2026-01-21T04:30:00Z", page, of);
                assert!(line.ends_with(&format!("  p.{page}/{of}")), "{line}");
                assert!(line.contains(" +13125550001  "), "{line}");
                assert!(line.len() <= WIDTH && line.len() > 100, "{line}");
                assert!(line.bytes().all(|b| (b' '..=b'~').contains(&b)), "{line}");
            }
        }
    }
}
