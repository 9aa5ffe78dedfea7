//! Usage, money and prices as JSON. Amounts are decimal texts, so that no program rounds them.

use std::collections::BTreeMap;

use faxgate_core::{
    Amount, BalanceView, EntryView, PriceList, PricesOf, ToppedUp, Usage, UsageReport,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What was used.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsedBody {
    /// Calls, and hand-overs inside the gateway.
    #[schema(example = 12)]
    attempts: u64,
    /// Seconds on the line.
    #[schema(example = 840)]
    line_seconds: u64,
    /// Recipients that have their fax. A fax to three counts three times.
    #[schema(example = 9)]
    faxes_sent: u64,
    /// Recipients that were given up.
    #[schema(example = 1)]
    faxes_failed: u64,
    /// Faxes that came in with at least a page.
    #[schema(example = 4)]
    faxes_received: u64,
    /// Pages that far ends confirmed.
    #[schema(example = 27)]
    pages_sent: u64,
    /// Pages that came in.
    #[schema(example = 11)]
    pages_received: u64,
    /// Of the recipients that have their fax: those that got it inside the gateway.
    #[schema(example = 2)]
    faxes_on_net: u64,
    /// Of the pages sent: those that were handed over inside the gateway.
    #[schema(example = 3)]
    pages_on_net: u64,
    /// What the calls cost the gateway.
    #[schema(example = "0.105")]
    cost: String,
    /// What the tenant is charged.
    #[schema(example = "1.35")]
    price: String,
}

impl From<Usage> for UsedBody {
    fn from(used: Usage) -> Self {
        Self {
            attempts: used.attempts,
            line_seconds: used.line_seconds,
            faxes_sent: used.faxes_sent,
            faxes_failed: used.faxes_failed,
            faxes_received: used.faxes_received,
            pages_sent: used.pages_sent,
            pages_received: used.pages_received,
            faxes_on_net: used.faxes_on_net,
            pages_on_net: used.pages_on_net,
            cost: Amount::from(used.cost).to_string(),
            price: Amount::from(used.price).to_string(),
        }
    }
}

/// What was used on a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct DayBody {
    /// The day on the tenant's calendar.
    #[schema(format = Date, example = "2026-01-15")]
    day: String,
    #[serde(flatten)]
    used: UsedBody,
}

/// What a tenant used from one day to another.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageBody {
    /// The tenant's slug.
    #[schema(example = "acme")]
    tenant: String,
    /// The first day.
    #[schema(format = Date, example = "2026-01-01")]
    from: String,
    /// The last day.
    #[schema(format = Date, example = "2026-01-31")]
    to: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// The days on which anything was used, in order.
    days: Vec<DayBody>,
    /// All of them together.
    total: UsedBody,
}

impl From<UsageReport> for UsageBody {
    fn from(report: UsageReport) -> Self {
        let day = |day: faxgate_core::UsageDay| DayBody {
            day: day.day,
            used: day.used.into(),
        };
        Self {
            tenant: report.tenant,
            from: report.from,
            to: report.to,
            currency: report.currency,
            days: report.days.into_iter().map(day).collect(),
            total: report.total.into(),
        }
    }
}

/// A balance.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceBody {
    /// Whether calls that are begun need money here.
    prepaid: bool,
    /// What is left of what was paid. Below zero only for what had happened already when it was charged, as pages that came in.
    #[schema(example = "25")]
    balance: String,
    /// What of it is set aside for calls in progress, and for calls of which nobody knows the end yet.
    #[schema(example = "1.5")]
    held: String,
    /// What new calls can be begun with.
    #[schema(example = "23.5")]
    available: String,
    /// Below this much the tenant is told, once; `null`: it is not.
    #[schema(example = "5")]
    low_mark: Option<String>,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

impl From<BalanceView> for BalanceBody {
    fn from(view: BalanceView) -> Self {
        Self {
            prepaid: view.prepaid,
            balance: view.balance.to_string(),
            held: view.held.to_string(),
            available: view.available.to_string(),
            low_mark: view.low_mark.map(|mark| mark.to_string()),
            currency: view.currency,
        }
    }
}

/// A change of a balance.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryBody {
    /// Its number within the tenant, from 1, without gaps.
    #[schema(example = 7)]
    seq: i64,
    /// `top_up` `withdrawal` `hold` `capture` `release` `correction` `received`; new ones may come.
    #[schema(example = "capture")]
    kind: &'static str,
    /// What the balance changed by.
    #[schema(example = "-0.15")]
    amount: String,
    /// What the holds changed by.
    #[schema(example = "-0.6")]
    held: String,
    /// The balance after it.
    #[schema(example = "24.85")]
    balance_after: String,
    /// The holds after it.
    #[schema(example = "0")]
    held_after: String,
    /// The fax that it is about; it may be gone.
    fax: Option<Uuid>,
    /// The call that it is about.
    attempt: Option<Uuid>,
    /// What whoever added the money calls it.
    #[schema(example = "invoice 2026-17")]
    reference: Option<String>,
    /// For people.
    note: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

