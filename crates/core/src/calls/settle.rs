//! The end of an attempt, and what becomes of its item.

use std::time::Duration;

use faxgate_db::attempts::{self, Attempt, Ending};
use faxgate_db::events;
use faxgate_db::items::{self, Change, Item, WaitingFor};
use faxgate_db::usage::{Day, Usage};
use faxgate_db::{Tx, Wake, faxes, routes, tenants};
use faxgate_lifecycle::{Fate, ItemView, Tries, Verdict, fate};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{
    AttemptPhase, FailureClass, FaxCode, ItemState, Outcome, SendingPolicy, Timestamp,
};

use super::{Open, story};
use crate::app::App;
use crate::error::{Error, Result};
use crate::money::Called;

/// What is known of a call besides its verdict.
#[derive(Clone, Debug, Default)]
pub struct CallFacts {
    /// Seconds from answer to end.
    pub seconds: u32,
    /// What the far fax machine calls itself: foreign text.
    pub remote_station_id: Option<String>,
    /// Whether the call was taken over: after a restart, from another node, or from a task that broke.
    pub taken_over: bool,
}

/// What settling came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Written down; the item became this.
    Now(ItemState),
    /// It was settled before: nothing changed.
    Before,
    /// It is somebody else's by now: nothing changed, and what the call left behind is theirs to read.
    NotOurs,
}

impl App {
    /// Writes a verdict down: attempt, item, fax and timeline in one transaction.
    ///
    /// # Errors
    /// When the database cannot be reached; then nothing was written, and it has to be tried again.
    pub async fn settle(
        &self,
        open: &Open,
        verdict: &Verdict,
        facts: &CallFacts,
    ) -> Result<Settled> {
        let (app, open) = (self.clone(), open.clone());
        let (verdict, facts) = (verdict.clone(), facts.clone());
        self.on_main(async move { app.write_verdict(&open, &verdict, &facts).await })
            .await
    }

    async fn write_verdict(
        &self,
        open: &Open,
        verdict: &Verdict,
        facts: &CallFacts,
    ) -> Result<Settled> {
        let (attempt, tenant) = (&open.attempt, open.attempt.tenant_id);
        let now = self.now();
        let leaves_document = self.leaves_document(attempt, verdict).await;
        let mut tx = self.db.write(tenant).await?;
        let gone = || Error::internal("an open attempt has lost its fax, its item or its tenant");
        // What can be read before the fax is locked is: the verdicts of all its recipients wait for one another from there on.
        let policy = policy_of(&mut tx, &open.item).await;
        let zone = tenants::find(&mut tx, tenant)
            .await?
            .ok_or_else(gone)?
            .time_zone;
        // Nobody but the holder of the fence adds one, and those before it have ended.
        let earlier = attempts::of_item(&mut tx, tenant, attempt.item_id).await?;
        let fax = faxes::lock(&mut tx, tenant, attempt.fax_id)
            .await?
            .ok_or_else(gone)?;
        let item = items::find(&mut tx, tenant, attempt.item_id)
            .await?
            .ok_or_else(gone)?;
        let view = view(&item, attempt, &earlier, &fax, now);
        let cost = match item.simulated {
            true => 0,
            false => self.settings.tariff.cost(&item.destination, facts.seconds),
        };
        let ending = ending(verdict, facts, attempt, view.total_pages, cost);
        let retry = self.settings.retry.for_tenant(&policy);
        let fate = fate(verdict, &view, &retry);
        let mut change = change(&item, attempt, verdict, &view, fate, now);
        let on_net = attempt.lane == routes::ON_NET;
        // On-net takes no line.
        change.line_ms = match on_net {
            true => 0,
            false => line_ms(verdict, attempt, facts, now),
        };
        // The fax, the item, then the attempt, as everybody takes them, so that nobody waits in a circle.
        let is_ours = items::change(&mut tx, tenant, item.id, attempt.fence, &change, now).await?
            && attempts::settle(&mut tx, attempt, &ending, now).await?;
        if !is_ours {
            // Nothing is committed.
            return before_or_not_ours(&mut tx, attempt).await;
        }
        if leaves_document {
            self.drop_document_later(&mut tx, attempt, now).await?;
        }
        let error = match change.state {
            ItemState::Failed | ItemState::Held => change.error.clone().or(fax.error.clone()),
            _ => fax.error.clone(),
        };
        let why = change.error.clone();
        let standing = self
            .refresh_status(&mut tx, &fax, facts.seconds, error)
            .await?;
        // From here on whoever settles another call of the tenant waits.
        if !item.simulated {
            let called = called(&ending, facts.seconds, change.state);
            let price = self.charge(&mut tx, attempt, &called, now).await?;
            let mut used = used(&ending, change.state, on_net);
            (used.cost, used.price) = (cost, price);
            if verdict.outcome != Outcome::NeverDialled {
                (used.attempts, used.line_seconds) = (1, facts.seconds.into());
            }
            // The day on which it was begun, as the claims count it.
            let day = Day::of(zone, attempt.created_at);
            self.count_usage(&mut tx, tenant, &policy, day, used)
                .await?;
        }
        let mut told = story::story(verdict, facts, fate, view.settings, view.total_pages);
        if on_net && verdict.outcome == Outcome::Sent {
            told[0].1 = story::delivered_on_net(&item.destination, view.total_pages);
        }
        let data = story::data(&fax, &item, attempt, verdict, fate, &change);
        let mut told = Vec::from(story::events(&fax, &item, attempt, told, data, now));
        told.extend(standing.told_with(|facts| facts.and_call(attempt, verdict, why.as_deref())));
        events::append_all(&mut tx, tenant, &told).await?;
        tx.wake(Wake::Queue);
        failpoint::reach(Failpoint::BeforeSettleCommit);
        tx.commit().await?;
        failpoint::reach(Failpoint::AfterSettleCommit);
        tracing::info!(
            fax = %fax.id, call = %attempt.call_uuid, attempt = attempt.number, outcome = %verdict.outcome,
            pages_confirmed = verdict.confirmed, item.state = %change.state, duration_s = facts.seconds,
            evidence = ending.evidence,
            "attempt {} of fax {} to {} ended: {}; the recipient is now {}",
            attempt.number, fax.id, item.destination, verdict.outcome, change.state
        );
        self.queue_changed.notify_one();
        // What a simulator's machines can do says nothing about those behind the same numbers.
        if !item.simulated
            && let Err(error) = self.learn(&item.destination, verdict, view.settings).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what a call taught cannot be written down"
            );
        }
        Ok(Settled::Now(change.state))
    }
}

