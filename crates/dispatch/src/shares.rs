//! How many calls each line takes next.

/// A line, as far as sharing goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Calls it has.
    pub(crate) busy: usize,
    /// Calls more that it may take now.
    pub(crate) free: usize,
    /// Its share against the others.
    pub(crate) weight: u32,
}

/// Deals `calls` out over lines so that their loads, relative to their weights, come as close as can be. Answers the indices
/// of lines with their calls, the one with the lowest load first.
pub(crate) fn deal(rooms: &[Room], calls: usize) -> Vec<(usize, usize)> {
    let mut dealt = vec![0_usize; rooms.len()];
    // The load after one more call, as a fraction that is compared crosswise.
    let next = |at: usize, dealt: &[usize]| -> Option<(u128, u128)> {
        let (room, got) = (rooms.get(at)?, *dealt.get(at)?);
        let load = (room.busy + got + 1) as u128;
        (got < room.free).then_some((load, u128::from(room.weight.max(1))))
    };
    let mut order: Vec<usize> = Vec::new();
    for _ in 0..calls {
        let best = (0..rooms.len())
            .filter_map(|at| next(at, &dealt).map(|load| (at, load)))
            .min_by(|(_, a), (_, b)| (a.0 * b.1).cmp(&(b.0 * a.1)));
        let Some((at, _)) = best else { break };
        if let Some(got) = dealt.get_mut(at) {
            *got += 1;
        }
        if !order.contains(&at) {
            order.push(at);
        }
    }
    order
        .into_iter()
        .filter_map(|at| dealt.get(at).map(|got| (at, *got)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(busy: usize, free: usize, weight: u32) -> Room {
        Room { busy, free, weight }
    }

    #[test]
    fn calls_are_dealt_by_weight() {
        let rooms = [room(0, 100, 100), room(0, 100, 300)];
        assert_eq!(deal(&rooms, 8), [(1, 6), (0, 2)]);
    }

    #[test]
    fn the_line_with_the_lowest_load_is_first() {
        let rooms = [room(10, 100, 100), room(2, 100, 100)];
        assert_eq!(deal(&rooms, 4), [(1, 4)]);
        assert_eq!(deal(&rooms, 10), [(1, 9), (0, 1)]);
    }

    #[test]
    fn nobody_gets_more_than_it_has_room_for() {
        let rooms = [room(0, 1, 100), room(0, 0, 100), room(0, 2, 1)];
        assert_eq!(deal(&rooms, 16), [(0, 1), (2, 2)]);
        assert_eq!(deal(&[], 16), []);
    }
}
