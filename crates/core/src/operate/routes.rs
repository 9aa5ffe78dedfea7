//! Which lines faxes take.

use std::collections::BTreeSet;

use faxgate_db::routes::{self, Chosen, ON_NET, Route, Rule};
use faxgate_db::{System, Wake, dids, nodes};
use faxgate_types::{E164, RouteId};
use serde_json::json;

use super::do_not_fax::international;
use super::{SIMULATOR, lives};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;

/// A rule to add.
#[derive(Clone, Debug, Default)]
pub struct NewRoute {
    /// For whose faxes: a tenant's slug; `None`: everybody's.
    pub tenant: Option<String>,
    /// Digits that the destination begins with, country code first, with or without `+`; empty: every destination.
    pub prefix: String,
    /// The lines, best first, separated by commas.
    pub lanes: String,
    /// Its place; `None`: behind the others.
    pub position: Option<u32>,
    /// Lines that the settings name, besides those that nodes tell of.
    pub configured: Vec<String>,
}

/// A rule, as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// Its id.
    pub id: RouteId,
    /// For whose faxes; `None`: everybody's.
    pub tenant: Option<String>,
    /// Digits that the destination begins with; empty: every destination.
    pub prefix: String,
    /// Its place.
    pub position: u32,
    /// The lines.
    pub route: Route,
}

/// Where faxes to a number go.
#[derive(Clone, Debug)]
pub struct RouteShown {
    /// The number.
    pub number: E164,
    /// Whether it is a number of this gateway.
    pub is_ours: bool,
    /// The rule that counts; `None`: none does, or the sending number's own route.
    pub rule: Option<RouteRule>,
    /// The lines, best first, each with whether a living node has it and it is not paused; `None`: any line by its weight.
    pub lanes: Option<Vec<(String, bool)>>,
}

/// What became of names that were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanesKnown {
    /// They are all known.
    All,
    /// Nobody has told of any line yet, so they were taken as they are.
    Unchecked,
}

