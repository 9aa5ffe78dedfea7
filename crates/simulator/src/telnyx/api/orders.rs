//! Orders of numbers: create, list, get.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::account::Account;
use super::super::answer::{self, Answer};
use super::super::orders::Order;
use super::super::state::decimal_id;
use super::{Asked, paging};

/// Seconds of the line that an order takes.
const SECONDS: f64 = 5.0;
/// Numbers in one order.
const MOST: usize = 100;

/// Takes the numbers out of the stock at once, and hands them over later.
///
/// A number that ends in 0109 fails then, and the order of one that ends in 0108 stays pending.
pub(super) fn create(account: &Arc<Account>, asked: &Asked) -> Answer {
    let given = match asked.json() {
        Ok(given) => given,
        Err(answer) => return answer,
    };
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let wanted: Option<Vec<&str>> = given
        .get("phone_numbers")
        .and_then(Value::as_array)
        .filter(|wanted| (1..=MOST).contains(&wanted.len()))
        .and_then(|wanted| {
            wanted
                .iter()
                .map(|one| one.get("phone_number").and_then(Value::as_str))
                .collect()
        });
    let Some(wanted) = wanted else {
        return answer::bad_request("One to 100 numbers are required.", "phone_numbers");
    };
    let mut state = account.state();
    let connection_id = text("connection_id");
    if let Some(id) = &connection_id
        && !state.applications.contains_key(id)
    {
        return answer::bad_request("There is no such connection.", "connection_id");
    }
    let in_stock = |number: &&str| {
        let stock = &state.numbers.stock;
        stock.iter().any(|offer| offer.phone_number == **number)
    };
    if !wanted.iter().all(in_stock) {
        return Answer::bad(
            422,
            "10015",
            "Number is not available",
            "One of the numbers can not be ordered, or no longer.",
            "phone_numbers",
        );
    }
    let now = account.now();
    let mut numbers = Vec::new();
    for number in wanted {
        if let Some(offer) = state.numbers.take(number) {
            numbers.push((account.new_id(), offer.phone_number));
        }
    }
    let order = Order {
        id: account.new_id(),
        status: "pending",
        numbers,
        connection_id,
        customer_reference: text("customer_reference"),
        billing_group_id: text("billing_group_id"),
        created_at: now,
        updated_at: now,
    };
    let (id, shown) = (order.id.clone(), order.shown());
    let stays = order.numbers.iter().any(|(_, n)| n.ends_with("0108"));
    state.orders.add(order);
    drop(state);
    account.tell();
    if !stays {
        let on = Arc::clone(account);
        account.spawn_busy(async move {
            tokio::time::sleep(on.options.pace.ordinary(SECONDS)).await;
            carry_out(&on, &id);
        });
    }
    Answer::data(shown)
}

fn carry_out(account: &Account, id: &str) {
    let now = account.now();
    let mut state = account.state();
    let Some(order) = state.orders.get_mut(id) else {
        return;
    };
    let fails = order.numbers.iter().any(|(_, n)| n.ends_with("0109"));
    order.status = if fails { "failure" } else { "success" };
    order.updated_at = now;
    let order = order.clone();
    if fails {
        return;
    }
    for (_, number) in order.numbers {
        let number_id = decimal_id(&account.options.ambient);
        let (connection, reference) = (&order.connection_id, &order.customer_reference);
        let numbers = &mut state.numbers;
        numbers.add(
            number_id,
            number,
            connection.clone(),
            reference.clone(),
            now,
        );
    }
}

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let wants = |name: &str, value: &str| {
        let wanted = asked.parameter(&format!("filter[{name}]"));
        wanted.is_none_or(|wanted| wanted == value)
    };
    let state = account.state();
    let shown = state
        .orders
        .newest()
        .filter(|order| {
            let reference = order.customer_reference.as_deref().unwrap_or_default();
            wants("customer_reference", reference) && wants("status", order.status)
        })
        .map(Order::shown)
        .collect();
    drop(state);
    paging::page(asked, shown)
}

pub(super) fn get(account: &Account, id: &str) -> Answer {
    let mut state = account.state();
    let found = state.orders.get_mut(id);
    found.map_or_else(answer::not_found, |order| {
        Answer::json(200, &json!({"data": order.shown()}))
    })
}
