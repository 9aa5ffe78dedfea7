//! What an operator changes about a tenant.

use std::collections::BTreeMap;

use faxgate_db::tenants::{self, Tenant};
use faxgate_db::{Wake, tenant_change};
use faxgate_types::{
    Countries, Country, LastPage, Quota, RetryKind, RetrySteps, SendingPolicy, SendingWindow,
    TimeZone, UnknownOutcome,
};
use serde_json::json;

use super::no_such_tenant;
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// A choice: `None` leaves it as it is, `Some(None)` takes it away, so that the gateway's holds again.
pub type Choice<T> = Option<Option<T>>;

/// Changes to a tenant; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct TenantChange {
    /// Its name on paper.
    pub name: Option<String>,
    /// Its clocks.
    pub time_zone: Option<TimeZone>,
    /// Where it is: national numbers are read there from now on.
    pub country: Option<Country>,
    /// How often its users may ask: requests an hour and user, 0 without a limit; `None` as the gateway has it.
    pub rate_limits: BTreeMap<Quota, Option<u32>>,
    /// Where it may call; not empty.
    pub allowed_countries: Option<Countries>,
    /// Its share of the lines.
    pub weight: Choice<u32>,
    /// Calls at one time.
    pub max_calls: Choice<u32>,
    /// Calls begun in one second.
    pub calls_per_second: Choice<u32>,
    /// Calls begun in one minute.
    pub attempts_per_minute: Choice<u32>,
    /// Calls begun on one day.
    pub attempts_per_day: Choice<u32>,
    /// Minutes on the line on one day.
    pub minutes_per_day: Choice<u32>,
    /// Money on one day, in millionths of the currency.
    pub cost_per_day: Choice<u64>,
    /// Pages that far ends confirm on one day.
    pub pages_per_day: Choice<u32>,
    /// Calls begun in one month.
    pub attempts_per_month: Choice<u32>,
    /// Minutes on the line in one month.
    pub minutes_per_month: Choice<u32>,
    /// Money in one month, in millionths of the currency.
    pub cost_per_month: Choice<u64>,
    /// Pages that far ends confirm in one month.
    pub pages_per_month: Choice<u32>,
    /// The hours in which its faxes are sent; empty: at any hour.
    pub windows: Option<Vec<SendingWindow>>,
    /// What to do when nobody knows how a call ended.
    pub unknown: Choice<UnknownOutcome>,
    /// What to do when only the last page is unconfirmed.
    pub last_page: Choice<LastPage>,
    /// Seconds after which the next failure is final.
    pub give_up_after_seconds: Choice<u32>,
    /// Calls to one recipient in all.
    pub max_tries: Choice<u32>,
    /// Tries and waits by reason.
    pub retry: BTreeMap<RetryKind, Option<RetrySteps>>,
    /// Fields of [`SendingPolicy`] by their names in JSON, put over those that it has; `null` takes a choice away (RFC 7396).
    pub sending: serde_json::Map<String, serde_json::Value>,
}

impl TenantChange {
    fn apply(self, policy: &mut SendingPolicy) {
        fn put<T>(choice: Choice<T>, into: &mut Option<T>) {
            if let Some(choice) = choice {
                *into = choice;
            }
        }
        put(self.weight, &mut policy.weight);
        put(self.max_calls, &mut policy.max_calls);
        put(self.calls_per_second, &mut policy.calls_per_second);
        put(self.attempts_per_minute, &mut policy.attempts_per_minute);
        put(self.attempts_per_day, &mut policy.attempts_per_day);
        put(self.minutes_per_day, &mut policy.minutes_per_day);
        put(self.cost_per_day, &mut policy.cost_per_day);
        put(self.pages_per_day, &mut policy.pages_per_day);
        put(self.attempts_per_month, &mut policy.attempts_per_month);
        put(self.minutes_per_month, &mut policy.minutes_per_month);
        put(self.cost_per_month, &mut policy.cost_per_month);
        put(self.pages_per_month, &mut policy.pages_per_month);
        put(self.unknown, &mut policy.unknown);
        put(self.last_page, &mut policy.last_page);
        put(
            self.give_up_after_seconds,
            &mut policy.give_up_after_seconds,
        );
        put(self.max_tries, &mut policy.max_tries);
        if let Some(windows) = self.windows {
            policy.windows = windows;
        }
        for (kind, steps) in self.retry {
            match steps {
                Some(steps) => policy.retry.insert(kind, steps),
                None => policy.retry.remove(&kind),
            };
        }
    }
}

