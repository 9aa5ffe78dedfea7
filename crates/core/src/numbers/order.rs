//! Ordering numbers: written down here, carried out by a job.

use faxgate_db::number_orders::{self, NumberOrder, Numbers};
use faxgate_db::tenants::Tenant;
use faxgate_db::{Wake, dids, jobs, tenants};
use faxgate_types::{JobId, NumberOrderState, OrderId, TenantId};

use super::add::{must_not_be_ordered, taken_already};
use super::{Asker, NumbersOf, Page, read_all, told};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::work;

/// Numbers to order.
#[derive(Clone, Debug)]
pub struct OrderRequest {
    /// The numbers, as a search found them.
    pub numbers: Vec<String>,
    /// The slug of the tenant that gets them, if it is not the asker's own; for operators.
    pub tenant: Option<String>,
    /// The caller's idempotency key, if there is one.
    pub once: Once<PlacedOrder>,
}

/// An order, with its tenant's slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// The order.
    pub order: NumberOrder,
    /// Whose the numbers will be.
    pub tenant: String,
}

impl App {
    /// Orders numbers at the carrier. The order is durable once this returns, and followed from then on: see [`App::order`].
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `INVALID_NUMBER`, `NUMBER_TAKEN`, `NUMBER_ORDERED`, `TOO_MANY_NUMBERS` when the tenant's people would have
    /// more than `tenants_may_order` of theirs, `CARRIER_NOT_CONFIGURED`.
    pub async fn order_numbers(&self, asker: &Asker, request: OrderRequest) -> Result<PlacedOrder> {
        let most = self.settings.tenants_may_order;
        asker.may_order(most)?;
        let carrier = self.carrier()?.name().to_owned();
        let tenant = self.beneficiary(asker, request.tenant.as_deref()).await?;
        let numbers = read_all(&request.numbers, tenant.country)?;
        let (app, asker) = (self.clone(), asker.clone());
        let placed = self
            .on_main(async move {
                let now = app.now();
                let order = NumberOrder {
                    id: OrderId::generate(&app.ambient),
                    tenant_id: tenant.id,
                    user_id: asker.user(),
                    carrier,
                    carrier_order_id: None,
                    numbers: Numbers(numbers),
                    state: NumberOrderState::Pending,
                    error: None,
                    asked_at: None,
                    looks: 0,
                    created_at: now,
                    updated_at: now,
                };
                let mut tx = app.db.system("order numbers").await?;
                // First of all, so that nobody else orders or claims meanwhile.
                must_not_be_ordered(&mut tx, &order.numbers.0).await?;
                if let Some((did, _)) = dids::among(&mut tx, &order.numbers.0).await?.first() {
                    return Err(taken_already(&did.number));
                }
                if !asker.is_operator() {
                    within(most, number_orders::had_by_tenant(&mut tx, tenant.id).await?.len(), &order)?;
                }
                number_orders::insert(&mut tx, &order).await?;
                let job = JobId::generate(&app.ambient);
                jobs::add(&mut tx, job, work::FOLLOW_ORDER, order.id, now).await?;
                tx.wake(Wake::Jobs);
                let placed = PlacedOrder {
                    order,
                    tenant: tenant.slug,
                };
                request.once.complete(&mut tx, &placed).await?;
                told::ordered(&mut tx, &placed.order, &[], now).await?;
                let entry = Entry::new(&asker, "number.ordered", placed.order.id)
                    .details(serde_json::json!({"numbers": placed.order.numbers.to_string()}));
                app.audit(&mut tx, placed.order.tenant_id, entry).await?;
                tx.commit().await?;
                let PlacedOrder { order, tenant } = &placed;
                tracing::info!(tenant = %tenant, order = %order.id, "{tenant} ordered {}", order.numbers);
                Ok(placed)
            })
            .await?;
        self.work_added.notify_one();
        Ok(placed)
    }

    /// An order. Operators find every tenant's.
    ///
    /// # Errors
    /// `NO_SUCH_ORDER`, for another tenant's too.
    pub async fn order(&self, asker: &Asker, id: OrderId) -> Result<PlacedOrder> {
        let mut tx = self.db.system_read("find an order").await?;
        let found = number_orders::find(&mut tx, None, id).await?;
        let found = match found {
            Some(order) if asker.sees(order.tenant_id) => {
                let tenant = tenants::find(&mut tx, order.tenant_id).await?;
                tenant.map(|tenant| (order, tenant.slug))
            }
            _ => None,
        };
        tx.commit().await?;
        let (order, tenant) =
            found.ok_or_else(|| Error::not_found("NO_SUCH_ORDER", "there is no such order"))?;
        Ok(PlacedOrder { order, tenant })
    }

    /// A page of orders, newest first.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn orders(
        &self,
        asker: &Asker,
        of: &NumbersOf,
        limit: u32,
        offset: u64,
    ) -> Result<Page<PlacedOrder>> {
        let tenant = self.scope(asker, of).await?;
        let mut tx = self.db.system_read("list orders").await?;
        let (limit, offset) = (i64::from(limit), i64::try_from(offset).unwrap_or(i64::MAX));
        let (total, orders) = number_orders::page(&mut tx, tenant, limit, offset).await?;
        let tenants = tenants::list(&mut tx).await?;
        tx.commit().await?;
        let slug = |id: TenantId| {
            let of = tenants.iter().find(|tenant| tenant.id == id);
            of.map(|tenant| tenant.slug.clone()).unwrap_or_default()
        };
        let placed = |order: NumberOrder| PlacedOrder {
            tenant: slug(order.tenant_id),
            order,
        };
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results: orders.into_iter().map(placed).collect(),
        })
    }

    /// The tenant that something is done for: the asker's own, or the one that an operator names.
    pub(super) async fn beneficiary(&self, asker: &Asker, slug: Option<&str>) -> Result<Tenant> {
        match (slug, asker.tenant()) {
            (None, Some(own)) => Ok(own.clone()),
            (Some(slug), Some(own)) if own.slug == slug => Ok(own.clone()),
            (Some(slug), _) => {
                asker.must_operate("doing this for another tenant")?;
                self.tenant_by_slug(slug).await
            }
            (None, None) => Err(Error::bad_input(
                "TENANT_REQUIRED",
                "say which tenant the numbers are for",
            )),
        }
    }
}

/// Refuses an order that would give a tenant's own people more numbers than they may have.
fn within(most: u32, had: usize, order: &NumberOrder) -> Result<()> {
    let wanted = order.numbers.0.len();
    if had.saturating_add(wanted) <= most as usize {
        return Ok(());
    }
    Err(Error::forbidden(
        "TOO_MANY_NUMBERS",
        format!(
            "this tenant's administrators may have {most} numbers by orders, and have {had}; {wanted} more need the operator role"
        ),
    ))
}
