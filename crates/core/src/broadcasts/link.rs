//! Short-lived links to which a table of recipients is put, by whoever the caller hands them to.

use std::time::Duration;

use faxgate_db::users;
use faxgate_types::{BroadcastId, Rights, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{BroadcastRef, not_now};
use crate::app::App;
use crate::auth::{Caller, User};
use crate::error::{Error, Result};

/// How long a link is good for.
pub const RECIPIENTS_LINK_LASTS: Duration = Duration::from_secs(3600);

/// What the key of these links is derived for: no other use of the same secret makes the same signatures.
const PURPOSE: &[u8] = b"faxgate: links for recipients of broadcasts, 1";

/// A link to which a table of recipients is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientsLink {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// The tenant's id, so that the broadcast is found.
    pub tenant: String,
    /// Whose link it is: what is put there is theirs.
    pub user: String,
    /// When it stops to work, in seconds since 1970.
    pub expires: i64,
    /// HMAC-SHA256 of all that, in lower-case hex.
    pub signature: String,
}

impl App {
    /// A link to which a table of the broadcast's recipients can be put. It is good for [`RECIPIENTS_LINK_LASTS`], while the broadcast takes
    /// recipients and the caller may send.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`.
    pub async fn recipients_link(
        &self,
        caller: &Caller,
        id: BroadcastId,
    ) -> Result<RecipientsLink> {
        caller.may_send()?;
        let broadcast = self.broadcast(caller, id).await?;
        if !broadcast.state.takes_recipients() {
            return Err(not_now(&broadcast, "recipients are added before it starts"));
        }
        let expires = (self.now() + RECIPIENTS_LINK_LASTS).unix_seconds();
        let (tenant, user) = (caller.tenant.id.to_string(), caller.user.id.to_string());
        let subject = BroadcastRef(caller.tenant.id, id).to_string();
        let signature = mac(&self.settings.secret, &subject, &user, expires).finalize();
        Ok(RecipientsLink {
            broadcast: id,
            tenant,
            user,
            expires,
            signature: hex::encode(signature.into_bytes()),
        })
    }

    /// Who asked for a link, and answers for what is put to it: they must still be somebody who may send.
    ///
    /// # Errors
    /// `INVALID_LINK` (403) when it is forged or too old, or they are gone; `TENANT_FORBIDDEN`, `TENANT_SUSPENDED`.
    pub async fn who_linked(&self, link: &RecipientsLink) -> Result<Caller> {
        let forged = || {
            Error::forbidden(
                "INVALID_LINK",
                "the link is not one of this gateway's, or too old; ask for a new one",
            )
        };
        let subject = format!("{}/{}", link.tenant, link.broadcast);
        let expected = mac(&self.settings.secret, &subject, &link.user, link.expires);
        let mut given = [0; 32];
        let good = hex::decode_to_slice(&link.signature, &mut given).is_ok()
            && expected.verify_slice(&given).is_ok()
            && !is_over(link.expires, self.now());
        if !good {
            return Err(forged());
        }
        let tenant = link.tenant.parse().map_err(|_| forged())?;
        let user = link.user.parse().map_err(|_| forged())?;
        let mut tx = self.db.system_read("who asked for a link").await?;
        let user = users::find(&mut tx, user).await?;
        tx.commit().await?;
        let user = user.filter(|user| !user.disabled).ok_or_else(forged)?;
        let user = User {
            id: user.id,
            username: user.username,
            token: None,
            session: None,
            ends_at: None,
            rights: Rights::ALL,
            bound_to: Some(tenant),
        };
        self.caller(user, Some(&link.tenant)).await
    }
}

fn is_over(expires: i64, now: Timestamp) -> bool {
    expires < now.unix_seconds()
}

fn mac(secret: &SecretString, subject: &str, user: &str, expires: i64) -> Hmac<Sha256> {
    let derived = keyed(secret.expose_secret().as_bytes()).chain_update(PURPOSE);
    keyed(&derived.finalize().into_bytes()).chain_update(format!("{expires}\n{user}\n{subject}"))
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}
