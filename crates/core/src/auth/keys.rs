//! API keys: tokens with scopes, an end, and perhaps one tenant.

use std::time::Duration;

use faxgate_db::{System, tokens};
use faxgate_types::{Rights, TenantId, Timestamp, TokenId, UserId};
use serde_json::json;

use super::{Caller, Token};
use crate::app::App;
use crate::audit::{Chain, Entry};
use crate::error::{Error, Result};
use crate::idempotent::Once;

pub use faxgate_db::tokens::Listed as ApiKey;

/// A key to make.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is for.
    pub label: String,
    /// What it may be used for.
    pub rights: Rights,
    /// The only tenant that it is to be good for.
    pub tenant: Option<TenantId>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Whether a login makes it.
    pub from_login: bool,
}

impl NewKey {
    /// What a login gives: one for everything, for ever.
    pub(super) fn from_login() -> Self {
        Self {
            label: "sign in".to_owned(),
            rights: Rights::ALL,
            tenant: None,
            expires_at: None,
            from_login: true,
        }
    }
}

/// A page of keys.
#[derive(Clone, Debug)]
pub struct KeysPage {
    /// The keys, oldest first.
    pub keys: Vec<ApiKey>,
    /// How many there are in all.
    pub total: u64,
}

/// A key that was made: only this once with its secret.
#[derive(Clone)]
pub struct MadeKey {
    /// What the list will show of it.
    pub key: ApiKey,
    /// The key itself.
    pub secret: String,
    /// The key that it takes the place of, and until when that goes on working.
    pub replaces: Option<(TokenId, Timestamp)>,
}

/// Keys that one user may have, beside those that logins made and those that others have taken the place of.
const MOST_KEYS: i64 = 200;
/// With the latter.
const MOST_WITH_REPLACED: i64 = 2 * MOST_KEYS;
/// Keys that logins made: the reference's client asks for one each time it runs, and none of them ends. Of more than these, those stop
/// working that were not used for longest.
const MOST_FROM_LOGINS: i64 = 1000;
/// Keys are forgotten so long after their end.
const FORGET_KEYS: Duration = Duration::from_secs(90 * 24 * 3600);
/// The longest that a key goes on working beside the one that took its place.
const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 3600);

