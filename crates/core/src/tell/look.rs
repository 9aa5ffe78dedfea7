//! Who may see a tenant's events, and from where on.

use faxgate_db::event_tickets::{self, Holder};
use faxgate_db::events;
use faxgate_types::{Right, Rights, TenantId, Timestamp};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

use super::live::EventStream;
use super::{EventId, EventType, PublicEvent};
use crate::app::App;
use crate::auth::{Caller, User};
use crate::error::{Error, Result};

/// A ticket is for opening a stream at once.
const TICKET_LASTS: Duration = Duration::from_secs(30);
const TICKET_PREFIX: &str = "fxt_";

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Those behind this one; `None`: from the first one on.
    pub after: Option<String>,
    /// Only of these types; none named: of all.
    pub types: Vec<EventType>,
    /// At most so many.
    pub limit: u32,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<PublicEvent>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// What opens one stream, soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTicket {
    /// The secret.
    pub ticket: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl App {
    /// The tenant's events, oldest first.
    ///
    /// # Errors
    /// `INVALID_EVENT_ID`, `NO_SUCH_EVENT`.
    pub async fn events(&self, caller: &Caller, query: &EventQuery) -> Result<EventPage> {
        let tenant = caller.tenant.id;
        let kinds: Vec<&str> = query
            .types
            .iter()
            .flat_map(|of| of.kinds())
            .copied()
            .collect();
        let mut tx = self.db.read(tenant).await?;
        let after = match query.after.as_deref() {
            Some(id) => known(&mut tx, tenant, id).await?,
            None => 0,
        };
        let limit = i64::from(query.limit);
        let entries = events::public_after(&mut tx, tenant, after, &kinds, limit + 1).await?;
        tx.commit().await?;
        let more = entries.len() > query.limit as usize;
        let events = entries.into_iter().take(query.limit as usize);
        Ok(EventPage {
            events: events
                .filter_map(|entry| PublicEvent::of(tenant, entry))
                .collect(),
            more,
        })
    }

    /// The tenant's events as they happen: from behind the one with the id `after` on, or from now on.
    ///
    /// # Errors
    /// `INVALID_EVENT_ID`, `NO_SUCH_EVENT`.
    pub async fn stream_events(
        &self,
        caller: &Caller,
        after: Option<&str>,
        types: Vec<EventType>,
    ) -> Result<EventStream> {
        let tenant = caller.tenant.id;
        let after = match after {
            Some(id) => {
                let mut tx = self.db.read(tenant).await?;
                let seq = known(&mut tx, tenant, id).await?;
                tx.commit().await?;
                Some(seq)
            }
            None => None,
        };
        self.stream(tenant, after, types).await
    }

    /// A ticket for one stream of the caller's tenant.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn event_ticket(&self, caller: &Caller) -> Result<EventTicket> {
        let secret = hex::encode(self.ambient.bytes::<24>());
        let ticket = format!("{TICKET_PREFIX}{secret}");
        let now = self.now();
        let expires_at = now + TICKET_LASTS;
        let (app, of, hash) = (self.clone(), holder(caller), hash(&ticket));
        self.on_main(async move {
            let mut tx = app.db.system("a ticket for a stream").await?;
            event_tickets::insert(&mut tx, &hash, of, now, expires_at).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(EventTicket { ticket, expires_at })
    }

    /// Whom a ticket lets in. It is used up then.
    ///
    /// # Errors
    /// `INVALID_TICKET`, and as [`App::caller`].
    pub async fn take_event_ticket(&self, ticket: &str) -> Result<Caller> {
        let refused = || {
            Error::unauthenticated(
                "INVALID_TICKET",
                "this ticket is wrong, too old, or was used before; get one from /api/v1/events/tickets",
            )
        };
        let (app, hash) = (self.clone(), hash(ticket));
        let taken = self
            .on_main(async move {
                let now = app.now();
                let mut tx = app.db.system("a ticket is used").await?;
                let of = event_tickets::take(&mut tx, &hash, now).await?;
                let name = match of {
                    Some(of) => event_tickets::still_good(&mut tx, of, now).await?,
                    None => None,
                };
                tx.commit().await?;
                Ok(of.zip(name))
            })
            .await?;
        let (of, username) = taken.ok_or_else(refused)?;
        let user = User {
            id: of.user,
            username,
            token: of.token,
            session: of.session,
            rights: [Right::Events].into_iter().collect::<Rights>(),
            bound_to: Some(of.tenant),
            ends_at: None,
        };
        self.caller(user, Some(&of.tenant.to_string())).await
    }

    /// Whether a caller whose stream was opened a while ago would still be let in.
    ///
    /// # Errors
    /// `INVALID_TOKEN` when not; and as [`App::caller`].
    pub async fn still_let_in(&self, caller: &Caller) -> Result<()> {
        let mut tx = self.db.system_read("whether a stream may go on").await?;
        let good = event_tickets::still_good(&mut tx, holder(caller), self.now()).await?;
        tx.commit().await?;
        if good.is_none() {
            return Err(Error::unauthenticated("INVALID_TOKEN", "Invalid token."));
        }
        let tenant = caller.tenant.id.to_string();
        self.caller(caller.user.clone(), Some(&tenant)).await?;
        Ok(())
    }
}

impl EventStream {
    /// Begins behind the event with this id, in place of where it stands.
    ///
    /// # Errors
    /// `INVALID_EVENT_ID`, `NO_SUCH_EVENT`.
    pub async fn begin_behind(&mut self, id: &str) -> Result<()> {
        let (app, tenant) = self.of();
        let mut tx = app.db.read(tenant).await?;
        let seq = known(&mut tx, tenant, id).await?;
        tx.commit().await?;
        self.go_back_to(seq);
        Ok(())
    }
}

fn holder(caller: &Caller) -> Holder {
    Holder {
        tenant: caller.tenant.id,
        user: caller.user.id,
        token: caller.user.token,
        session: caller.user.session,
    }
}

fn hash(ticket: &str) -> String {
    hex::encode(Sha256::digest(ticket.as_bytes()))
}

/// The number of an event of the tenant's.
async fn known(tx: &mut faxgate_db::Tx, tenant: TenantId, id: &str) -> Result<i64> {
    let read: EventId = id.parse().map_err(|_| {
        Error::bad_input(
            "INVALID_EVENT_ID",
            "this is no event's id; they look like evt_000000003kq8v6w2m4x0c7d9fg1h",
        )
    })?;
    let none = || Error::not_found("NO_SUCH_EVENT", "there is no such event");
    let seq = read.seq(tenant).ok_or_else(none)?;
    match seq <= events::last_seq(tx, tenant).await? {
        true => Ok(seq),
        false => Err(none()),
    }
}
