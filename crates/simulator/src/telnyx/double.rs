//! The double as a test or a program holds it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::account::Account;
use super::faults::{Fault, ListLag};
use super::options::Options;
use super::policy::Policy;
use super::scenario::Scenario;
use super::seen::{Delivery, Document, Inbound, InboundRefused, Request};
use super::{Call, inbound, server, webhooks};
use crate::error::Error;

/// A running double of Telnyx' fax API. Dropped, it is gone at once: connections, faxes and webhooks with it.
#[derive(Debug)]
pub struct TelnyxDouble {
    account: Arc<Account>,
    server: JoinHandle<()>,
}

impl TelnyxDouble {
    /// Opens the call log and listens.
    ///
    /// # Errors
    /// When the address is not a loopback one or cannot be had, or the log or the folder cannot be made.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(Error::ControlInTheOpen { address });
        }
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let account = Arc::new(Account::open(options, address)?);
        let server = tokio::spawn(server::serve(Arc::clone(&account), listener));
        Ok(Self { account, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.account.address
    }

    /// `http://ADDRESS/v2`: what stands for `https://api.telnyx.com/v2`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v2", self.account.address)
    }

    /// The account's public key that webhooks are verified with: base64, 32 bytes.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.account.signer.public_key()
    }

    /// The API key that it takes.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.account.options.api_key
    }

    /// The fax application that exists from the start.
    #[must_use]
    pub fn connection_id(&self) -> &str {
        &self.account.options.connection_id
    }

    /// Signs as the account does: the value of `telnyx-signature-ed25519` for this timestamp (unix seconds) and body.
    #[must_use]
    pub fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        self.account.signer.sign(timestamp, body)
    }

    /// Every outbound fax that was accepted, in order, as the call log has it.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.account.log.calls()
    }

    /// Every request to the API, in order; the control paths and media links are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.account.state().requests.clone()
    }

    /// Every try to deliver a webhook, in order of their ends.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Delivery> {
        self.account.state().deliveries.clone()
    }

    /// A fax as `GET /v2/faxes/{id}` shows it (what is in `data`), deleted or not.
    #[must_use]
    pub fn fax(&self, id: &str) -> Option<serde_json::Value> {
        let state = self.account.state();
        state.faxes.any(id).map(super::fax::Fax::shown)
    }

    /// The document of a fax: of an outbound one what was sent, once it was uploaded or fetched; of an inbound one what
    /// its `media_url` gives.
    #[must_use]
    pub fn document(&self, fax_id: &str) -> Option<Document> {
        let state = self.account.state();
        state.faxes.any(fax_id)?.document.clone()
    }

    /// Lets a fax come in from outside; gives its id at once, its events follow.
    ///
    /// # Errors
    /// When nobody has the number, or the document cannot be read.
    pub async fn receive(&self, inbound: Inbound) -> Result<String, InboundRefused> {
        inbound::receive(&self.account, inbound).await
    }

    /// Adds a fault; faults that wait for the same request are taken in the order they were added.
    pub fn inject(&self, fault: Fault) {
        self.account.faults.add(fault);
    }

    /// Ends every fault, list lag and policy, and lets the key work again. Webhooks that were held go out.
    pub fn clear(&self) {
        self.account.clear();
    }

    /// From now on every request is refused with 401 and code 10009, or no longer.
    pub fn revoke_key(&self, revoked: bool) {
        self.account.state().revoked = revoked;
    }

    /// When lists show faxes that are accepted from now on.
    pub fn list_lag(&self, lag: ListLag) {
        self.account.state().list_lag = lag;
    }

    /// How webhooks are delivered that are not on their way yet.
    pub fn policy(&self, policy: Policy) {
        webhooks::set_policy(&self.account, policy);
    }

    /// Sends the webhooks that [`Policy::hold`] keeps back, and holds no longer.
    pub fn release(&self) {
        webhooks::release(&self.account);
    }

    /// What becomes of the faxes to this number, in turn, the last for ever; an empty list gives it back to the table.
    pub fn scenarios(&self, number: &str, in_turn: Vec<Scenario>) {
        self.account.state().scenarios.set(number, in_turn);
    }

    /// Where the webhooks of the first application go from now on.
    pub fn set_webhook_urls(&self, main: Option<&str>, failover: Option<&str>) {
        self.account.set_webhook_urls(main, failover);
    }

    /// Deletes a fax application, as its owner may do in the portal. Numbers stay, attached to nothing.
    pub fn delete_application(&self, id: &str) {
        self.account.state().delete_application(id);
    }

    /// Adds a number to the account, attached to the first application.
    pub fn add_number(&self, number: &str) {
        self.account.add_number(number);
    }

    /// Every media link that was given out answers 403 from now on; `refresh` gives a new one.
    pub fn expire_links(&self) {
        self.account.state().links.expire();
    }

    /// Waits until `condition` holds; it is looked at after every change.
    pub async fn until(&self, condition: impl Fn(&Self) -> bool) {
        let mut changed = self.account.changed.subscribe();
        while !condition(self) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until no fax, order or webhook is under way; those that never end or are held do not count.
    pub async fn quiet(&self) {
        self.until(|double| double.account.state().busy == 0).await;
    }

    /// Stops listening and drops what is under way.
    pub async fn shutdown(mut self) {
        self.server.abort();
        // Cancelled, as asked.
        let _ = (&mut self.server).await;
        self.account.stop();
    }
}

impl Drop for TelnyxDouble {
    fn drop(&mut self) {
        self.server.abort();
        self.account.stop();
    }
}
