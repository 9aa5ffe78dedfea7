//! How many bytes of request bodies may be in memory at once, over all requests.

use std::sync::Arc;

use faxgate_core::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counted in KiB, because a semaphore counts in `u32`.
const UNIT: u64 = 1024;

/// The room for request bodies.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

/// A place in the room: keep it as long as the body.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Room {
    /// A room for `bytes` bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let units = usize::try_from(bytes / UNIT).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))))
    }

    /// A place for a body of so many bytes.
    ///
    /// # Errors
    /// `BUSY` (503) when the room is taken.
    pub(crate) fn take(&self, bytes: u64) -> Result<Place, Error> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        Arc::clone(&self.0)
            .try_acquire_many_owned(units)
            .map(Place)
            .map_err(|_| {
                Error::unavailable(
                    "BUSY",
                    "too many large requests at once; try again in a moment",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_room_refuses_and_takes_again_when_somebody_leaves() {
        let room = Room::new(10 * 1024);
        let place = room.take(9 * 1024).unwrap();
        assert_eq!(room.take(2 * 1024).unwrap_err().kind.http(), 503);
        drop(place);
        assert!(room.take(2 * 1024).is_ok());
    }
}