impl From<EntryView> for EntryBody {
    fn from(entry: EntryView) -> Self {
        Self {
            seq: entry.seq,
            kind: entry.kind.as_str(),
            amount: entry.amount.to_string(),
            held: entry.held.to_string(),
            balance_after: entry.balance_after.to_string(),
            held_after: entry.held_after.to_string(),
            fax: entry.fax.map(|fax| fax.uuid()),
            attempt: entry.attempt.map(|attempt| attempt.uuid()),
            reference: entry.reference,
            note: entry.note,
            at: entry.at.to_string(),
        }
    }
}

/// What a top-up came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToppedUpBody {
    /// The balance now.
    balance: BalanceBody,
    /// The entry: of this request, or of the earlier one with the same reference.
    entry: EntryBody,
    /// Whether this request wrote it; `false`: the same reference was there before, and nothing changed.
    is_new: bool,
}

impl From<&ToppedUp> for ToppedUpBody {
    fn from(done: &ToppedUp) -> Self {
        Self {
            balance: done.balance.clone().into(),
            entry: done.entry.clone().into(),
            is_new: done.is_new,
        }
    }
}

/// Money to add.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field; this describes it")]
pub(crate) struct TopUpBody {
    /// How much; below zero takes away. At most six digits behind the point.
    #[schema(example = "25.00")]
    amount: AmountBody,
    /// What it is called, such as the number of an invoice: the same again changes nothing. Without it, an Idempotency-Key is needed, which
    /// does so for a day.
    #[schema(example = "invoice 2026-17", max_length = 200)]
    reference: Option<String>,
    /// For people.
    #[schema(max_length = 200)]
    note: Option<String>,
}

/// How a balance is kept.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field; this describes it")]
pub(crate) struct KeepBody {
    /// Whether calls that are begun from now on need money.
    prepaid: bool,
    /// Below this much the tenant is told; `null`: it is not; absent: as before.
    #[schema(example = "5")]
    low_mark: Option<AmountBody>,
}

/// An amount in the gateway's currency: a decimal text, or a number.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is read field by field; this describes it")]
pub(crate) enum AmountBody {
    Text(String),
    Number(f64),
}

/// Prices to set. What is absent is free.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field; this describes it")]
pub(crate) struct NewPricesBody {
    /// A page that the far end confirms.
    #[schema(example = "0.05")]
    per_page: Option<AmountBody>,
    /// A page to numbers that begin with these digits, country code first; the longest counts.
    #[schema(example = json!({"1": "0.03", "44": "0.08"}))]
    per_page_by_prefix: Option<BTreeMap<String, AmountBody>>,
    /// A minute on the line, charged by the second.
    #[schema(example = "0")]
    per_minute: Option<AmountBody>,
    /// A minute to numbers that begin with these digits.
    #[schema(example = json!({}))]
    per_minute_by_prefix: Option<BTreeMap<String, AmountBody>>,
    /// A call that comes about, whatever becomes of it.
    #[schema(example = "0")]
    per_attempt: Option<AmountBody>,
    /// A page that comes in.
    #[schema(example = "0.01")]
    per_page_received: Option<AmountBody>,
}

/// What a tenant is charged.
#[derive(Serialize, ToSchema)]
pub(crate) struct PricesBody {
    /// Whether these are the tenant's own; otherwise they are the gateway's.
    is_own: bool,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    #[serde(flatten)]
    list: PriceListBody,
}

/// Prices.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceListBody {
    /// A page that the far end confirms.
    #[schema(example = "0.05")]
    per_page: String,
    /// A page to numbers that begin with these digits, country code first; the longest counts.
    #[schema(example = json!({"1": "0.03", "44": "0.08"}))]
    per_page_by_prefix: BTreeMap<String, String>,
    /// A minute on the line, charged by the second.
    #[schema(example = "0")]
    per_minute: String,
    /// A minute to numbers that begin with these digits.
    #[schema(example = json!({}))]
    per_minute_by_prefix: BTreeMap<String, String>,
    /// A call that comes about, whatever becomes of it.
    #[schema(example = "0")]
    per_attempt: String,
    /// A page that comes in.
    #[schema(example = "0.01")]
    per_page_received: String,
}

impl From<PricesOf> for PricesBody {
    fn from(prices: PricesOf) -> Self {
        Self {
            is_own: prices.is_own,
            currency: prices.currency,
            list: prices.list.into(),
        }
    }
}

impl From<PriceList> for PriceListBody {
    fn from(list: PriceList) -> Self {
        let text = |price: u64| Amount::from(price).to_string();
        let all = |prices: BTreeMap<String, u64>| {
            let each = prices.into_iter();
            each.map(|(prefix, price)| (prefix, text(price))).collect()
        };
        Self {
            per_page: text(list.per_page),
            per_page_by_prefix: all(list.per_page_by_prefix),
            per_minute: text(list.per_minute),
            per_minute_by_prefix: all(list.per_minute_by_prefix),
            per_attempt: text(list.per_attempt),
            per_page_received: text(list.per_page_received),
        }
    }
}
