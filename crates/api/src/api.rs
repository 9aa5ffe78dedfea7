//! What every endpoint needs, in one handle.

use std::sync::Arc;

use faxgate_core::App;

use crate::extract::room::Room;
use crate::limits::Limits;
use crate::options::ApiOptions;
use crate::v1::events::seats::Seats;

/// The API: the use cases, the options, the counters. Cheap to clone; all clones count together, so make one for all
/// workers of a server and hand clones to [`configure`](crate::configure).
#[derive(Clone)]
pub struct Api {
    pub(crate) app: App,
    pub(crate) options: Arc<ApiOptions>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) room: Room,
    pub(crate) seats: Seats,
}

impl Api {
    /// An API over the use cases of `app`.
    #[must_use]
    pub fn new(app: App, options: ApiOptions) -> Self {
        let shared = options.shared_quotas.then(|| app.counters()).flatten();
        if options.shared_quotas && shared.is_none() {
            tracing::warn!(
                "rate_limits.shared is set, and changes nothing: on SQLite there is one node, which counts for itself"
            );
        }
        Self {
            limits: Arc::new(Limits::new(options.quotas, shared)),
            app,
            room: Room::new(options.body_memory_bytes),
            seats: Seats::new(options.streams, options.streams_per_user),
            options: Arc::new(options),
        }
    }
}
