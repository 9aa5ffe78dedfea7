//! `POST /faxes`.

use std::sync::Arc;

use reqwest::Method;

use crate::error::{Error, Kind};
use crate::exchange::Ask;
use crate::fax::multipart::form;
use crate::fax::{Fax, Faxes, Media, SendFax};
use crate::request::Request;

impl Faxes<'_> {
    /// Sends a fax: asks once, at once, and never again by itself.
    ///
    /// # Errors
    /// [`Error::delivery`] tells whether there may be a fax all the same. After [`Unclear`](crate::Delivery::Unclear), look
    /// for the fax by its numbers, its time and its `client_state` (see [`walk`](Self::walk)) before sending it again.
    pub async fn send(&self, fax: &SendFax) -> Result<Fax, Error> {
        self.post(fax, None).await
    }

    /// Sends a fax as long as `gate` says yes. It is asked last thing before the first byte of the body leaves, after the
    /// connection was made, and again before each further piece (64 KiB), the last one included. Once it says no, the
    /// rest of the body stays here and the connection is broken off: a request that is not whole is not acted upon.
    ///
    /// # Errors
    /// Those of [`send`](Self::send); and when the gate said no, one for which [`Error::is_gate`] is true and
    /// [`Error::delivery`] is [`NotSent`](crate::Delivery::NotSent).
    pub async fn send_if(
        &self,
        fax: &SendFax,
        gate: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Fax, Error> {
        self.post(fax, Some(Arc::new(gate))).await
    }

    async fn post(&self, fax: &SendFax, gate: Option<Ask>) -> Result<Fax, Error> {
        let mut fields = fax.fields();
        let request = Request::new(Method::POST, self.0.base(), &["faxes"])?;
        let request = match &fax.media {
            Media::Url(url) => {
                fields.insert("media_url".to_owned(), url.as_str().into());
                request.json(&fields)?
            }
            Media::Name(name) if name.is_empty() => {
                return Err(Kind::UnfitFax("the name of its document is empty").into());
            }
            Media::Name(name) => {
                fields.insert("media_name".to_owned(), name.as_str().into());
                request.json(&fields)?
            }
            Media::Contents(contents) => request
                .content(form(&fields, contents)?)
                .longer(fax.media.upload_time()),
        };
        self.0.ask_once(&request, gate).await?.data()
    }
}
