//! The account's phone numbers, and those that can be bought.

use faxgate_types::Timestamp;
use serde_json::{Value, json};

use crate::number::{self, Line};

/// A number of the account.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) id: String,
    pub(super) phone_number: String,
    pub(super) connection_id: Option<String>,
    pub(super) customer_reference: Option<String>,
    pub(super) billing_group_id: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) purchased_at: Timestamp,
}

impl Number {
    pub(super) fn shown(&self) -> Value {
        json!({
            "record_type": "phone_number",
            "id": self.id,
            "phone_number": self.phone_number,
            "status": "active",
            "connection_id": self.connection_id,
            "connection_name": null,
            "customer_reference": self.customer_reference,
            "billing_group_id": self.billing_group_id,
            "tags": self.tags,
            "phone_number_type": "local",
            "t38_fax_gateway_enabled": true,
            "purchased_at": self.purchased_at.to_seconds(),
            "created_at": self.purchased_at.to_seconds(),
        })
    }
}

/// A number that can be bought.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) phone_number: String,
    pub(super) country: &'static str,
    pub(super) kind: &'static str,
    pub(super) area_code: String,
    pub(super) locality: &'static str,
    pub(super) region: &'static str,
    pub(super) takes_faxes: bool,
}

impl Offer {
    pub(super) fn shown(&self) -> Value {
        let mut features: Vec<Value> = ["voice", "sms"].map(|name| json!({"name": name})).into();
        if self.takes_faxes {
            features.push(json!({"name": "fax"}));
        }
        let region = |kind: &str, name: &str| json!({"region_type": kind, "region_name": name});
        json!({
            "record_type": "available_phone_number",
            "phone_number": self.phone_number,
            "vanity_format": null,
            "best_effort": false,
            "quickship": true,
            "reservable": true,
            "region_information": [
                region("country_code", self.country),
                region("rate_center", &self.locality.to_uppercase()),
                region("state", self.region),
                region("location", self.locality),
            ],
            "cost_information": {"upfront_cost": "1.00000", "monthly_cost": "1.00000", "currency": "USD"},
            "features": features,
        })
    }
}

/// The account's numbers and the stock.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) own: Vec<Number>,
    pub(super) stock: Vec<Offer>,
}

impl Numbers {
    pub(super) fn new(stock: &[String]) -> Self {
        let stock = if stock.is_empty() {
            made_up()
        } else {
            stock.iter().map(|number| offered(number)).collect()
        };
        let own = Vec::new();
        Self { own, stock }
    }

    pub(super) fn add(
        &mut self,
        id: String,
        phone_number: String,
        connection_id: Option<String>,
        customer_reference: Option<String>,
        now: Timestamp,
    ) {
        if self.by_number(&phone_number).is_some() {
            return;
        }
        self.own.push(Number {
            id,
            phone_number,
            connection_id,
            customer_reference,
            billing_group_id: None,
            tags: Vec::new(),
            purchased_at: now,
        });
    }

    /// The account's number that is this line.
    pub(super) fn by_number(&self, number: &str) -> Option<&Number> {
        let line = Line::of(number);
        self.own
            .iter()
            .find(|own| Line::of(&own.phone_number) == line)
    }

    /// A number by its id or, as Telnyx allows, by itself.
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.own
            .iter()
            .position(|number| number.id == id || number.phone_number == id)
    }

    pub(super) fn detach(&mut self, connection_id: &str) {
        for number in &mut self.own {
            if number.connection_id.as_deref() == Some(connection_id) {
                number.connection_id = None;
            }
        }
    }

    /// Takes a number out of the stock; `None`: it is not there, or no longer.
    pub(super) fn take(&mut self, phone_number: &str) -> Option<Offer> {
        let at = self
            .stock
            .iter()
            .position(|offer| offer.phone_number == phone_number)?;
        Some(self.stock.remove(at))
    }
}

/// Numbers that are set aside for fiction, so that nobody is ever called by accident.
fn made_up() -> Vec<Offer> {
    const AREAS: [(&str, &str); 4] = [
        ("+1312555", "0100"),
        ("+1415555", "0100"),
        ("+1212555", "0100"),
        ("+1800555", "0100"),
    ];
    let mut stock = Vec::new();
    for (start, first) in AREAS {
        let first: u32 = first.parse().unwrap_or(0);
        for number in first..first + 20 {
            let mut offer = offered(&format!("{start}{number:04}"));
            // One in each area is for talking only.
            offer.takes_faxes = number != first + 19;
            stock.push(offer);
        }
    }
    for number in 100..110 {
        stock.push(offered(&format!("+44207946{number:04}")));
    }
    stock
}

/// What is told of a number that can be bought.
fn offered(number: &str) -> Offer {
    let phone_number = number::e164(number);
    let (country, national) = match phone_number.strip_prefix("+1") {
        Some(national) => ("US", national),
        None => ("GB", phone_number.get(3..).unwrap_or_default()),
    };
    let digits = if country == "US" { 3 } else { 2 };
    let area_code = national.get(..digits).unwrap_or_default().to_owned();
    let (kind, locality, region) = match area_code.as_str() {
        "312" => ("local", "Chicago", "IL"),
        "415" => ("local", "San Francisco", "CA"),
        "212" => ("local", "New York", "NY"),
        "800" => ("toll_free", "", ""),
        "20" => ("local", "London", "England"),
        _ => ("local", "Springfield", "IL"),
    };
    Offer {
        phone_number,
        country,
        kind,
        area_code,
        locality,
        region,
        takes_faxes: true,
    }
}
