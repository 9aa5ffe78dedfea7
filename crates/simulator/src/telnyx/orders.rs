//! Orders of numbers, which are carried out later.

use faxgate_types::Timestamp;
use serde_json::{Value, json};

/// An order of numbers.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) status: &'static str,
    /// Each with an id of its own.
    pub(super) numbers: Vec<(String, String)>,
    pub(super) connection_id: Option<String>,
    pub(super) customer_reference: Option<String>,
    pub(super) billing_group_id: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Order {
    pub(super) fn shown(&self) -> Value {
        let numbers: Vec<Value> = self
            .numbers
            .iter()
            .map(|(id, number)| {
                json!({
                    "record_type": "number_order_phone_number",
                    "id": id,
                    "phone_number": number,
                    "status": self.status,
                    "requirements_met": true,
                    "requirements_status": "approved",
                })
            })
            .collect();
        json!({
            "record_type": "number_order",
            "id": self.id,
            "status": self.status,
            "phone_numbers_count": numbers.len(),
            "phone_numbers": numbers,
            "sub_number_orders_ids": [],
            "connection_id": self.connection_id,
            "customer_reference": self.customer_reference,
            "billing_group_id": self.billing_group_id,
            "messaging_profile_id": null,
            "requirements_met": true,
            "created_at": self.created_at.to_string(),
            "updated_at": self.updated_at.to_string(),
        })
    }
}

/// Every order, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Orders(Vec<Order>);

impl Orders {
    pub(super) fn add(&mut self, order: Order) {
        self.0.push(order);
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Order> {
        self.0.iter_mut().find(|order| order.id == id)
    }

    /// The newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Order> {
        self.0.iter().rev()
    }
}
