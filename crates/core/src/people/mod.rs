//! Users, and what they may do in which tenant, for whoever manages them.
//!
//! Operators manage everybody, and so does whoever has a shell on the gateway's machine. A tenant's administrators manage who belongs
//! to their tenant, up to their own role; what concerns a user as such (disabling them, another password) only while the user belongs to
//! no other tenant. Nobody takes the last operator away, or the last administrator of a tenant, by accident.

mod add;
mod authority;
mod change;
mod look;
mod remove;
mod reset;

use crate::error::{Error, Result};

pub use add::NewPerson;
pub use change::PersonChange;
pub use faxgate_db::members::{Person, Place};
pub use look::{PeoplePage, PersonShown};

/// Refuses what cannot be a user's name.
pub(crate) fn must_be_a_name(username: &str) -> Result<()> {
    let good = (1..=150).contains(&username.len())
        && username
            .chars()
            .all(|c| !c.is_control() && !c.is_whitespace());
    if good {
        return Ok(());
    }
    let text = "a user's name has 1 to 150 characters and no spaces";
    Err(Error::bad_input("INVALID_USERNAME", text).field("username", text))
}

pub(crate) fn no_such_user(username: &str) -> Error {
    Error::not_found("NO_SUCH_USER", format!("there is no user `{username}`"))
}

pub(crate) fn username_taken(username: &str) -> Error {
    let text = format!("there is a user `{username}` already");
    Error::conflict("USERNAME_TAKEN", text.clone()).field("username", text)
}