impl App {
    /// Changes a tenant. Faxes that wait are held against the new rules at once.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; `NO_SUCH_TENANT`; `INVALID_TENANT` when a choice is out of its bounds.
    pub async fn change_tenant(
        &self,
        asker: &Asker,
        named: &str,
        change: TenantChange,
    ) -> Result<()> {
        asker.must_operate("changing a tenant")?;
        let slug = self.tenant_for(asker, named).await?.slug;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move { app.write_tenant(&asker, &slug, change).await })
            .await
    }

    async fn write_tenant(
        &self,
        asker: &Asker,
        slug: &str,
        mut change: TenantChange,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("change a tenant").await?;
        let mut tenant = tenant_change::lock(&mut tx, slug)
            .await?
            .ok_or_else(|| no_such_tenant(slug))?;
        let was = tenant.clone();
        rename(&mut tenant, &change)?;
        let before = policy_of(&mut tx, &tenant).await?;
        let mut policy = before.clone();
        let sending = std::mem::take(&mut change.sending);
        change.apply(&mut policy);
        let policy = patched(policy, sending)?;
        policy
            .validate()
            .map_err(|error| Error::bad_input("INVALID_TENANT", error.to_string()))?;
        tenant_change::update(&mut tx, &tenant).await?;
        if policy != before {
            tenants::set_policy(&mut tx, tenant.id, &policy, now).await?;
        }
        let details = json!({
            "name": tenant.name, "country": tenant.country.to_string(), "time_zone": tenant.time_zone.to_string(),
            "allowed_countries": tenant.allowed_countries.to_string(), "rate_limits": tenant.rate_limits, "sending": policy,
            "before": {
                "name": was.name, "country": was.country.to_string(), "time_zone": was.time_zone.to_string(),
                "allowed_countries": was.allowed_countries.to_string(), "rate_limits": was.rate_limits, "sending": before,
            },
        });
        let entry = Entry::new(asker, "tenant.changed", tenant.id).details(details);
        self.audit(&mut tx, tenant.id, entry).await?;
        tx.wake(Wake::Queue);
        tx.commit().await?;
        if policy.windows != before.windows {
            let mut tx = self.db.system("hold what waits against new hours").await?;
            tenant_change::look_at_windows(&mut tx, tenant.id, now).await?;
            tx.wake(Wake::Queue);
            tx.commit().await?;
        }
        self.queue_changed.notify_one();
        Ok(())
    }

    /// A tenant and its sending policy.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn tenant_and_policy(&self, slug: &str) -> Result<(Tenant, SendingPolicy)> {
        let mut tx = self.db.system_read("show a tenant").await?;
        let tenant = tenants::by_slug(&mut tx, slug)
            .await?
            .ok_or_else(|| no_such_tenant(slug))?;
        let policy = policy_of(&mut tx, &tenant).await?;
        tx.commit().await?;
        Ok((tenant, policy))
    }
}

/// What claims and balances look after themselves is not for a patch.
const NOT_CHOSEN: &str = "prepaid";

fn patched(
    policy: SendingPolicy,
    sending: serde_json::Map<String, serde_json::Value>,
) -> Result<SendingPolicy> {
    if sending.is_empty() {
        return Ok(policy);
    }
    let wrong = |field: String, problem: String| {
        Error::bad_input("INVALID_TENANT", format!("sending.{field} {problem}"))
            .field(&format!("sending.{field}"), problem)
    };
    if sending.contains_key(NOT_CHOSEN) {
        let problem = "is set by the balance: `faxgate balance prepaid`".to_owned();
        return Err(wrong(NOT_CHOSEN.to_owned(), problem));
    }
    let mut all = serde_json::to_value(policy).map_err(Error::internal)?;
    for (field, value) in sending {
        // One after the other, so that the error names the field.
        merge(&mut all, &field, value);
        if let Err(error) = serde_json::from_value::<SendingPolicy>(all.clone()) {
            return Err(wrong(field, format!("is wrong: {error}")));
        }
    }
    serde_json::from_value(all).map_err(Error::internal)
}

/// RFC 7396, for one member.
fn merge(into: &mut serde_json::Value, field: &str, value: serde_json::Value) {
    use serde_json::Value;
    let Value::Object(fields) = into else { return };
    match value {
        Value::Null => {
            fields.remove(field);
        }
        Value::Object(inner) => {
            let own = fields
                .entry(field)
                .or_insert_with(|| Value::Object(serde_json::Map::new()));
            for (name, value) in inner {
                merge(own, &name, value);
            }
        }
        other => {
            fields.insert(field.to_owned(), other);
        }
    }
}

async fn policy_of(tx: &mut faxgate_db::System, tenant: &Tenant) -> Result<SendingPolicy> {
    Ok(tenants::policy(tx, tenant.id).await?.unwrap_or_default())
}

/// A name that can stand in header lines.
pub(super) fn on_paper(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        let what = "a tenant's name has 1 to 200 characters";
        return Err(Error::bad_input("INVALID_TENANT", what).field("name", what));
    }
    Ok(name.to_owned())
}

fn rename(tenant: &mut Tenant, change: &TenantChange) -> Result<()> {
    if let Some(name) = &change.name {
        tenant.name = on_paper(name)?;
    }
    if let Some(zone) = change.time_zone {
        tenant.time_zone = zone;
    }
    if let Some(country) = change.country {
        tenant.country = country;
    }
    for (quota, requests) in &change.rate_limits {
        tenant.rate_limits.set(*quota, *requests);
    }
    if let Some(countries) = &change.allowed_countries {
        if countries.0.is_empty() {
            return Err(Error::bad_input(
                "INVALID_TENANT",
                "a tenant may call at least one country",
            ));
        }
        tenant.allowed_countries.clone_from(countries);
    }
    Ok(())
}
