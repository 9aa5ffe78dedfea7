//! Faxes that arrive at the account's numbers.

use std::sync::Arc;

use super::account::Account;
use super::document;
use super::fax::{Asked, Fax, Status};
use super::seen::{Document, Inbound, InboundRefused};
use super::webhooks::{self, More};
use faxgate_imaging::{Bitmap, FaxPage, Resolution, pdf};

const PAGE: f64 = 30.0;

/// A fax from outside.
pub(super) async fn receive(
    account: &Arc<Account>,
    inbound: Inbound,
) -> Result<String, InboundRefused> {
    let bytes = if inbound.document.is_empty() {
        blank().into()
    } else {
        inbound.document.clone()
    };
    let document = document::look_at(bytes).await;
    let document = document.map_err(|_| InboundRefused::UnreadableDocument)?;
    let (to, connection_id) =
        attached(account, &inbound.to).ok_or(InboundRefused::UnknownNumber)?;
    Ok(begin(account, inbound, to, connection_id, document))
}

/// The far end of an outbound fax, when that is one of the account's own numbers.
pub(super) async fn deliver_to_own(
    account: &Arc<Account>,
    from: &str,
    to: &str,
    document: Document,
) {
    let Some((to, connection_id)) = attached(account, to) else {
        return;
    };
    let inbound = Inbound::new(from, &to, document.bytes.clone());
    begin(account, inbound, to, connection_id, document);
}

/// The number as the account has it, and the active application that it is attached to.
fn attached(account: &Account, number: &str) -> Option<(String, String)> {
    let state = account.state();
    let own = state.numbers.by_number(number)?;
    let connection_id = own.connection_id.clone()?;
    let active = state.applications.get(&connection_id)?.active;
    active.then(|| (own.phone_number.clone(), connection_id))
}

fn begin(
    account: &Arc<Account>,
    inbound: Inbound,
    to: String,
    connection_id: String,
    document: Document,
) -> String {
    let id = account.new_id();
    let asked = Asked {
        connection_id,
        from: inbound.from,
        to,
        caller_id: inbound.caller_id,
        quality: "high".to_owned(),
        store_media: true,
        ..Asked::default()
    };
    {
        let mut state = account.state();
        let fax = Fax::new(id.clone(), true, asked, account.now());
        state.faxes.add(fax);
        webhooks::tell(account, &mut state, &id, More::default());
        state.busy += 1;
    }
    account.tell();
    let (on, fax_id) = (Arc::clone(account), id.clone());
    account.spawn(async move {
        arrive(
            &on,
            &fax_id,
            document,
            inbound.partial,
            inbound.failure_reason,
        )
        .await;
        on.state().busy -= 1;
        on.tell();
    });
    id
}

async fn arrive(
    account: &Arc<Account>,
    fax_id: &str,
    document: Document,
    partial: bool,
    failure: Option<String>,
) {
    let pace = account.options.pace;
    let pages = document.pages;
    let seconds = f64::from(pages) * PAGE;
    tokio::time::sleep(pace.ordinary(seconds)).await;
    if let Some(reason) = failure {
        step(account, fax_id, More::default(), |fax| {
            fax.status = Status::Failed;
            fax.failure_reason = Some(reason);
        });
        return;
    }
    let counted = More {
        page_count: Some(pages),
        ..More::default()
    };
    step(account, fax_id, counted.clone(), |fax| {
        fax.status = Status::MediaProcessing;
    });
    tokio::time::sleep(pace.ordinary(1.0)).await;
    let document = document::as_received(document).await;
    let link = new_link(account, fax_id);
    let more = More {
        call_duration_secs: Some(seconds as u32),
        partial_content: Some(partial),
        media_url: Some(link.clone()),
        ..counted
    };
    step(account, fax_id, more, |fax| {
        fax.status = Status::Received;
        fax.asked.media_url = Some(link);
        fax.document = Some(document);
    });
}

/// A link to the document of a fax that works from now on.
pub(super) fn new_link(account: &Account, fax_id: &str) -> String {
    let options = &account.options;
    let mut state = account.state();
    let (address, lifetime) = (account.address, options.link_lifetime);
    state
        .links
        .make(address, fax_id, lifetime, &options.ambient)
}

fn step(account: &Arc<Account>, fax_id: &str, more: More, change: impl FnOnce(&mut Fax)) {
    let now = account.now();
    let mut state = account.state();
    if let Some(fax) = state.faxes.any_mut(fax_id) {
        change(fax);
        fax.updated_at = now;
    }
    webhooks::tell(account, &mut state, fax_id, more);
    drop(state);
    account.tell();
}

/// One page with a mark on it, for those who give none.
fn blank() -> Vec<u8> {
    let mut bitmap = Bitmap::new(1728, 2156);
    for x in 100..1600 {
        bitmap.set(x, 200, true);
    }
    pdf::from_pages(&[FaxPage {
        bitmap,
        resolution: Resolution::Fine,
    }])
}