/// The tenant's choices; when they cannot be read, the gateway's own: a call that has ended must settle. (When it is the
/// database that failed, so will the commit.)
pub(super) async fn policy_of(tx: &mut Tx, item: &Item) -> SendingPolicy {
    match tenants::policy(tx, item.tenant_id).await {
        Ok(policy) => policy.unwrap_or_default(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error, tenant = %item.tenant_id,
                "the sending policy of tenant {} cannot be read", item.tenant_id
            );
            SendingPolicy::default()
        }
    }
}

async fn before_or_not_ours(tx: &mut Tx, attempt: &Attempt) -> Result<Settled> {
    let attempts = attempts::of_item(tx, attempt.tenant_id, attempt.item_id).await?;
    let is_settled =
        |other: &Attempt| other.id == attempt.id && other.phase == AttemptPhase::Settled;
    Ok(if attempts.iter().any(is_settled) {
        Settled::Before
    } else {
        Settled::NotOurs
    })
}

/// Whether a call came about, whatever became of it.
fn came_about(attempt: &Attempt) -> bool {
    use FailureClass::{Account, BackPressure};
    attempt.phase == AttemptPhase::Settled
        && attempt.outcome != Some(Outcome::NeverDialled)
        && !matches!(attempt.class, Some(Account | BackPressure))
}

/// The item as the heart sees it. `all` are its attempts, in order.
pub(super) fn view(
    item: &Item,
    attempt: &Attempt,
    all: &[Attempt],
    fax: &faxes::Fax,
    now: Timestamp,
) -> ItemView {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    // Whoever decides to send a held item again gives it all its time anew.
    let (since, number) = (item.created_at, attempt.number);
    let before = || {
        let mine = all.iter().filter(move |a| a.created_at >= since);
        mine.filter(move |a| a.number < number)
    };
    let first = before().next().unwrap_or(attempt);
    let called = || before().filter(|a| came_about(a));
    ItemView {
        total_pages: count(fax.pages),
        confirmed: count(item.confirmed_pages),
        tries: Tries {
            line: count(item.tries_line),
            negotiation: count(item.tries_negotiation),
            not_fax: count(item.tries_not_fax),
            local: count(item.tries_local),
            partial: count(item.tries_partial),
            waits: count(item.waits),
        },
        settings: attempt.line_settings.unwrap_or_default(),
        cancel: item.cancel_requested,
        age: now.since(first.created_at),
        calling: called().next().map(|first| now.since(first.created_at)),
        unknown_before: called().next_back().and_then(|last| last.outcome)
            == Some(Outcome::Unknown),
    }
}

