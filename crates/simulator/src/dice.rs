//! What has no fixed order on a real switch, thrown repeatably.

/// Dice of one call: the same seed and call give the same throws.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(Option<u64>);

impl Dice {
    /// The dice of the `nth` session; without a seed everything takes its usual course.
    pub(crate) fn of(seed: Option<u64>, nth: u64) -> Self {
        Self(seed.map(|seed| mixed(seed ^ nth.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }

    /// True half the time; `usual` without a seed.
    pub(crate) fn coin(&mut self, usual: bool) -> bool {
        self.throw().map_or(usual, |number| number & 1 == 1)
    }

    /// Between 0 and 2, 1 on average; 1 without a seed.
    pub(crate) fn stretch(&mut self) -> f64 {
        self.throw()
            .map_or(1.0, |number| (number >> 11) as f64 / (1_u64 << 52) as f64)
    }

    fn throw(&mut self) -> Option<u64> {
        let state = self.0.as_mut()?;
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        Some(mixed(*state))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_without_one_nothing_varies() {
        let throws = |seed, nth| {
            let mut dice = Dice::of(seed, nth);
            (0..64).map(|_| dice.coin(false)).collect::<Vec<_>>()
        };
        assert_eq!(throws(Some(7), 1), throws(Some(7), 1));
        assert_ne!(throws(Some(7), 1), throws(Some(7), 2));
        assert!(throws(None, 1).iter().all(|coin| !coin));
        let mut dice = Dice::of(Some(1), 1);
        assert!((0..1000).all(|_| (0.0..2.0).contains(&dice.stretch())));
    }
}
