//! The account at Telnyx as a [`Carrier`]: its numbers, its orders, and the media of faxes that it received.

use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{
    AvailableNumber, Carrier, CarrierError, CarrierErrorKind, CarrierNumber, CarrierNumbers,
    CarrierOrder, NumberSearch, OrderState,
};
use faxgate_telnyx as telnyx;
use faxgate_telnyx::{
    AvailableNumberFilter, Client, ConnectionId, Delivery, FaxId, Feature, NewNumberOrder, Number,
    NumberOrder, NumberOrderFilter, NumberOrderId, NumberOrderStatus, NumberToOrder, NumberType,
    Page, PhoneNumber, PhoneNumberChange, PhoneNumberFilter, PhoneNumberId,
};
use faxgate_types::E164;

/// What an operator does about a refused key.
const KEY: &str = "telnyx refuses the API key; check FAXGATE_TELNYX__API_KEY";
/// When Telnyx says "too many" and not for how long.
const UNSAID: Duration = Duration::from_secs(10);

/// The account that an API key belongs to, with the fax application that numbers are attached to.
#[derive(Clone, Debug)]
pub struct TelnyxAccount {
    client: Client,
    application: ConnectionId,
    settle: Duration,
}

impl TelnyxAccount {
    /// The account behind `client`; `connection_id` is the fax application's id.
    #[must_use]
    pub fn new(client: Client, connection_id: impl Into<ConnectionId>) -> Self {
        Self {
            client,
            application: connection_id.into(),
            settle: Duration::from_secs(10),
        }
    }

    /// How long Telnyx' lists may go on without showing what was just done (10 s unless told).
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }
}

#[async_trait]
impl Carrier for TelnyxAccount {
    fn name(&self) -> &str {
        super::LANE
    }

    fn application(&self) -> &str {
        self.application.as_str()
    }

    fn settle(&self) -> Duration {
        self.settle
    }

    async fn search(&self, wanted: &NumberSearch) -> Result<Vec<AvailableNumber>, CarrierError> {
        let mut features = vec![Feature::Fax];
        for word in &wanted.features {
            let feature = Feature::from(word.as_str());
            if !features.contains(&feature) {
                features.push(feature);
            }
        }
        let filter = AvailableNumberFilter {
            country_code: wanted.country.clone(),
            national_destination_code: wanted.area_code.clone(),
            locality: wanted.locality.clone(),
            administrative_area: wanted.administrative_area.clone(),
            number_type: wanted.kind.as_deref().map(NumberType::from),
            features,
            starts_with: wanted.starts_with.clone(),
            ends_with: wanted.ends_with.clone(),
            contains: wanted.contains.clone(),
            limit: Some(wanted.limit),
            ..AvailableNumberFilter::default()
        };
        let found = self.client.available_numbers().search(&filter).await;
        let found = found.map_err(trouble)?;
        Ok(found.into_iter().filter_map(available).collect())
    }

    async fn order(&self, reference: &str, numbers: &[E164]) -> Result<CarrierOrder, CarrierError> {
        let wanted = numbers
            .iter()
            .map(|number| NumberToOrder::from(Number::new(number.as_str())));
        let order = NewNumberOrder {
            phone_numbers: wanted.collect(),
            connection_id: Some(self.application.clone()),
            customer_reference: Some(reference.to_owned()),
            ..NewNumberOrder::default()
        };
        let placed = self.client.number_orders().create(&order).await;
        placed.map(stands).map_err(trouble)
    }

    async fn find_order(&self, reference: &str) -> Result<Option<CarrierOrder>, CarrierError> {
        let filter = NumberOrderFilter {
            customer_reference: Some(reference.to_owned()),
            status: None,
        };
        let found = self.client.number_orders().walk(&filter, MOST_PAGES).await;
        // Whether the filter matches parts of a note is nowhere promised.
        let ours = |order: &NumberOrder| order.customer_reference.as_deref() == Some(reference);
        let found = found.map_err(trouble)?.items.into_iter().filter(ours);
        // One that was asked for twice may be there twice, and the second have failed because of the first.
        Ok(found
            .map(stands)
            .min_by_key(|order| order.state == OrderState::Failure))
    }

    async fn order_status(&self, id: &str) -> Result<CarrierOrder, CarrierError> {
        let order = NumberOrderId::new(id);
        let found = self.client.number_orders().get(&order).await;
        match found.map_err(trouble)? {
            Some(order) => Ok(stands(order)),
            None => Err(CarrierError {
                kind: CarrierErrorKind::NotFound,
                code: None,
                message: format!("there is no order {id}"),
            }),
        }
    }

    async fn numbers(&self, page: u32) -> Result<CarrierNumbers, CarrierError> {
        let page = Page {
            number: page.max(1),
            ..Page::default()
        };
        let filter = PhoneNumberFilter::default();
        let list = self.client.phone_numbers().list(&filter, page).await;
        let list = list.map_err(trouble)?;
        Ok(CarrierNumbers {
            more: !list.is_last(page),
            numbers: list.data.into_iter().filter_map(owned).collect(),
        })
    }

    async fn find_number(&self, number: &E164) -> Result<Option<CarrierNumber>, CarrierError> {
        let number = Number::new(number.as_str());
        let found = self.client.phone_numbers().by_number(&number).await;
        Ok(found.map_err(trouble)?.and_then(owned))
    }