/// How a call ended, as far as money goes.
pub(super) fn called(ending: &Ending, seconds: u32, state: ItemState) -> Called {
    Called {
        outcome: ending.outcome,
        class: ending.class,
        pages: ending.transferred,
        seconds,
        is_open: ending.outcome == Outcome::Unknown && !state.is_final(),
    }
}

/// What a call used that ended so: pages, and, if that was the end of the matter, a fax.
pub(super) fn used(ending: &Ending, state: ItemState, on_net: bool) -> Usage {
    let pages = u64::from(ending.transferred);
    let is_sent = u64::from(state == ItemState::Sent);
    Usage {
        faxes_sent: is_sent,
        faxes_failed: (state == ItemState::Failed).into(),
        pages_sent: pages,
        faxes_on_net: if on_net { is_sent } else { 0 },
        pages_on_net: if on_net { pages } else { 0 },
        ..Usage::default()
    }
}

pub(super) fn ending(
    verdict: &Verdict,
    facts: &CallFacts,
    attempt: &Attempt,
    total_pages: u32,
    cost: u64,
) -> Ending {
    let failure = verdict.failure.as_ref();
    let start = u32::try_from(attempt.start_page).unwrap_or(0);
    Ending {
        outcome: verdict.outcome,
        class: failure.map(|f| f.class),
        cause: failure.and_then(|f| {
            let cause = f.cause.as_ref().map(ToString::to_string);
            cause.or_else(|| f.reason.as_ref().map(ToString::to_string))
        }),
        code: failure.and_then(|f| f.code).map(FaxCode::get),
        transferred: verdict.confirmed.saturating_sub(start),
        duration: facts.seconds,
        remote_station_id: facts.remote_station_id.clone(),
        evidence: Some(story::evidence(verdict, facts, total_pages)),
        cost,
    }
}

pub(super) fn change(
    item: &Item,
    attempt: &Attempt,
    verdict: &Verdict,
    view: &ItemView,
    fate: Fate,
    now: Timestamp,
) -> Change {
    let tries = view.tries.after(verdict, view);
    let state = match fate {
        Fate::Sent => ItemState::Sent,
        Fate::Failed(_) => ItemState::Failed,
        Fate::Canceled => ItemState::Canceled,
        Fate::Held => ItemState::Held,
        Fate::Retry { .. } => ItemState::Queued,
    };
    let ended = Change {
        confirmed_pages: verdict.confirmed,
        tries: [tries.line, tries.negotiation, tries.not_fax, tries.local],
        tries_partial: tries.partial,
        waits: tries.waits,
        error: story::of_item(verdict, fate).filter(|_| state != ItemState::Sent),
        waiting_for: None,
        avoid_lane: None,
        ..Change::of(item, state)
    };
    match fate {
        Fate::Retry {
            after,
            from_page,
            settings,
            other_lane,
        } => Change {
            due_at: now + after,
            confirmed_pages: from_page,
            waiting_for: Some(WaitingFor::Retry),
            avoid_lane: other_lane.then(|| attempt.lane.clone()),
            line_settings: Some(settings),
            ..ended
        },
        _ => ended,
    }
}

/// Line time of the call: from the intent to now, but after the answer no more than the line says, however late we learn
/// of the end.
fn line_ms(verdict: &Verdict, attempt: &Attempt, facts: &CallFacts, now: Timestamp) -> u64 {
    if verdict.outcome == Outcome::NeverDialled {
        return 0;
    }
    let most = Duration::from_secs(u64::from(facts.seconds) + 60);
    let used = now.since(attempt.created_at).min(most);
    u64::try_from(used.as_millis()).unwrap_or(u64::MAX)
}
