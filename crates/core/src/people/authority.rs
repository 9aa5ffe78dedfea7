//! Who may do what to whom.

use faxgate_db::members::{self, Place};
use faxgate_db::tenants::{self, Tenant};
use faxgate_db::{System, users};
use faxgate_types::{Role, TenantId, UserId};

use crate::error::{Error, Result};
use crate::numbers::Asker;

/// Somebody who is to be changed, with everything that they belong to.
pub(super) struct Target {
    pub(super) user: users::User,
    pub(super) places: Vec<Place>,
}

impl Target {
    /// What they are in a tenant.
    pub(super) fn place(&self, tenant: TenantId) -> Option<&Place> {
        self.places.iter().find(|place| place.tenant == tenant)
    }

    fn highest(&self) -> Option<Role> {
        self.places.iter().map(|place| place.role).max()
    }
}

/// Refuses whoever manages nobody.
pub(super) fn must_manage(asker: &Asker) -> Result<()> {
    match asker {
        Asker::Caller(caller) if !caller.role.can_manage() => Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            "your role in this tenant may not manage its users; ask its administrator",
        )),
        _ => Ok(()),
    }
}

/// Whether somebody asks about themself, with nothing that is good for one tenant only.
pub(super) fn is_own(asker: &Asker, user: UserId) -> bool {
    match asker {
        Asker::Caller(caller) => caller.user.id == user && caller.user.bound_to.is_none(),
        Asker::Console => false,
    }
}

/// The tenant that is meant: the named one, else the asker's own. To administrators there is no other than theirs.
pub(super) async fn tenant_of(
    tx: &mut System,
    asker: &Asker,
    named: Option<&str>,
) -> Result<Tenant> {
    let own = match asker {
        Asker::Caller(caller) => Some(caller.tenant.clone()),
        Asker::Console => None,
    };
    let Some(named) = named else {
        return own.ok_or_else(|| Error::bad_input("NO_TENANT", "name a tenant"));
    };
    let found = match own {
        Some(own) if own.slug == named || own.id.to_string() == named => Some(own),
        _ if !asker.is_operator() => None,
        _ => match named.parse() {
            Ok(id) => tenants::find(tx, id).await?,
            Err(_) => tenants::by_slug(tx, named).await?,
        },
    };
    found.ok_or_else(|| Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{named}`")))
}

/// Somebody who exists for the asker: to administrators, whoever belongs to their tenant.
pub(super) async fn target(tx: &mut System, asker: &Asker, user: UserId) -> Result<Target> {
    let none = || Error::not_found("NO_SUCH_USER", "there is no such user");
    let user = users::find(tx, user).await?.ok_or_else(none)?;
    let places = members::places(tx, &[user.id]).await?;
    let places = places.into_iter().map(|(_, place)| place).collect();
    let target = Target { user, places };
    match asker {
        Asker::Caller(caller)
            if !asker.is_operator() && target.place(caller.tenant.id).is_none() =>
        {
            Err(none())
        }
        _ => Ok(target),
    }
}

/// Refuses to give or take a role above the asker's own.
pub(super) fn must_be_within(asker: &Asker, role: Role) -> Result<()> {
    match asker {
        Asker::Caller(caller) if !caller.role.can_give(role) => Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            format!(
                "you are {}, and cannot give, take or change the role {role}",
                caller.role
            ),
        )),
        _ => Ok(()),
    }
}

/// Refuses to make somebody an administrator or an operator with a key that is held to scopes or to a time: what they may do has neither
/// end.
pub(super) fn must_be_held_to_nothing(asker: &Asker, role: Role) -> Result<()> {
    match asker {
        Asker::Caller(caller)
            if role.can_manage()
                && !(caller.user.rights.is_all() && caller.user.ends_at.is_none()) =>
        {
            Err(session_required(&format!("making somebody {role}")))
        }
        _ => Ok(()),
    }
}

/// Refuses to replace what somebody logs in with by what the asker chose: their own, which takes what they log in with now
/// (`instead`), and, with a key, that of whoever may do as much as the key's owner. A stolen key must not become a login.
pub(super) fn must_not_take_over(asker: &Asker, target: &Target, instead: &str) -> Result<()> {
    let Asker::Caller(caller) = asker else {
        return Ok(());
    };
    if caller.user.id == target.user.id {
        return Err(Error::conflict(
            "OWN_ACCOUNT",
            format!("that is how others help you; for yourself use {instead}"),
        ));
    }
    let manages = target.highest().is_some_and(Role::can_manage);
    match manages && caller.user.session.is_none() {
        true => Err(session_required("this, to an administrator or operator,")),
        false => Ok(()),
    }
}

fn session_required(what: &str) -> Error {
    Error::forbidden(
        "SESSION_REQUIRED",
        format!("{what} is not for this key: log in (POST /auth/login), and use that token"),
    )
}

/// Refuses what concerns a user as such to whoever does not manage all of what they are.
pub(super) fn must_manage_wholly(asker: &Asker, target: &Target) -> Result<()> {
    if let Some(highest) = target.highest() {
        must_be_within(asker, highest)?;
    }
    let Asker::Caller(caller) = asker else {
        return Ok(());
    };
    let elsewhere = target
        .places
        .iter()
        .any(|place| place.tenant != caller.tenant.id);
    if asker.is_operator() || !elsewhere {
        return Ok(());
    }
    Err(Error::forbidden(
        "USER_SHARED",
        "this user belongs to other tenants as well: take them out of yours, or ask the gateway's operator",
    ))
}

/// Refuses to leave the gateway without an operator, or a tenant without an administrator: when `target` is not to be what they are in
/// `tenant` (`None`: anywhere) any more, but `becomes`.
pub(super) async fn must_not_be_last(
    tx: &mut System,
    target: &Target,
    tenant: Option<TenantId>,
    becomes: Option<Role>,
) -> Result<()> {
    if target.user.disabled {
        return Ok(());
    }
    let losing: Vec<_> = target
        .places
        .iter()
        .filter(|place| tenant.is_none_or(|tenant| tenant == place.tenant))
        .filter(|place| becomes.is_none_or(|role| role < place.role))
        .collect();
    let stays_operator = target.places.iter().any(|place| {
        place.role.is_operator() && losing.iter().all(|lost| lost.tenant != place.tenant)
    });
    let user = target.user.id;
    if losing.iter().any(|place| place.role.is_operator())
        && !stays_operator
        && members::others_with(tx, user, None, &[Role::Operator]).await? == 0
    {
        return Err(Error::conflict(
            "LAST_OPERATOR",
            "this is the last operator of the gateway; make somebody else one first",
        ));
    }
    for place in losing {
        let manages = place.role.can_manage() && !becomes.is_some_and(Role::can_manage);
        let others = [Role::Admin, Role::Operator];
        if manages && members::others_with(tx, user, Some(place.tenant), &others).await? == 0 {
            return Err(Error::conflict(
                "LAST_ADMIN",
                format!(
                    "this is the last administrator of `{}`; make somebody else one first",
                    place.slug
                ),
            ));
        }
    }
    Ok(())
}
