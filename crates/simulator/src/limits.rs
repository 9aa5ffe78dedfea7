//! How many sessions the switch takes: `fsctl pause`, `max_sessions`, `sps`.

/// The limits and what they have seen.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) max_sessions: u32,
    pub(crate) per_second: u32,
    pub(crate) paused_inbound: bool,
    pub(crate) paused_outbound: bool,
    /// The most sessions there were at once.
    pub(crate) peak: usize,
    second: i64,
    in_second: u32,
}

impl Limits {
    pub(crate) fn new(max_sessions: u32, per_second: u32) -> Self {
        Self {
            max_sessions,
            per_second,
            paused_inbound: false,
            paused_outbound: false,
            peak: 0,
            second: 0,
            in_second: 0,
        }
    }

    /// Whether one more session may start beside `live` others. `sps N` lets N-1 through a second, as measured.
    pub(crate) fn admit(&mut self, live: usize, outbound: bool, now: i64) -> bool {
        let paused = if outbound {
            self.paused_outbound
        } else {
            self.paused_inbound
        };
        let second = now / 1_000_000;
        if second != self.second {
            self.second = second;
            self.in_second = 0;
        }
        if paused || live >= self.max_sessions as usize || self.in_second + 1 >= self.per_second {
            return false;
        }
        self.in_second += 1;
        self.peak = self.peak.max(live + 1);
        true
    }

    /// Sessions of the second that `now` lies in.
    pub(crate) fn in_second(&self, now: i64) -> u32 {
        if now / 1_000_000 == self.second {
            self.in_second
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_takes_one_less_than_its_limit() {
        let mut limits = Limits::new(10, 3);
        let admitted = |limits: &mut Limits, now| limits.admit(0, true, now);
        assert!(admitted(&mut limits, 0));
        assert!(admitted(&mut limits, 10));
        assert!(!admitted(&mut limits, 20));
        assert!(admitted(&mut limits, 1_000_000));
        assert!(!limits.admit(10, true, 2_000_000));
        limits.paused_outbound = true;
        assert!(!limits.admit(0, true, 3_000_000));
        assert!(limits.admit(0, false, 3_000_000));
    }
}
