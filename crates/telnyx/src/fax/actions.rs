//! One fax: `/faxes/{id}` and its actions.

use reqwest::Method;

use crate::error::Error;
use crate::fax::{Fax, Faxes};
use crate::id::FaxId;
use crate::request::Request;

impl Faxes<'_> {
    /// A fax; `None` when there is none of that id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get(&self, id: &FaxId) -> Result<Option<Fax>, Error> {
        self.0.find(self.on(Method::GET, id)?).await
    }

    /// Removes a fax from Telnyx' memory; `false` when it was not there.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete(&self, id: &FaxId) -> Result<bool, Error> {
        self.0.remove(self.on(Method::DELETE, id)?).await
    }

    /// Cancels an outbound fax that is not at its end (queued, media.processed, originated, sending). Its events tell
    /// what came of it: it may have been delivered in the meantime. Asked again when that may help.
    ///
    /// # Errors
    /// Refused when the fax is at its end; [`Error::is_not_found`] when there is none.
    pub async fn cancel(&self, id: &FaxId) -> Result<(), Error> {
        let request = self.action(id, "cancel")?.repeatable();
        self.0.ask(request).await.map(drop)
    }

    /// Has an inbound fax's document put behind a new link, which [`get`](Self::get) then brings.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is no such fax.
    pub async fn refresh(&self, id: &FaxId) -> Result<(), Error> {
        let request = self.action(id, "refresh")?;
        self.0.ask(request).await.map(drop)
    }

    fn on(&self, method: Method, id: &FaxId) -> Result<Request, Error> {
        Request::new(method, self.0.base(), &["faxes", id.as_str()])
    }

    fn action(&self, id: &FaxId, action: &str) -> Result<Request, Error> {
        let path = ["faxes", id.as_str(), "actions", action];
        Request::new(Method::POST, self.0.base(), &path)
    }
}