    async fn attach(&self, id: &str) -> Result<CarrierNumber, CarrierError> {
        let change = PhoneNumberChange {
            connection_id: Some(self.application.clone()),
            ..PhoneNumberChange::default()
        };
        let numbers = self.client.phone_numbers();
        let changed = numbers.update(&PhoneNumberId::new(id), &change).await;
        owned(changed.map_err(trouble)?).ok_or_else(|| CarrierError {
            kind: CarrierErrorKind::Unclear,
            code: None,
            message: "telnyx answered with a number that is none".to_owned(),
        })
    }

    async fn release(&self, id: &str) -> Result<(), CarrierError> {
        let numbers = self.client.phone_numbers();
        let gone = numbers.delete(&PhoneNumberId::new(id)).await;
        gone.map(|_| ()).map_err(trouble)
    }

    async fn fresh_media(&self, fax: &str) -> Result<Option<String>, CarrierError> {
        let fax = FaxId::new(fax);
        match self.client.faxes().refresh(&fax).await {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other.map_err(trouble)?,
        }
        let fax = self.client.faxes().get(&fax).await.map_err(trouble)?;
        Ok(fax.and_then(|fax| fax.media_url))
    }
}

/// Pages of orders with one note, of 100 each: there is one such order, or none.
const MOST_PAGES: u32 = 10;

fn available(found: telnyx::AvailableNumber) -> Option<AvailableNumber> {
    let cost = found.cost_information.unwrap_or_default();
    let region = |kind: &str| {
        let mut regions = found.region_information.iter();
        let region = regions.find(|region| region.region_type.as_deref() == Some(kind));
        region.and_then(|region| region.region_name.clone())
    };
    let region = ["country_code", "state", "location", "rate_center"]
        .into_iter()
        .filter_map(region)
        .filter(|name| !name.trim().is_empty());
    Some(AvailableNumber {
        number: found.phone_number.as_str().parse().ok()?,
        features: found
            .features
            .iter()
            .map(|feature| feature.name.to_string())
            .collect(),
        region: region.collect(),
        monthly_cost: cost.monthly_cost,
        upfront_cost: cost.upfront_cost,
        currency: cost.currency,
    })
}

/// A number of the account; those that were given back or never came are none.
fn owned(number: PhoneNumber) -> Option<CarrierNumber> {
    use telnyx::PhoneNumberStatus as Status;
    if matches!(
        number.status,
        Status::Deleted | Status::PurchaseFailed | Status::PortFailed | Status::PortedOut
    ) {
        return None;
    }
    let status = number.status.to_string();
    Some(CarrierNumber {
        id: number.id.to_string(),
        number: number.phone_number.as_str().parse().ok()?,
        application: number.connection_id.map(|id| id.to_string()),
        status: (!status.is_empty()).then_some(status),
    })
}

fn stands(order: NumberOrder) -> CarrierOrder {
    let state = match order.status {
        NumberOrderStatus::Success => OrderState::Success,
        NumberOrderStatus::Failure => OrderState::Failure,
        NumberOrderStatus::Pending | NumberOrderStatus::Other(_) => OrderState::Pending,
    };
    CarrierOrder {
        problem: problem(&order),
        id: order.id.to_string(),
        state,
    }
}

/// What stands in the way, number by number.
fn problem(order: &NumberOrder) -> Option<String> {
    let mut problems = Vec::new();
    for one in &order.phone_numbers {
        let number = &one.phone_number;
        if one.status == NumberOrderStatus::Failure {
            problems.push(format!("{number} could not be had"));
        } else if one.requirements_met == Some(false) {
            let stand = one.requirements_status.as_deref().unwrap_or("not met");
            problems.push(format!(
                "{number}: the documents that its country wants: {stand}; see the Telnyx portal"
            ));
        }
    }
    if problems.is_empty() && order.requirements_met == Some(false) {
        problems.push("documents are wanted; see the Telnyx portal".to_owned());
    }
    // Foreign text, which goes to people.
    let told = problems.join("; ");
    let told: String = told.chars().filter(|c| !c.is_control()).take(500).collect();
    (!told.is_empty()).then_some(told)
}

/// Telnyx' trouble in our words.
fn trouble(error: telnyx::Error) -> CarrierError {
    let kind = match error.delivery() {
        _ if error.is_rate_limited() => {
            CarrierErrorKind::RateLimited(error.retry_after().unwrap_or(UNSAID))
        }
        Delivery::NotSent => CarrierErrorKind::NotSent,
        Delivery::Unclear => CarrierErrorKind::Unclear,
        Delivery::Refused if error.is_authentication() => CarrierErrorKind::Unauthenticated,
        Delivery::Refused if error.is_not_found() => CarrierErrorKind::NotFound,
        Delivery::Refused => CarrierErrorKind::Refused,
    };
    let said: Vec<String> = error
        .errors()
        .iter()
        .map(|one| match &one.detail {
            Some(detail) => format!("{} {}: {detail}", one.code, one.title),
            None => format!("{} {}", one.code, one.title),
        })
        .collect();
    let message = match (kind, said.is_empty()) {
        (CarrierErrorKind::Unauthenticated, _) => KEY.to_owned(),
        (_, true) => error.to_string(),
        (_, false) => said.join("; "),
    };
    CarrierError {
        kind,
        code: error.errors().first().map(|one| one.code.clone()),
        message: message
            .chars()
            .filter(|c| !c.is_control())
            .take(500)
            .collect(),
    }
}
