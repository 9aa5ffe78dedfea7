//! Prepaid balances: switching them on, topping them up, looking at them.

use faxgate_db::money::balance::{self, Balance, Told};
use faxgate_db::money::entries::{self, Entry, EntryKind, Posting};
use faxgate_db::{Tx, Wake, tenant_change, tenants};
use faxgate_types::{AttemptId, FaxId, TenantId, Timestamp};
use serde_json::json;

use super::Amount;
use super::prices::asker_must_operate;
use crate::app::App;
use crate::audit::{self, Actor};
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::{Asker, Page};

/// The longest reference or note.
const MOST_TEXT: usize = 200;

/// A tenant's balance, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceView {
    /// Whether calls need money here.
    pub prepaid: bool,
    /// What is left of what was paid.
    pub balance: Amount,
    /// What of it is set aside for calls in progress.
    pub held: Amount,
    /// What new calls can be begun with.
    pub available: Amount,
    /// Below this much the tenant is told.
    pub low_mark: Option<Amount>,
    /// ISO 4217.
    pub currency: String,
}

/// A change of a balance, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// Its number, from 1.
    pub seq: i64,
    /// Why: `top_up`, `hold`, …
    pub kind: EntryKind,
    /// What the balance changed by.
    pub amount: Amount,
    /// What the holds changed by.
    pub held: Amount,
    /// The balance after it.
    pub balance_after: Amount,
    /// The holds after it.
    pub held_after: Amount,
    /// The fax that it is about.
    pub fax: Option<FaxId>,
    /// The call that it is about.
    pub attempt: Option<AttemptId>,
    /// What whoever added money calls it.
    pub reference: Option<String>,
    /// For people.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Money that an operator adds to a balance; below zero, takes away.
#[derive(Clone, Debug)]
pub struct TopUp {
    /// How much; not zero.
    pub amount: Amount,
    /// What it is called, such as the number of an invoice: the same again changes nothing. `None`: it gets a name of its own, and
    /// the idempotency key alone keeps it from being added twice.
    pub reference: Option<String>,
    /// For people.
    pub note: Option<String>,
}

/// What became of money that was to be added.
#[derive(Clone, Debug)]
pub struct ToppedUp {
    /// What the balance is now.
    pub balance: BalanceView,
    /// The entry.
    pub entry: EntryView,
    /// Whether it was written by this request.
    pub is_new: bool,
}

/// How a balance is kept.
#[derive(Clone, Copy, Debug)]
pub struct Prepaid {
    /// Whether calls that are begun from now on need money.
    pub on: bool,
    /// Below this much the tenant is told; `None` leaves it, `Some(None)` takes it away.
    pub low_mark: Option<Option<Amount>>,
}

