//! `/api/v1/users`: one file an endpoint.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod password;
pub(crate) mod remove;
pub(crate) mod sign_out;
pub(crate) mod totp;

use actix_web::HttpRequest;
use faxgate_core::{Asker, Caller, Error};
use faxgate_types::UserId;

fn asker(caller: &Caller) -> Asker {
    Asker::Caller(Box::new(caller.clone()))
}

/// The user that the path names.
fn named(request: &HttpRequest) -> Result<UserId, Error> {
    let id = request.match_info().query("user").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_USER", "there is no such user"))
}

/// The words of [`faxgate_types::Role`], for errors.
const ROLES: &str = "read-only, member, admin, operator";