impl App {
    /// Adds a rule; what waits goes by it at once.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_ROUTE`.
    pub async fn add_route(
        &self,
        asker: &Asker,
        new: NewRoute,
        once: Once<(RouteRule, LanesKnown)>,
    ) -> Result<(RouteRule, LanesKnown)> {
        asker.must_operate("changing which lines faxes take")?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move { app.write_route(&asker, new, &once).await })
            .await
    }

    async fn write_route(
        &self,
        asker: &Asker,
        new: NewRoute,
        once: &Once<(RouteRule, LanesKnown)>,
    ) -> Result<(RouteRule, LanesKnown)> {
        let tenant = match &new.tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?),
            None => None,
        };
        let prefix = prefix(&new.prefix)?;
        let now = self.now();
        let mut tx = self.db.system("add a rule about lines").await?;
        let (route, known) = self
            .read_route(&mut tx, &new.lanes, &new.configured)
            .await?;
        let tenant_id = tenant.as_ref().map(|tenant| tenant.id);
        let siblings = routes::list(&mut tx, tenant_id).await?;
        let last = siblings
            .iter()
            .filter(|(rule, _)| rule.tenant_id == tenant_id)
            .map(|(rule, _)| rule.position)
            .max();
        let next = last.unwrap_or(0).saturating_add(1);
        let position = new
            .position
            .map_or(next, |at| i32::try_from(at).unwrap_or(i32::MAX - 1));
        let rule = Rule {
            id: RouteId::generate(&self.ambient),
            tenant_id,
            prefix,
            position,
            route,
        };
        routes::insert(&mut tx, &rule, now).await?;
        routes::reapply(&mut tx, tenant_id).await?;
        let added = (shown(rule, tenant.map(|tenant| tenant.slug)), known);
        once.complete(&mut tx, &added).await?;
        let entry = Entry::new(asker, "route.added", added.0.id).details(added.0.details());
        self.audit(&mut tx, tenant_id, entry).await?;
        self.routes_changed(tx).await?;
        Ok(added)
    }

    /// Takes a rule away; what waits goes by those that are left at once.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_ROUTE`.
    pub async fn remove_route(&self, asker: &Asker, id: RouteId) -> Result<()> {
        asker.must_operate("changing which lines faxes take")?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move { app.drop_route(&asker, id).await })
            .await
    }

    async fn drop_route(&self, asker: &Asker, id: RouteId) -> Result<()> {
        let mut tx = self.db.system("remove a rule about lines").await?;
        let removed = routes::remove(&mut tx, id).await?.ok_or_else(|| {
            Error::not_found(
                "NO_SUCH_ROUTE",
                format!("there is no rule {id}; `faxgate route list` shows them"),
            )
        })?;
        routes::reapply(&mut tx, removed.tenant_id).await?;
        let tenant = removed.tenant_id;
        let entry = Entry::new(asker, "route.removed", id).details(shown(removed, None).details());
        self.audit(&mut tx, tenant, entry).await?;
        self.routes_changed(tx).await
    }

    /// Every rule, those for everybody first, each in the order in which they count; of one tenant, its own and those for
    /// everybody.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn routes(&self, tenant: Option<&str>) -> Result<Vec<RouteRule>> {
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?.id),
            None => None,
        };
        let mut tx = self.db.system_read("list rules about lines").await?;
        let rules = routes::list(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(rules
            .into_iter()
            .map(|(rule, slug)| shown(rule, slug))
            .collect())
    }

    /// As [`App::routes`]: operators see all of them, or those of the tenant that they name; administrators those of their own.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn routes_for(&self, asker: &Asker, tenant: Option<&str>) -> Result<Vec<RouteRule>> {
        let Asker::Caller(caller) = asker else {
            return self.routes(tenant).await;
        };
        if !caller.role.can_manage() {
            return Err(Error::forbidden(
                "ROLE_FORBIDDEN",
                "your role in this tenant may not see which lines faxes take; ask its administrator",
            ));
        }
        match tenant {
            None if asker.is_operator() => self.routes(None).await,
            named => {
                let named = named.unwrap_or(&caller.tenant.slug);
                let tenant = self.tenant_for(asker, named).await?;
                self.routes(Some(&tenant.slug)).await
            }
        }
    }

    /// Where faxes to a number go: a tenant's, or those of one that has no rules of its own. `from` is the sending number, for
    /// its own route.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NO_SUCH_TENANT`.
    pub async fn route_of(
        &self,
        number: &str,
        tenant: Option<&str>,
        from: Option<&str>,
    ) -> Result<RouteShown> {
        let number = international(number)?;
        let from = from.map(international).transpose()?;
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?),
            None => None,
        };
        let mut tx = self.db.system_read("where faxes go").await?;
        let is_ours = !routes::ours(&mut tx, std::slice::from_ref(&number))
            .await?
            .is_empty();
        let owner = match (&tenant, &from) {
            (None, Some(from)) => dids::owner(&mut tx, from).await?,
            (tenant, _) => tenant.as_ref().map(|tenant| tenant.id),
        };
        let all = routes::list(&mut tx, owner).await?;
        let rules = match owner {
            Some(owner) => routes::look(&mut tx, owner, from.as_ref()).await?,
            None => routes::Rules {
                own: None,
                rules: all
                    .iter()
                    .map(|(rule, _)| rule.clone())
                    .filter(|rule| rule.tenant_id.is_none())
                    .collect(),
            },
        };
        tx.commit().await?;
        let Some(Chosen { route, rule }) = rules.choose(&number, is_ours) else {
            return Ok(RouteShown {
                number,
                is_ours,
                rule: None,
                lanes: None,
            });
        };
        let rule = all.into_iter().find(|(known, _)| Some(known.id) == rule);
        let lines = self.line_states().await?;
        let is_up = |name: &str| {
            let line = lines.iter().find(|line| line.name == name);
            line.is_some_and(|line| !line.nodes.is_empty() && line.paused_until.is_none())
        };
        Ok(RouteShown {
            number,
            is_ours,
            rule: rule.map(|(rule, slug)| shown(rule, slug)),
            lanes: Some(
                route
                    .lanes()
                    .map(|name| (name.to_owned(), is_up(name)))
                    .collect(),
            ),
        })
    }

    /// Reads the lines of a route, separated by commas. A name that neither the settings (`configured`) nor a living node knows
    /// is refused, unless nobody has told of any line.
    ///
    /// # Errors
    /// `INVALID_ROUTE`.
    pub(crate) async fn read_route(
        &self,
        tx: &mut System,
        lanes: &str,
        configured: &[String],
    ) -> Result<(Route, LanesKnown)> {
        let invalid = |message: String| {
            Error::bad_input("INVALID_ROUTE", message.clone()).field("lanes", message)
        };
        let route: Route = lanes
            .parse()
            .map_err(|e: routes::BadRoute| invalid(e.to_string()))?;
        let now = self.now();
        let nodes = nodes::all(tx).await?;
        let living = nodes.iter().filter(|node| lives(node, now));
        let told = living.flat_map(|node| node.lanes.split_whitespace());
        let mut known: BTreeSet<&str> = told.chain(configured.iter().map(String::as_str)).collect();
        known.remove(SIMULATOR);
        known.remove(ON_NET);
        if known.is_empty() {
            return Ok((route, LanesKnown::Unchecked));
        }
        let unknown = route
            .lanes()
            .find(|lane| *lane != ON_NET && !known.contains(lane));
        if let Some(unknown) = unknown {
            let names: Vec<&str> = [ON_NET].into_iter().chain(known).collect();
            let names = names.join(", ");
            return Err(invalid(format!(
                "there is no line `{unknown}`; there are {names}"
            )));
        }
        Ok((route, LanesKnown::All))
    }

    async fn routes_changed(&self, mut tx: System) -> Result<()> {
        tx.wake(Wake::Queue);
        tx.commit().await?;
        self.queue_changed.notify_one();
        Ok(())
    }
}

impl RouteRule {
    /// For the audit log.
    fn details(&self) -> serde_json::Value {
        let lanes: Vec<_> = self.route.lanes().collect();
        json!({"tenant": self.tenant, "prefix": self.prefix, "position": self.position, "lanes": lanes})
    }
}

fn prefix(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let digits = typed.strip_prefix('+').unwrap_or(typed);
    if digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        let message = "a prefix is at most 15 digits, country code first";
        return Err(Error::bad_input("INVALID_ROUTE", message).field("prefix", message));
    }
    Ok(digits.to_owned())
}

fn shown(rule: Rule, tenant: Option<String>) -> RouteRule {
    RouteRule {
        id: rule.id,
        tenant,
        prefix: rule.prefix,
        position: u32::try_from(rule.position).unwrap_or(0),
        route: rule.route,
    }
}