impl App {
    /// The balance of the asker's tenant, or, for operators, of the one with this slug. A tenant that never had one has nothing.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn balance(&self, asker: &Asker, tenant: Option<&str>) -> Result<BalanceView> {
        let of = self.tenant_of(asker, tenant).await?;
        let mut tx = self.db.read(of.id).await?;
        let found = balance::find(&mut tx, of.id).await?;
        tx.commit().await?;
        Ok(self.view(found))
    }

    /// A page of a balance's entries, latest first.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn balance_entries(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        limit: u32,
        offset: u64,
    ) -> Result<Page<EntryView>> {
        let of = self.tenant_of(asker, tenant).await?;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(of.id).await?;
        let (total, entries) = entries::page(&mut tx, of.id, limit.into(), offset).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results: entries.into_iter().map(Into::into).collect(),
        })
    }

    /// Adds money to a balance, once for each reference, or, without one, once for each request. Whoever waits for money is called. For
    /// operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`; `INVALID_AMOUNT`, `INVALID_REFERENCE`; `REFERENCE_USED` when another amount has it;
    /// `BALANCE_TOO_LOW` when more is to be taken away than is available.
    pub async fn top_up(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        top_up: TopUp,
        once: Once<ToppedUp>,
    ) -> Result<ToppedUp> {
        asker_must_operate(asker, "topping up a balance")?;
        let of = self.tenant_of(asker, tenant).await?;
        check(&top_up)?;
        let (app, id, actor) = (self.clone(), of.id, Actor::from(asker));
        let done = self.on_main(async move { app.add_money(id, &top_up, actor, &once).await });
        let done = done.await?;
        if done.is_new {
            let entry = &done.entry;
            self.queue_changed.notify_one();
            tracing::info!(
                tenant = %of.slug, amount = %entry.amount, reference = entry.reference,
                "the balance of tenant {} was topped up by {}", of.slug, entry.amount
            );
        }
        Ok(done)
    }

    async fn add_money(
        &self,
        tenant: TenantId,
        top_up: &TopUp,
        actor: Actor,
        once: &Once<ToppedUp>,
    ) -> Result<ToppedUp> {
        let now = self.now();
        // Nobody else's money is called so.
        let reference = match &top_up.reference {
            Some(reference) => reference.clone(),
            None => format!("unnamed:{}", self.ambient.uuid()),
        };
        // The answer is the operator's, who is in another tenant.
        let mut tx = self.db.system("top up a balance").await?;
        let before = balance::lock(&mut tx, tenant, now).await?;
        let amount = top_up.amount.millionths();
        if let Some(entry) = entries::by_reference(&mut tx, tenant, &reference).await? {
            if entry.amount != amount {
                return Err(Error::conflict(
                    "REFERENCE_USED",
                    "this reference stands for another amount; use a new one for new money",
                ));
            }
            let done = ToppedUp {
                balance: self.view(Some(before)),
                entry: entry.into(),
                is_new: false,
            };
            once.complete(&mut tx, &done).await?;
            tx.commit().await?;
            return Ok(done);
        }
        if amount < 0 && before.available() < -amount {
            return Err(Error::conflict(
                "BALANCE_TOO_LOW",
                format!("only {} are available", Amount::new(before.available())),
            ));
        }
        let posting = Posting {
            kind: match amount > 0 {
                true => EntryKind::TopUp,
                false => EntryKind::Withdrawal,
            },
            amount,
            held: 0,
            fax: None,
            attempt: None,
            reference: Some(reference.clone()),
            note: top_up.note.clone(),
            at: now,
        };
        let gone = || Error::internal("a balance that was locked is gone");
        let left = balance::post(&mut tx, tenant, &posting)
            .await?
            .ok_or_else(gone)?;
        // It is told anew, once it runs out again.
        let told = match left.low_mark.is_some_and(|mark| left.balance < mark) {
            true if left.told >= Told::Low as i32 => Told::Low,
            _ => Told::Nothing,
        };
        balance::tell(&mut tx, tenant, told).await?;
        self.wake_for_money(&mut tx, tenant, &left, now).await?;
        self.look_again(&mut tx, tenant, now).await?;
        let entry = entries::by_reference(&mut tx, tenant, &reference).await?;
        let entry = entry.ok_or_else(gone)?;
        let topped_up = ToppedUp {
            balance: self.view(Some(left)),
            entry: entry.into(),
            is_new: true,
        };
        once.complete(&mut tx, &topped_up).await?;
        let done = audit::Entry::new(actor, "balance.topped_up", tenant).details(json!({
            "amount": top_up.amount.to_string(),
            "reference": reference,
        }));
        self.audit(&mut tx, tenant, done).await?;
        tx.commit().await?;
        Ok(topped_up)
    }

    /// Says whether a tenant's calls need money from now on, and when it is told that little is left. For operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_AMOUNT`.
    pub async fn set_prepaid(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        prepaid: Prepaid,
    ) -> Result<BalanceView> {
        asker_must_operate(asker, "keeping a prepaid balance")?;
        let of = self.tenant_of(asker, tenant).await?;
        if matches!(prepaid.low_mark, Some(Some(mark)) if mark.millionths() < 0) {
            return Err(Error::bad_input(
                "INVALID_AMOUNT",
                "the mark below which the tenant is told must not be below zero",
            ));
        }
        let (app, slug, id) = (self.clone(), of.slug.clone(), of.id);
        let actor = Actor::from(asker);
        let left = self
            .on_main(async move { app.keep_prepaid(&slug, id, prepaid, actor).await })
            .await?;
        self.queue_changed.notify_one();
        tracing::info!(tenant = %of.slug, prepaid = prepaid.on, "tenant {} is prepaid: {}", of.slug, prepaid.on);
        Ok(self.view(Some(left)))
    }

    async fn keep_prepaid(
        &self,
        slug: &str,
        tenant: TenantId,
        prepaid: Prepaid,
        actor: Actor,
    ) -> Result<Balance> {
        let now = self.now();
        let mut tx = self.db.system("keep a prepaid balance").await?;
        let gone = || Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{slug}`"));
        // The balance, then the tenant, as everybody takes them.
        let before = balance::lock(&mut tx, tenant, now).await?;
        tenant_change::lock(&mut tx, slug).await?.ok_or_else(gone)?;
        let low_mark = match prepaid.low_mark {
            Some(mark) => mark.map(Amount::millionths),
            None => before.low_mark,
        };
        balance::configure(&mut tx, tenant, prepaid.on, low_mark, now).await?;
        // Claims go by the policy, and look at the balance only where it says so.
        let mut policy = tenants::policy(&mut tx, tenant).await?.unwrap_or_default();
        policy.prepaid = prepaid.on.then_some(true);
        tenants::set_policy(&mut tx, tenant, &policy, now).await?;
        if !prepaid.on {
            self.wake_all(&mut tx, tenant, now).await?;
        }
        tx.wake(Wake::Queue);
        let after = balance::find(&mut tx, tenant).await?.ok_or_else(gone)?;
        let done = audit::Entry::new(actor, "balance.kept", tenant).details(json!({
            "prepaid": prepaid.on,
            "low_mark": low_mark.map(|mark| Amount::new(mark).to_string()),
        }));
        self.audit(&mut tx, tenant, done).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Whoever waits for money waits no more.
    async fn wake_all(&self, tx: &mut Tx, tenant: TenantId, now: Timestamp) -> Result<()> {
        while faxgate_db::money::waits::wake(tx, tenant, i64::MAX, now).await? > 0 {}
        Ok(())
    }

    /// A claim looks at the tenant again: it may have slept at the end of its money.
    async fn look_again(&self, tx: &mut Tx, tenant: TenantId, now: Timestamp) -> Result<()> {
        faxgate_db::shares::look_at(tx, tenant, false, now).await?;
        tx.wake(Wake::Queue);
        Ok(())
    }

    fn view(&self, balance: Option<Balance>) -> BalanceView {
        let of = |part: fn(&Balance) -> i64| Amount::new(balance.as_ref().map_or(0, part));
        BalanceView {
            prepaid: balance.is_some_and(|balance| balance.prepaid),
            balance: of(|b| b.balance),
            held: of(|b| b.held),
            available: of(Balance::available),
            low_mark: balance.and_then(|b| b.low_mark).map(Amount::new),
            currency: self.settings.tariff.currency.clone(),
        }
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self {
            seq: entry.seq,
            kind: entry.kind,
            amount: Amount::new(entry.amount),
            held: Amount::new(entry.held),
            balance_after: Amount::new(entry.balance_after),
            held_after: Amount::new(entry.held_after),
            fax: entry.fax_id,
            attempt: entry.attempt_id,
            reference: entry.reference,
            note: entry.note,
            at: entry.at,
        }
    }
}

fn check(top_up: &TopUp) -> Result<()> {
    let wrong = |field: &str, code, problem: &str| {
        Err(Error::bad_input(code, format!("{field} {problem}")).field(field, problem))
    };
    if top_up.amount.millionths() == 0 {
        return wrong("amount", "INVALID_AMOUNT", "must not be zero");
    }
    let is_text = |text: &str, most: usize| {
        text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    let is_name = |name: &String| !name.trim().is_empty() && is_text(name, MOST_TEXT);
    if !top_up.reference.as_ref().is_none_or(is_name) {
        let problem =
            "must be 1 to 200 characters that name this money, such as an invoice's number";
        return wrong("reference", "INVALID_REFERENCE", problem);
    }
    if top_up
        .note
        .as_deref()
        .is_some_and(|note| !is_text(note, MOST_TEXT))
    {
        return wrong("note", "INVALID_NOTE", "must be at most 200 characters");
    }
    Ok(())
}
