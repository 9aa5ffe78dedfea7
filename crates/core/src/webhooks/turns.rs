//! Whose turn it is.
//!
//! Tenants take turns, and among a tenant's endpoints they do. So many endpoints, or slow ones, win a tenant nothing.

use std::collections::{BTreeMap, HashMap};

use faxgate_types::{TenantId, WebhookId};

/// An endpoint, and whose it is.
pub(super) type Place = (TenantId, WebhookId);

/// Who was served last.
#[derive(Debug, Default)]
pub(super) struct Turns {
    tenant: Option<TenantId>,
    endpoints: HashMap<TenantId, WebhookId>,
}

impl Turns {
    /// The places in their order: one of each tenant, then another of each. Behind whoever was served last come the others first.
    pub(super) fn order(&self, ready: &[Place]) -> Vec<Place> {
        let mut queues: BTreeMap<TenantId, Vec<WebhookId>> = BTreeMap::new();
        for (tenant, endpoint) in ready {
            queues.entry(*tenant).or_default().push(*endpoint);
        }
        for (tenant, queue) in &mut queues {
            queue.sort_unstable();
            behind(queue, self.endpoints.get(tenant));
        }
        let mut tenants: Vec<TenantId> = queues.keys().copied().collect();
        behind(&mut tenants, self.tenant.as_ref());
        let longest = queues.values().map(Vec::len).max().unwrap_or(0);
        let mut order = Vec::with_capacity(ready.len());
        for round in 0..longest {
            let of_round = |tenant: &TenantId| Some((*tenant, *queues.get(tenant)?.get(round)?));
            order.extend(tenants.iter().filter_map(of_round));
        }
        order
    }

    /// Somebody had his turn.
    pub(super) fn served(&mut self, (tenant, endpoint): Place) {
        self.tenant = Some(tenant);
        self.endpoints.insert(tenant, endpoint);
    }

    /// Whoever waits for nothing has no turn to remember.
    pub(super) fn keep(&mut self, ready: &[Place]) {
        self.endpoints
            .retain(|tenant, _| ready.iter().any(|(other, _)| other == tenant));
    }
}

/// Turns sorted ids so that those behind the last one come first.
fn behind<T: Ord>(ids: &mut [T], last: Option<&T>) {
    if let Some(last) = last {
        let behind = ids.partition_point(|id| id <= last);
        ids.rotate_left(behind);
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    fn ids<T: Ord>(many: usize, make: impl Fn() -> T) -> Vec<T> {
        let mut ids: Vec<T> = (0..many).map(|_| make()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_tenants_many_endpoints_come_no_sooner_than_anothers_one() {
        let ambient = Ambient::system();
        let tenants = ids(2, || TenantId::generate(&ambient));
        let hooks = ids(4, || WebhookId::generate(&ambient));
        let ready = [
            (tenants[0], hooks[0]),
            (tenants[0], hooks[1]),
            (tenants[0], hooks[2]),
            (tenants[1], hooks[3]),
        ];
        let mut turns = Turns::default();
        let order = turns.order(&ready);
        assert_eq!(order, [ready[0], ready[3], ready[1], ready[2]]);
        // One place at a time: every second one is the other tenant's.
        let mut served = Vec::new();
        for _ in 0..6 {
            let next = turns.order(&ready)[0];
            turns.served(next);
            turns.keep(&ready);
            served.push(next);
        }
        let expected = [0, 3, 1, 3, 2, 3].map(|place: usize| ready[place]);
        assert_eq!(served, expected);
    }

    #[test]
    fn nobody_is_left_out() {
        let ambient = Ambient::system();
        let ready: Vec<Place> = (0..9)
            .map(|_| (TenantId::generate(&ambient), WebhookId::generate(&ambient)))
            .collect();
        let mut turns = Turns::default();
        turns.served(ready[4]);
        let mut order = turns.order(&ready);
        assert_eq!(order.len(), ready.len());
        order.sort_unstable();
        let mut all = ready.clone();
        all.sort_unstable();
        assert_eq!(order, all);
        turns.keep(&[]);
        assert!(turns.endpoints.is_empty());
    }
}
