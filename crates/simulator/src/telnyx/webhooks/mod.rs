//! Webhooks: which are due, in which order, and the policy that bends it.

mod event;
mod post;
mod signer;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::account::Account;
use super::policy::Policy;
use super::state::State;
use crate::dice::Dice;

pub(super) use event::More;
pub(super) use signer::Signer;

/// Events of one fax that wait at most.
const MAX_WAITING: usize = 10_000;

/// Events that wait for their turn, by fax.
#[derive(Debug, Default)]
pub(super) struct Mail {
    boxes: HashMap<String, Letters>,
    made: u64,
}

#[derive(Debug, Default)]
struct Letters {
    nth: u64,
    waiting: VecDeque<Letter>,
    /// Somebody is sending them.
    leaving: bool,
    /// The fax has ended.
    complete: bool,
}

/// An event on its way.
#[derive(Clone, Debug)]
struct Letter {
    event_id: String,
    event_type: &'static str,
    fax_id: String,
    /// What is in `data`.
    data: serde_json::Value,
    urls: [Option<String>; 2],
    due: Instant,
}

/// Tells of a fax as it is now, as the policy has it. The caller holds the state, so that the order of events is that of
/// the changes.
pub(super) fn tell(account: &Arc<Account>, state: &mut State, fax_id: &str, more: More) {
    let Some(fax) = state.faxes.any(fax_id) else {
        return;
    };
    let Some(event_type) = event::event_type(fax) else {
        return;
    };
    let complete = fax.status.is_final();
    let urls = match &fax.asked.webhook_url {
        Some(own) => [Some(own.clone()), None],
        None => match state.applications.get(&fax.asked.connection_id) {
            Some(to) => [to.webhook_url.clone(), to.failover_url.clone()],
            None => [None, None],
        },
    };
    let policy = &state.policy;
    let event_id = account.new_id();
    let data = serde_json::json!({
        "event_type": event_type,
        "id": event_id,
        "occurred_at": account.now().to_string(),
        "record_type": "event",
        "payload": event::payload(fax, &account.user_id(), more),
    });
    let letter = Letter {
        event_id,
        event_type,
        fax_id: fax_id.to_owned(),
        data,
        urls,
        due: Instant::now() + Duration::from_millis(policy.delay_millis),
    };
    let nobody = letter.urls.iter().all(Option::is_none);
    let copies = if policy.loses(event_type) || nobody {
        0
    } else {
        policy.copies
    };
    let mail = &mut state.mail;
    let made = &mut mail.made;
    let letters = mail.boxes.entry(fax_id.to_owned()).or_insert_with(|| {
        *made += 1;
        Letters {
            nth: *made,
            ..Letters::default()
        }
    });
    letters.complete |= complete;
    for _ in 0..copies {
        if letters.waiting.len() < MAX_WAITING {
            letters.waiting.push_back(letter.clone());
        }
    }
    send_off(account, state, fax_id);
}

/// Lets the events of a fax leave, if the policy lets them.
fn send_off(account: &Arc<Account>, state: &mut State, fax_id: &str) {
    let policy = &state.policy;
    let Some(letters) = state.mail.boxes.get_mut(fax_id) else {
        return;
    };
    let ready = !policy.hold && (policy.shuffle.is_none() || letters.complete);
    if !ready || letters.leaving || letters.waiting.is_empty() {
        return;
    }
    if let Some(seed) = policy.shuffle {
        shuffle(&mut letters.waiting, seed, letters.nth);
    }
    letters.leaving = true;
    state.busy += 1;
    let on = Arc::clone(account);
    let fax_id = fax_id.to_owned();
    account.spawn(async move {
        while let Some(letter) = next(&on, &fax_id) {
            tokio::time::sleep_until(letter.due).await;
            post::deliver(&on, &letter).await;
        }
    });
}

/// The next event of a fax; when there is none, whoever sends them stops.
fn next(account: &Account, fax_id: &str) -> Option<Letter> {
    let mut state = account.state();
    let hold = state.policy.hold;
    let letters = state.mail.boxes.get_mut(fax_id)?;
    let letter = if hold {
        None
    } else {
        letters.waiting.pop_front()
    };
    if letter.is_none() {
        letters.leaving = false;
        state.busy -= 1;
        drop(state);
        account.tell();
    }
    letter
}

/// Fisher and Yates' shuffle, the same for the same seed and fax.
fn shuffle(letters: &mut VecDeque<Letter>, seed: u64, nth: u64) {
    let mut dice = Dice::of(Some(seed), nth);
    let letters = letters.make_contiguous();
    for last in (1..letters.len()).rev() {
        let other = (dice.stretch() / 2.0 * (last + 1) as f64) as usize;
        letters.swap(last, other.min(last));
    }
}

/// Bends the order from now on; what waits and no longer has to leaves.
pub(super) fn set_policy(account: &Arc<Account>, policy: Policy) {
    let mut state = account.state();
    state.policy = policy;
    let waiting: Vec<String> = state.mail.boxes.keys().cloned().collect();
    for fax_id in waiting {
        send_off(account, &mut state, &fax_id);
    }
    drop(state);
    account.tell();
}

/// Holds nothing back any more.
pub(super) fn release(account: &Arc<Account>) {
    let mut policy = account.state().policy.clone();
    policy.hold = false;
    set_policy(account, policy);
}
