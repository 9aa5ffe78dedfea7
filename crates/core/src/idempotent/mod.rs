//! Requests with an idempotency key: the same one has its effect once, and its answer is the same one.
//!
//! 1. [`App::reserve`] writes the request down, before anything is done for it, and commits that: a [`Reservation`], leased for a
//!    minute.
//! 2. The use case calls [`Once::complete`] in the transaction of its effect. What is written there is the answer, status and body; when
//!    somebody else has taken the reservation over meanwhile, that fails, and the effect with it.
//! 3. A use case that fails gives the key back, so that the request can be corrected; one whose process died loses it with its lease.
//!
//! Without a key all of this is nothing: the same code serves both.
//!
//! ```text
//! async fn create_thing(&self, caller: &Caller, wanted: NewThing, once: Once<Thing>) -> Result<Thing> {
//!     let mut tx = self.db.write(caller.tenant.id).await?;
//!     let thing = things::insert(&mut tx, …).await?;
//!     once.complete(&mut tx, &thing).await?;      // or complete_sealed, when the answer holds a secret
//!     tx.commit().await?;
//!     Ok(thing)
//! }
//! ```

mod answer;
mod once;
mod reservation;
mod reserve;
mod seal;

pub use answer::{Answer, Idempotency};
pub use once::Once;
pub use reservation::Reservation;
pub use reserve::Reserved;
