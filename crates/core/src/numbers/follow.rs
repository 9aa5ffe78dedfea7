//! Following an order to its end.
//!
//! The carrier has no idempotency key. So when it is asked is committed before the request leaves, and once that stands
//! there, the carrier's list is read twice, with a wait before each time, before it is asked again. Whoever was asked twice may
//! refuse because it did as it was asked the first time: so its list is read twice once more before the order has failed.

use std::time::Duration;

use faxgate_db::number_orders::{self, NumberOrder};
use faxgate_db::{Wake, dids, jobs, routes};
use faxgate_types::{E164, NumberOrderState, OrderId, Timestamp};

use super::add::Given;
use super::{carried, refused, told};
use crate::app::App;
use crate::audit::Actor;
use crate::carrier::{Carrier, CarrierErrorKind, CarrierNumber, CarrierOrder, OrderState};
use crate::error::{Error, Result};
use crate::work::{Done, Lease};

/// How often the carrier's list is read before it is asked again.
const LOOKS: i32 = 2;
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(900);
/// The lease, from when the carrier is asked: longer than any answer takes.
const LEASE: Duration = Duration::from_secs(180);

impl App {
    /// Does the next step of an order.
    pub(crate) async fn follow_order(&self, id: OrderId, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.system_read("read an order").await?;
        let order = number_orders::find(&mut tx, None, id).await?;
        tx.commit().await?;
        let Some(order) = order.filter(|order| !order.state.is_final()) else {
            let mut tx = self.db.system("an order has ended").await?;
            jobs::finish(&mut tx, lease.job, self.node()).await?;
            tx.commit().await?;
            return Ok(Done::Nothing);
        };
        let carrier = self.carrier()?;
        if order.carrier != carrier.name() {
            return Err(Error::unavailable(
                "CARRIER_NOT_CONFIGURED",
                format!(
                    "the order is with {}, which is not set up here",
                    order.carrier
                ),
            ));
        }
        let carrier = carrier.as_ref();
        match order.carrier_order_id.clone() {
            Some(at_carrier) => {
                let stands = carrier.order_status(&at_carrier).await;
                let stands = stands.map_err(|error| again(carrier, error))?;
                self.consider(carrier, order, stands, lease).await
            }
            None if order.asked_at.is_some() => self.look_for(carrier, order, lease).await,
            None => self.ask_first(carrier, order, lease).await,
        }
    }

    /// Asks for the first time, unless the account has a number already: then the carrier would refuse, or somebody would get
    /// what others use.
    async fn ask_first(
        &self,
        carrier: &dyn Carrier,
        order: NumberOrder,
        lease: &Lease,
    ) -> Result<Done> {
        if let Some(number) = self.had(carrier, &order).await?.first() {
            let why = format!(
                "the gateway's account has {} already; an operator can give it to you",
                number.number
            );
            return self.fail_order(order, why, lease).await;
        }
        self.ask(carrier, order, lease).await
    }

    /// It may have been asked before: looks for what came of that.
    async fn look_for(
        &self,
        carrier: &dyn Carrier,
        mut order: NumberOrder,
        lease: &Lease,
    ) -> Result<Done> {
        let ready = next_look(&order, carrier);
        if self.now() < ready {
            return self.put_off(order, ready, lease).await;
        }
        let found = carrier.find_order(&order.id.to_string()).await;
        if let Some(found) = found.map_err(|error| again(carrier, error))? {
            return self.consider(carrier, order, found, lease).await;
        }
        // Nobody had them before it was asked: so they were bought by this order, whether a list shows it or not.
        if !self.had(carrier, &order).await?.is_empty() {
            return self.take_over(carrier, order, None, lease).await;
        }
        order.looks += 1;
        if order.looks < LOOKS {
            let next = next_look(&order, carrier);
            return self.put_off(order, next, lease).await;
        }
        // It was asked again, and refused, and nothing came of any time that it was asked.
        if let Some(why) = order.error.take() {
            return self.fail_order(order, why, lease).await;
        }
        tracing::warn!(order = %order.id, "{} does not know of order {} that it may have been asked for; it is asked again", carrier.name(), order.id);
        self.ask(carrier, order, lease).await
    }

