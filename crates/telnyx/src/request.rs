//! A request, before it is sent.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use url::Url;

use crate::error::{Error, Kind};
use crate::page::Page;

/// What is asked of Telnyx.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) content: Option<Content>,
    /// Whether asking twice does no more than asking once: such a request waits for the rate limit and is repeated.
    pub(crate) repeatable: bool,
    /// How much longer than others it may take.
    pub(crate) longer: Duration,
}

/// A body, whole.
pub(crate) struct Content {
    pub(crate) media_type: String,
    pub(crate) pieces: Vec<Bytes>,
}

impl Request {
    /// A request for `path`, whose segments are encoded one by one.
    pub(crate) fn new(method: Method, base: &Url, path: &[&str]) -> Result<Self, Error> {
        // These would vanish from the path and ask for something else: `DELETE /faxes/..`.
        if path.iter().any(|one| matches!(*one, "" | "." | "..")) {
            return Err(Kind::Identifier.into());
        }
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let repeatable = matches!(method, Method::GET | Method::DELETE);
        Ok(Self {
            method,
            url,
            content: None,
            repeatable,
            longer: Duration::ZERO,
        })
    }

    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    pub(crate) fn longer(mut self, longer: Duration) -> Self {
        self.longer = longer;
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_vec(body).map_err(Kind::Encode)?;
        self.content = Some(Content {
            media_type: "application/json".to_owned(),
            pieces: vec![json.into()],
        });
        Ok(self)
    }

    pub(crate) fn content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    pub(crate) fn page(self, page: Page) -> Self {
        self.query("page[number]", page.number)
            .query("page[size]", page.size)
    }

    pub(crate) fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.url
            .query_pairs_mut()
            .append_pair(name, &value.to_string());
        self
    }

    pub(crate) fn query_if(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }
}
