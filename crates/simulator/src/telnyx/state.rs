//! What the account holds.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use faxgate_types::{Ambient, Timestamp};

use super::application::Application;
use super::faults::ListLag;
use super::fax::Faxes;
use super::links::Links;
use super::numbers::Numbers;
use super::options::Options;
use super::orders::Orders;
use super::policy::Policy;
use super::scenario::Scenarios;
use super::seen::{Delivery, Request};
use super::webhooks::Mail;
use crate::number;

/// Requests and deliveries that are remembered.
const MAX_SEEN: usize = 200_000;

/// What the account holds, and how it behaves at present.
#[derive(Debug)]
pub(super) struct State {
    pub(super) revoked: bool,
    pub(super) list_lag: ListLag,
    pub(super) policy: Policy,
    pub(super) scenarios: Scenarios,
    pub(super) applications: BTreeMap<String, Application>,
    pub(super) faxes: Faxes,
    pub(super) numbers: Numbers,
    pub(super) orders: Orders,
    pub(super) links: Links,
    /// `POST /v2/media`, by name.
    pub(super) media: HashMap<String, Bytes>,
    pub(super) mail: Mail,
    pub(super) requests: Vec<Request>,
    pub(super) deliveries: Vec<Delivery>,
    /// Tasks that will end by themselves.
    pub(super) busy: usize,
    /// The minute that requests are counted in, and how many there were.
    pub(super) minute: (i64, u32),
}

impl State {
    pub(super) fn new(options: &Options) -> Self {
        let now = options.ambient.now();
        let mut applications = BTreeMap::new();
        let mut first = Application::new(options.connection_id.clone(), now);
        first.webhook_url.clone_from(&options.webhook_url);
        first.failover_url.clone_from(&options.failover_url);
        applications.insert(first.id.clone(), first);
        let mut numbers = Numbers::new(&options.stock);
        for number in &options.numbers {
            let id = decimal_id(&options.ambient);
            let number = number::e164(number);
            numbers.add(id, number, Some(options.connection_id.clone()), None, now);
        }
        Self {
            revoked: false,
            list_lag: ListLag::None,
            policy: Policy::default(),
            scenarios: Scenarios::default(),
            applications,
            faxes: Faxes::default(),
            numbers,
            orders: Orders::default(),
            links: Links::default(),
            media: HashMap::new(),
            mail: Mail::default(),
            requests: Vec::new(),
            deliveries: Vec::new(),
            busy: 0,
            minute: (0, 0),
        }
    }

    pub(super) fn delete_application(&mut self, id: &str) -> Option<Application> {
        let gone = self.applications.remove(id)?;
        self.numbers.detach(id);
        Some(gone)
    }

    /// Notes a request before it is carried out; gives its place.
    pub(super) fn asked(&mut self, request: Request) -> Option<usize> {
        if self.requests.len() >= MAX_SEEN {
            return None;
        }
        self.requests.push(request);
        Some(self.requests.len() - 1)
    }

    /// Notes the answer of the request at that place.
    pub(super) fn answered(&mut self, place: Option<usize>, status: u16) {
        if let Some(request) = place.and_then(|at| self.requests.get_mut(at)) {
            request.status = Some(status);
        }
    }

    pub(super) fn delivered(&mut self, delivery: Delivery) {
        if self.deliveries.len() < MAX_SEEN {
            self.deliveries.push(delivery);
        }
    }

    /// Counts a request of this minute; gives how many are left (`None`: this one is too many) and seconds to the next.
    pub(super) fn count(&mut self, limit: u32, now: Timestamp) -> (Option<u32>, i64) {
        let seconds = now.unix_seconds();
        let minute = seconds.div_euclid(60);
        if self.minute.0 != minute {
            self.minute = (minute, 0);
        }
        let left = limit.checked_sub(self.minute.1 + 1);
        if left.is_some() {
            self.minute.1 += 1;
        }
        (left, 60 - seconds.rem_euclid(60))
    }
}

/// An id as applications and phone numbers have: nineteen digits.
pub(super) fn decimal_id(ambient: &Ambient) -> String {
    let number = u64::from_be_bytes(ambient.bytes());
    format!("1{:018}", number % 1_000_000_000_000_000_000)
}