    async fn ask(
        &self,
        carrier: &dyn Carrier,
        mut order: NumberOrder,
        lease: &Lease,
    ) -> Result<Done> {
        let now = self.now();
        let asked_before = order.asked_at.replace(now);
        order.looks = 0;
        let mut tx = self.db.system("an order is about to be placed").await?;
        if !jobs::renew(&mut tx, lease.job, self.node(), now + LEASE).await?
            || !number_orders::update(&mut tx, &order, now).await?
        {
            return Ok(Done::Nothing);
        }
        tx.commit().await?;
        let answer = carrier.order(&order.id.to_string(), &order.numbers.0).await;
        let error = match answer {
            Ok(stands) => return self.consider(carrier, order, stands, lease).await,
            Err(error) => error,
        };
        match error.kind {
            CarrierErrorKind::Refused
            | CarrierErrorKind::NotFound
            | CarrierErrorKind::Unauthenticated => {
                let why = format!("{} refused the order: {error}", carrier.name());
                if asked_before.is_none() {
                    return self.fail_order(order, why, lease).await;
                }
                // What was asked for before may have been done meanwhile, and this be refused for that very reason.
                order.error = Some(why);
                let next = next_look(&order, carrier);
                self.put_off(order, next, lease).await
            }
            // Certainly nothing was done this time; of the time before, as little is known as it was.
            CarrierErrorKind::RateLimited(wait) => {
                order.asked_at = asked_before;
                let next = self.now() + wait.max(SHORTEST_WAIT);
                self.put_off(order, next, lease).await
            }
            CarrierErrorKind::NotSent => {
                order.asked_at = asked_before;
                let next = self.now() + growing(order.created_at, self.now());
                self.put_off(order, next, lease).await
            }
            CarrierErrorKind::Unclear => {
                tracing::warn!(order = %order.id, error = &error as &dyn std::error::Error, "whether {} took order {} is not known; its list will tell", carrier.name(), order.id);
                order.asked_at = Some(self.now());
                let next = next_look(&order, carrier);
                self.put_off(order, next, lease).await
            }
        }
    }

    /// Goes on from what the carrier says.
    async fn consider(
        &self,
        carrier: &dyn Carrier,
        mut order: NumberOrder,
        stands: CarrierOrder,
        lease: &Lease,
    ) -> Result<Done> {
        order.carrier_order_id = Some(stands.id);
        match stands.state {
            OrderState::Pending => {
                order.state = NumberOrderState::Placed;
                order.error = stands.problem;
                let now = self.now();
                let next = now + growing(order.created_at, now);
                self.put_off(order, next, lease).await
            }
            OrderState::Success => self.take_over(carrier, order, None, lease).await,
            OrderState::Failure => {
                let why = stands.problem.unwrap_or_else(|| {
                    "somebody else may have been faster; search again".to_owned()
                });
                let why = format!("{} could not deliver: {why}", carrier.name());
                self.take_over(carrier, order, Some(why), lease).await
            }
        }
    }

