//! Until when an order may leave.
//!
//! Its first byte leaves before the order's deadline. A document that travels along and has begun in time may take longer: a
//! second for each 100 kB, but never more than what whoever takes the call over can work out too, and waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use faxgate_telnyx::Media;
use faxgate_types::{Ambient, SinceBoot};

/// A page has so long; uncompressed and superfine it is not quite 1 MB.
const A_PAGE: Duration = Duration::from_secs(10);
/// Telnyx takes documents of 50 MB.
const AT_MOST: Duration = Duration::from_secs(500);

/// The longest that so many pages may go on leaving after the deadline.
pub(super) fn longest(pages: u32) -> Duration {
    A_PAGE.saturating_mul(pages).min(AT_MOST)
}

/// The gate of an order of so many pages that has to begin before `send_by`.
pub(super) fn gate(
    ambient: Ambient,
    send_by: SinceBoot,
    media: &Media,
    pages: u32,
) -> impl Fn() -> bool + Send + Sync + 'static {
    let ends = SinceBoot(send_by.0 + media.upload_time().min(longest(pages)));
    let has_begun = AtomicBool::new(false);
    move || {
        let by = match has_begun.swap(true, Ordering::SeqCst) {
            false => send_by,
            true => ends,
        };
        ambient.since_boot() < by
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use faxgate_telnyx::Contents;
    use faxgate_types::{ManualClock, SystemRandom, Timestamp};

    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn document(bytes: usize) -> Media {
        Media::Contents(Contents {
            file_name: "a.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: vec![0; bytes].into(),
        })
    }

    fn link() -> Media {
        Media::Url("https://example.com/a.pdf".parse().unwrap())
    }

    fn clock() -> (Arc<ManualClock>, Ambient) {
        let now = Timestamp::parse("2026-11-21T09:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::at(now));
        let ambient = Ambient::new(clock.clone(), Arc::new(SystemRandom));
        (clock, ambient)
    }

    #[test]
    fn a_document_that_began_in_time_may_go_on_for_as_long_as_its_size_takes() {
        let (clock, ambient) = clock();
        let send_by = SinceBoot(ambient.since_boot().0 + seconds(10));
        let gate = gate(ambient, send_by, &document(700_000), 350);
        assert!(gate(), "the first piece");
        clock.advance(seconds(16));
        assert!(gate(), "a later one");
        clock.advance(seconds(1));
        assert!(!gate(), "7 s after the deadline");
    }

    #[test]
    fn what_has_not_begun_by_the_deadline_does_not_begin() {
        let (clock, ambient) = clock();
        let send_by = SinceBoot(ambient.since_boot().0 + seconds(10));
        let gate = gate(ambient, send_by, &document(700_000), 350);
        clock.advance(seconds(10));
        assert!(!gate());
    }

    #[test]
    fn an_order_with_a_link_is_gone_by_the_deadline() {
        let (clock, ambient) = clock();
        let send_by = SinceBoot(ambient.since_boot().0 + seconds(10));
        let gate = gate(ambient, send_by, &link(), 350);
        assert!(gate());
        clock.advance(seconds(10));
        assert!(!gate());
    }

    #[test]
    fn no_document_leaves_for_longer_than_others_wait_for() {
        for (bytes, pages) in [(50_000_000, 1), (3_000_000, 2), (10, 350)] {
            let (clock, ambient) = clock();
            let send_by = ambient.since_boot();
            let gate = gate(ambient, send_by, &document(bytes), pages);
            gate();
            clock.advance(longest(pages));
            assert!(!gate(), "{bytes} bytes, {pages} pages");
        }
        assert_eq!(longest(1), seconds(10));
        assert_eq!(longest(350), seconds(500));
    }
}
