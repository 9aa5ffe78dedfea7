//! `faxgate tenant show`

use std::fmt::Display;

use faxgate_config::Settings;
use faxgate_core::App;

/// Prints a tenant, one line for each thing that can be set.
pub(super) async fn show(app: &App, settings: &Settings, slug: &str) -> anyhow::Result<()> {
    let (tenant, policy) = app.tenant_and_policy(slug).await?;
    let currency = &settings.cost.currency;
    line("slug", &tenant.slug);
    line("id", tenant.id);
    line("name", &tenant.name);
    if let (Some(since), because) = (tenant.suspended_at, tenant.suspended_because) {
        let because = because.unwrap_or_default();
        line(
            "suspended",
            format!("since {}: {because}", since.to_seconds()),
        );
    }
    line("country", tenant.country);
    line("time zone", tenant.time_zone);
    line("may call", &tenant.allowed_countries);
    for (quota, requests) in tenant.rate_limits.iter() {
        let requests = match requests {
            0 => "no limit".to_owned(),
            most => format!("{most} an hour and user"),
        };
        line(&format!("requests {}", quota.as_str()), requests);
    }
    line("weight", policy.weight());
    limit("calls at one time", policy.max_calls);
    limit("calls a second", policy.calls_per_second);
    limit("calls a minute", policy.attempts_per_minute);
    limit("calls a day", policy.attempts_per_day);
    limit("minutes a day", policy.minutes_per_day);
    let cost = policy
        .cost_per_day
        .map(|cost| format!("{} {currency}", money(cost)));
    limit("money a day", cost);
    limit("pages a day", policy.pages_per_day);
    limit("calls a month", policy.attempts_per_month);
    limit("minutes a month", policy.minutes_per_month);
    let cost = policy
        .cost_per_month
        .map(|cost| format!("{} {currency}", money(cost)));
    limit("money a month", cost);
    limit("pages a month", policy.pages_per_month);
    if policy.windows.is_empty() {
        line("sending hours", "any");
    }
    for window in &policy.windows {
        line("sending hours", window);
    }
    choice("unknown outcome", policy.unknown, settings.retry.unknown);
    choice(
        "only the last page open",
        policy.last_page,
        settings.retry.last_page,
    );
    choice(
        "given up after",
        policy.give_up_after_seconds.map(|s| format!("{s} s")),
        format!("{} s", settings.retry.give_up_after_seconds.get()),
    );
    choice(
        "calls to one recipient",
        policy.max_tries,
        settings.retry.max_tries,
    );
    for (kind, steps) in &policy.retry {
        let tries = steps.tries.map_or(String::new(), |n| format!("{n} tries"));
        let waits: Vec<_> = steps.wait_seconds.iter().map(u32::to_string).collect();
        let waits = match waits.is_empty() {
            true => String::new(),
            false => format!("waits {} s", waits.join(", ")),
        };
        let both: Vec<_> = [tries, waits]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect();
        line(&format!("retry {kind}"), both.join(", "));
    }
    Ok(())
}

fn line(name: &str, value: impl Display) {
    println!("{name}\t{value}");
}

fn limit(name: &str, value: Option<impl Display>) {
    match value {
        Some(value) => line(name, value),
        None => line(name, "no limit"),
    }
}

fn choice(name: &str, own: Option<impl Display>, gateway: impl Display) {
    match own {
        Some(own) => line(name, own),
        None => line(name, format!("{gateway} (the gateway's)")),
    }
}

/// Millionths as an amount: `12.5`.
fn money(millionths: u64) -> String {
    let (whole, part) = (millionths / 1_000_000, millionths % 1_000_000);
    match part {
        0 => whole.to_string(),
        part => format!("{whole}.{part:06}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_are_shown_without_useless_zeros() {
        assert_eq!(money(12_500_000), "12.5");
        assert_eq!(money(7_500), "0.0075");
        assert_eq!(money(3_000_000), "3");
    }
}