    /// Attaches what was delivered and makes it the tenant's. Of an order that failed some numbers may have come all the same.
    async fn take_over(
        &self,
        carrier: &dyn Carrier,
        mut order: NumberOrder,
        failed: Option<String>,
        lease: &Lease,
    ) -> Result<Done> {
        let mut attached = Vec::new();
        for found in self.had(carrier, &order).await? {
            attached.push(self.attach_at(carrier, found).await?);
        }
        let now = self.now();
        let is_whole = attached.len() == order.numbers.0.len();
        if failed.is_none() && !is_whole {
            order.state = NumberOrderState::Placed;
            order.error = Some(format!("{} has not shown every number yet", carrier.name()));
            let next = now + growing(order.created_at, now);
            return self.put_off(order, next, lease).await;
        }
        // It may have failed because it was asked for before, and the carrier's list does not show yet what came of that.
        if failed.is_some() && !is_whole && order.looks < LOOKS {
            order.looks += 1;
            order.state = NumberOrderState::Placed;
            order.error = failed;
            return self.put_off(order, now + carrier.settle(), lease).await;
        }
        // Nobody had them before it was asked: what has come was bought by this order, whatever its carrier says of it.
        let failed = failed.filter(|_| !is_whole);
        let numbers: Vec<E164> = attached.iter().map(|found| found.number.clone()).collect();
        let mut problems: Vec<String> = failed.into_iter().collect();
        let mut tx = self.db.system("an order was delivered").await?;
        if !jobs::finish(&mut tx, lease.job, self.node()).await? {
            return Ok(Done::Nothing);
        }
        let there = dids::among(&mut tx, &numbers).await?;
        let mut added = Vec::new();
        for found in &attached {
            let known = carried(carrier, found);
            match there.iter().find(|(did, _)| did.number == found.number) {
                None => {
                    let given = Given::Confirmed(Some(&known));
                    self.give(&mut tx, order.tenant_id, &found.number, given)
                        .await?;
                    added.push(found.number.clone());
                }
                Some((did, _)) if did.tenant_id == order.tenant_id => {
                    dids::set_carried(&mut tx, did.id, &known).await?;
                }
                Some(_) => problems.push(format!(
                    "{} was given to another tenant meanwhile",
                    found.number
                )),
            }
        }
        let all_came = problems.is_empty();
        if !all_came && !numbers.is_empty() {
            let came: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            problems.push(format!("delivered: {}", came.join(", ")));
        }
        order.state = match all_came {
            true => NumberOrderState::Success,
            false => NumberOrderState::Failure,
        };
        order.error = (!all_came).then(|| problems.join("; "));
        number_orders::update(&mut tx, &order, now).await?;
        routes::reapply(&mut tx, None).await?;
        tx.wake(Wake::Queue);
        told::added(&mut tx, order.tenant_id, &added, now).await?;
        told::ordered(&mut tx, &order, &numbers, now).await?;
        self.audit_numbers(
            &mut tx,
            order.tenant_id,
            Actor::System,
            "number.added",
            &added,
        )
        .await?;
        tx.commit().await?;
        tracing::info!(order = %order.id, state = %order.state, error = order.error, "order {} has ended: {}", order.id, order.state);
        for number in &numbers {
            self.deliver_unmatched(number, Some(order.created_at))
                .await?;
        }
        Ok(Done::Finished)
    }

    /// Those of the order's numbers that the account has.
    async fn had(&self, carrier: &dyn Carrier, order: &NumberOrder) -> Result<Vec<CarrierNumber>> {
        let mut had = Vec::new();
        for number in &order.numbers.0 {
            let found = carrier.find_number(number).await;
            had.extend(found.map_err(|error| again(carrier, error))?);
        }
        Ok(had)
    }

    async fn fail_order(&self, mut order: NumberOrder, why: String, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.system("an order failed").await?;
        if !jobs::finish(&mut tx, lease.job, self.node()).await? {
            return Ok(Done::Nothing);
        }
        tracing::warn!(order = %order.id, why, "order {} failed: {why}", order.id);
        order.state = NumberOrderState::Failure;
        order.error = Some(why);
        let now = self.now();
        number_orders::update(&mut tx, &order, now).await?;
        told::ordered(&mut tx, &order, &[], now).await?;
        tx.commit().await?;
        Ok(Done::Finished)
    }

    /// Writes down how the order stands, and goes on with it at `next`.
    async fn put_off(&self, order: NumberOrder, next: Timestamp, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.system("an order goes on later").await?;
        if jobs::put_off(&mut tx, lease.job, self.node(), next).await? {
            number_orders::update(&mut tx, &order, self.now()).await?;
        }
        tx.commit().await?;
        Ok(Done::Later)
    }
}

/// The job comes again, and nothing is lost.
fn again(carrier: &dyn Carrier, error: crate::carrier::CarrierError) -> Error {
    let told = refused(carrier, error);
    Error::unavailable("CARRIER_UNAVAILABLE", told.message.clone()).because(told)
}

/// When the carrier's list is to be read next, to see whether the order is there that it may have been asked for.
fn next_look(order: &NumberOrder, carrier: &dyn Carrier) -> Timestamp {
    let looks = u32::try_from(order.looks).unwrap_or(0);
    order.asked_at.unwrap_or(order.created_at) + carrier.settle() * (looks + 1)
}

/// A quarter of its age: soon at first, rarely when it takes days.
fn growing(since: Timestamp, now: Timestamp) -> Duration {
    (now.since(since) / 4).clamp(SHORTEST_WAIT, LONGEST_WAIT)
}
