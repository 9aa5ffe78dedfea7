//! What goes wrong on purpose.

use std::sync::Mutex;
use std::time::Duration;

use serde::Deserialize;

/// The request that a fault hits unless it says otherwise.
const SENDING: &str = "POST /v2/faxes";
/// Faults that wait for their request at most.
const MAX_FAULTS: usize = 10_000;

/// A fault that waits for its next request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Fault {
    /// What happens.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// Method and path: `POST /v2/faxes` (the default), `GET /v2/faxes`, `GET /v2/faxes/*` (a `*` at the end stands for
    /// anything), `*`.
    #[serde(default = "sending")]
    pub on: String,
    /// How many requests it hits (1).
    #[serde(default = "once")]
    pub times: u32,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// 429 with code 10011; nothing is done.
    RateLimited {
        /// `Retry-After`, in seconds; absent without one.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// An error answer of this status; nothing is done.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Telnyx' code; 10007 (a server's) unless given.
        #[serde(default)]
        code: Option<String>,
    },
    /// The connection is closed without an answer; nothing is done.
    Closed,
    /// The request is carried out, and the connection closed without an answer.
    AnswerLost,
    /// The request is carried out, and answered so late.
    AnswerLate {
        /// How late, in milliseconds.
        millis: u64,
    },
    /// The request is carried out, and answered with this status all the same.
    AnswerWrong {
        /// The HTTP status, 5xx as a rule.
        status: u16,
    },
    /// The request is carried out, and half of the answer's body is sent.
    AnswerTorn,
    /// The request is carried out this late, then answered as usual.
    Slow {
        /// How late, in milliseconds.
        millis: u64,
    },
}

impl Fault {
    /// Hits the next `POST /v2/faxes`.
    #[must_use]
    pub fn new(trouble: Trouble) -> Self {
        Self {
            trouble,
            on: sending(),
            times: 1,
        }
    }

    /// Hits another request (see [`Fault::on`](field@Fault::on)).
    #[must_use]
    pub fn on(mut self, request: &str) -> Self {
        request.clone_into(&mut self.on);
        self
    }

    /// Hits so many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn hits(&self, method: &str, path: &str) -> bool {
        let request = format!("{method} {path}");
        match self.on.strip_suffix('*') {
            Some(start) => request.starts_with(start),
            None => request == self.on,
        }
    }
}

/// When `GET /v2/faxes` shows a fax that was just accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListLag {
    /// At once.
    #[default]
    None,
    /// So many milliseconds after it was accepted, by the double's clock.
    Millis(u64),
    /// Once so many lists have been answered without it.
    Lists(u32),
}

impl ListLag {
    pub(super) fn time(self) -> Duration {
        match self {
            Self::Millis(millis) => Duration::from_millis(millis),
            Self::None | Self::Lists(_) => Duration::ZERO,
        }
    }

    pub(super) fn lists(self) -> u32 {
        match self {
            Self::Lists(lists) => lists,
            Self::None | Self::Millis(_) => 0,
        }
    }
}

/// The faults that wait.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        let mut waiting = self.lock();
        if fault.times > 0 && waiting.len() < MAX_FAULTS {
            waiting.push(fault);
        }
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Takes what hits this request, if anything does: the oldest first.
    pub(super) fn take(&self, method: &str, path: &str) -> Option<Trouble> {
        let mut waiting = self.lock();
        let at = waiting.iter().position(|fault| fault.hits(method, path))?;
        let fault = waiting.get_mut(at)?;
        fault.times -= 1;
        let trouble = fault.trouble.clone();
        if fault.times == 0 {
            waiting.remove(at);
        }
        Some(trouble)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

fn sending() -> String {
    SENDING.to_owned()
}

fn once() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_its_requests_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(Fault::new(Trouble::Closed).times(2));
        faults.add(Fault::new(Trouble::AnswerLost).on("GET /v2/faxes/*"));
        assert_eq!(faults.take("GET", "/v2/faxes"), None);
        assert_eq!(faults.take("POST", "/v2/faxes"), Some(Trouble::Closed));
        assert_eq!(faults.take("POST", "/v2/faxes"), Some(Trouble::Closed));
        assert_eq!(faults.take("POST", "/v2/faxes"), None);
        let got = faults.take("GET", "/v2/faxes/1");
        assert_eq!(got, Some(Trouble::AnswerLost));
    }

    #[test]
    fn a_fault_is_read_from_json() {
        let read = |text| serde_json::from_str::<Fault>(text).unwrap();
        let fault = read(r#"{"trouble":"rate_limited","retry_after":3,"times":2}"#);
        let retry_after = Some(3);
        let expected = Fault::new(Trouble::RateLimited { retry_after }).times(2);
        assert_eq!(fault, expected);
        let fault = read(r#"{"trouble":"answer_lost","on":"*"}"#);
        assert_eq!(fault, Fault::new(Trouble::AnswerLost).on("*"));
    }
}
