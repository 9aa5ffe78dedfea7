//! How many streams there may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use faxgate_core::Error;
use faxgate_types::UserId;

/// A stream that is refused may be tried again after so long.
const RETRY: Duration = Duration::from_secs(10);

/// The streams that are open on this node. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Seats(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    most_a_user: usize,
    taken: Mutex<HashMap<UserId, usize>>,
}

/// A stream that is open; dropping it makes room for another.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    user: UserId,
}

impl Seats {
    /// So many streams, and so many of one user.
    pub(crate) fn new(most: usize, most_a_user: usize) -> Self {
        Self(Arc::new(Inner {
            most,
            most_a_user,
            taken: Mutex::default(),
        }))
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for one more stream of a user's.
    ///
    /// # Errors
    /// `TOO_MANY_STREAMS` (429) when the user has enough; `STREAMS_BUSY` (503) when the node has.
    pub(crate) fn take(&self, user: UserId) -> Result<Seat, Error> {
        let mut taken = self.taken();
        if taken.values().sum::<usize>() >= self.0.most {
            return Err(Error::unavailable(
                "STREAMS_BUSY",
                "this node has as many open streams as it may; try again, or another node",
            )
            .retry_after(RETRY));
        }
        let own = taken.get(&user).copied().unwrap_or(0);
        if own >= self.0.most_a_user {
            let most = self.0.most_a_user;
            return Err(Error::rate_limited(
                "TOO_MANY_STREAMS",
                format!("you have {most} open streams on this node already; close one"),
            )
            .retry_after(RETRY));
        }
        taken.insert(user, own + 1);
        drop(taken);
        Ok(Seat {
            seats: self.clone(),
            user,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        match taken.get_mut(&self.user) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    #[test]
    fn a_user_and_a_node_have_so_many_seats_and_get_them_back() {
        let seats = Seats::new(3, 2);
        let one = UserId::generate(&Ambient::system());
        let other = UserId::generate(&Ambient::system());
        let first = seats.take(one).unwrap();
        let _second = seats.take(one).unwrap();
        assert_eq!(seats.take(one).unwrap_err().code, "TOO_MANY_STREAMS");
        let third = seats.take(other).unwrap();
        assert_eq!(seats.take(other).unwrap_err().code, "STREAMS_BUSY");
        drop(first);
        let _again = seats.take(one).unwrap();
        drop(third);
        assert!(seats.taken().get(&other).is_none());
    }
}