impl App {
    /// Makes a key for the caller, which gives no more than the key that they show.
    ///
    /// # Errors
    /// `SCOPE_FORBIDDEN`, `INVALID_EXPIRY`, `TOO_MANY_KEYS`.
    pub async fn create_key(
        &self,
        caller: &Caller,
        new: NewKey,
        once: Once<MadeKey>,
    ) -> Result<MadeKey> {
        let new = self.no_more_than_own(caller, new)?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let mut tx = app.db.system("make a key").await?;
            let (all, lasting) = tokens::at_work(&mut tx, caller.user.id, app.now()).await?;
            must_have_room(lasting, MOST_KEYS)?;
            must_have_room(all, MOST_WITH_REPLACED)?;
            let made = app.insert_key(&mut tx, caller.user.id, new).await?;
            once.complete_sealed(&mut tx, &made).await?;
            let entry = Entry::new(&caller, "key.created", made.key.id).details(json!({
                "label": made.key.label,
                "scopes": scopes(made.key.rights),
                "expires_at": made.key.expires_at,
            }));
            app.audit(&mut tx, chain_of(&made.key, &caller), entry)
                .await?;
            tx.commit().await?;
            Ok(made)
        })
        .await
    }

    /// The caller's keys that are not revoked, oldest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn keys(&self, caller: &Caller, limit: u32, offset: u64) -> Result<KeysPage> {
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.system_read("list keys").await?;
        let (keys, total) =
            tokens::of_user(&mut tx, caller.user.id, i64::from(limit), offset).await?;
        tx.commit().await?;
        Ok(KeysPage {
            keys,
            total: u64::try_from(total).unwrap_or(0),
        })
    }

    /// Forgets keys that ended long ago.
    pub(crate) async fn forget_keys(&self) -> Result<()> {
        let mut tx = self.db.system("forget keys").await?;
        tokens::forget(&mut tx, self.now() - FORGET_KEYS).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps the key that a login gives.
    pub(super) async fn insert_from_login(&self, tx: &mut System, user: UserId) -> Result<MadeKey> {
        let made = self.insert_key(tx, user, NewKey::from_login()).await?;
        tokens::keep_logins(tx, user, MOST_FROM_LOGINS, self.now()).await?;
        Ok(made)
    }

    /// One of the caller's keys.
    ///
    /// # Errors
    /// `NO_SUCH_KEY`.
    pub async fn key_of(&self, caller: &Caller, key: TokenId) -> Result<ApiKey> {
        let mut tx = self.db.system_read("look at a key").await?;
        let found = own(&mut tx, caller, key).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Makes another key like this one, and has this one end after `overlap`.
    ///
    /// # Errors
    /// `NO_SUCH_KEY`, `INVALID_OVERLAP`, `KEY_EXPIRED`, `KEY_REPLACED`, `SCOPE_FORBIDDEN`, `TOO_MANY_KEYS`.
    pub async fn rotate_key(
        &self,
        caller: &Caller,
        key: TokenId,
        overlap: Duration,
        once: Once<MadeKey>,
    ) -> Result<MadeKey> {
        if overlap > LONGEST_OVERLAP {
            let text = "at most 2592000 seconds: 30 days";
            return Err(
                Error::bad_input("INVALID_OVERLAP", format!("overlap_seconds: {text}"))
                    .field("overlap_seconds", text),
            );
        }
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.system("rotate a key").await?;
            let old = own(&mut tx, &caller, key).await?;
            if old.expires_at.is_some_and(|at| at <= now) {
                return Err(Error::conflict(
                    "KEY_EXPIRED",
                    "the key has expired; make a new one",
                ));
            }
            let (all, _) = tokens::at_work(&mut tx, caller.user.id, now).await?;
            must_have_room(all, MOST_WITH_REPLACED)?;
            let lasts = old.expires_at.map(|at| at.since(old.created_at));
            let new = NewKey {
                label: old.label.clone(),
                rights: old.rights,
                tenant: old.tenant.as_ref().map(|(id, _)| *id),
                expires_at: lasts.map(|lasts| now + lasts),
                from_login: false,
            };
            // A key may be followed by one that lasts as long; it gives nothing else that its holder has not got.
            let renews_itself = caller.user.token == Some(key);
            let new = match renews_itself {
                true => new,
                false => app.no_more_than_own(&caller, new)?,
            };
            let mut made = app.insert_key(&mut tx, caller.user.id, new).await?;
            let until = old
                .expires_at
                .map_or(now + overlap, |at| at.min(now + overlap));
            // Whoever found a key that was rotated out must not live on by it.
            if !tokens::replace(&mut tx, key, made.key.id, until).await? {
                return Err(Error::conflict(
                    "KEY_REPLACED",
                    "another key has taken the place of this one already; rotate that one",
                ));
            }
            made.replaces = Some((key, until));
            once.complete_sealed(&mut tx, &made).await?;
            let entry = Entry::new(&caller, "key.rotated", key)
                .details(json!({"into": made.key.id, "until": until}));
            app.audit(&mut tx, chain_of(&old, &caller), entry).await?;
            tx.commit().await?;
            Ok(made)
        })
        .await
    }

    /// Ends one of the caller's keys at once.
    ///
    /// # Errors
    /// `NO_SUCH_KEY`.
    pub async fn revoke_key(&self, caller: &Caller, key: TokenId) -> Result<()> {
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let mut tx = app.db.system("revoke a key").await?;
            let old = own(&mut tx, &caller, key).await?;
            tokens::revoke(&mut tx, key, app.now()).await?;
            let entry = Entry::new(&caller, "key.revoked", key);
            app.audit(&mut tx, chain_of(&old, &caller), entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Keeps a new key.
    pub(crate) async fn insert_key(
        &self,
        tx: &mut System,
        user: UserId,
        new: NewKey,
    ) -> Result<MadeKey> {
        let token = Token::generate(&self.ambient);
        let stored = tokens::NewToken {
            id: TokenId::generate(&self.ambient),
            user,
            label: new.label,
            secret_sha256: token.sha256(),
            last_four: token.last_four(),
            rights: new.rights,
            tenant: new.tenant,
            expires_at: new.expires_at,
            from_login: new.from_login,
        };
        tokens::insert(tx, &stored, self.now()).await?;
        let key = tokens::find(tx, stored.id).await?;
        Ok(MadeKey {
            key: key.ok_or_else(|| Error::internal("a key that was just made is gone"))?,
            secret: token.expose(),
            replaces: None,
        })
    }

    /// Holds a new key to what the caller's own may do.
    fn no_more_than_own(&self, caller: &Caller, mut new: NewKey) -> Result<NewKey> {
        let user = &caller.user;
        if !user.rights.covers(new.rights) {
            return Err(Error::forbidden(
                "SCOPE_FORBIDDEN",
                format!(
                    "this key has only the scopes `{}`, and gives no others; name some of them",
                    user.rights
                ),
            ));
        }
        if let Some(bound_to) = user.bound_to {
            if new.tenant.is_some_and(|tenant| tenant != bound_to) {
                return Err(Error::forbidden(
                    "TENANT_FORBIDDEN",
                    "this key is good for one tenant, and gives keys for no other",
                ));
            }
            new.tenant = Some(bound_to);
        }
        let wrong = |text: &str| {
            Error::bad_input("INVALID_EXPIRY", format!("expires_at: {text}"))
                .field("expires_at", text)
        };
        if new.expires_at.is_some_and(|at| at <= self.now()) {
            return Err(wrong("must be later than now"));
        }
        match user.ends_at {
            Some(ends_at) if new.expires_at.is_none_or(|at| at > ends_at) => Err(wrong(
                "must not be later than that of the key which is shown",
            )),
            _ => Ok(new),
        }
    }
}

/// The words of a key's scopes; `None`: it is not held to any.
#[must_use]
pub(crate) fn scopes(rights: Rights) -> Option<Vec<&'static str>> {
    (!rights.is_all()).then(|| rights.iter().map(|right| right.as_str()).collect())
}

async fn own(tx: &mut System, caller: &Caller, key: TokenId) -> Result<ApiKey> {
    let found = tokens::find(tx, key).await?;
    found
        .filter(|found| found.user == caller.user.id)
        .ok_or_else(|| Error::not_found("NO_SUCH_KEY", "you have no key with this id"))
}

/// Where it is written what is done with a key: with the tenant that it is good for, else with that of the caller.
fn chain_of(key: &ApiKey, caller: &Caller) -> Chain {
    let tenant = key.tenant.as_ref().map(|(id, _)| *id);
    tenant.unwrap_or(caller.tenant.id).into()
}

fn must_have_room(keys: i64, most: i64) -> Result<()> {
    match keys < most {
        true => Ok(()),
        false => Err(Error::conflict(
            "TOO_MANY_KEYS",
            format!("you have {keys} keys that work; revoke some first"),
        )),
    }
}
