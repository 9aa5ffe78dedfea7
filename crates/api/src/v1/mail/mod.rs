//! `/api/v1/mail`: one file an endpoint.

pub(crate) mod get;
pub(crate) mod intake;
pub(crate) mod model;
pub(crate) mod outbox;
pub(crate) mod put;
pub(crate) mod retry;
pub(crate) mod test;

use faxgate_core::{Asker, Caller};

fn asker(caller: &Caller) -> Asker {
    Asker::Caller(Box::new(caller.clone()))
}
