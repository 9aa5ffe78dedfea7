//! What a number's owner sets about it.

use faxgate_db::{Wake, dids, routes, tenants};
use faxgate_types::{DidState, TimeZone};

use super::add::must_be_idle;
use super::audited::of_change;
use super::look::{find, name};
use super::{Asker, OwnNumber, told};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::operate::Choice;

/// What Telnyx takes as a display name besides letters, digits and spaces; FreeSWITCH takes all of it too.
const NAME_MARKS: &str = "-_~!.+";
const LONGEST_NAME: usize = 128;
/// FreeSWITCH drops a longer one.
const LONGEST_HEADER: usize = 50;

/// Changes to a number; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberChange {
    /// The name that a call shows beside the number; taken away: the number alone is shown.
    pub caller_name: Choice<String>,
    /// What stands in the header line in place of the tenant's name.
    pub header_text: Choice<String>,
    /// The clock of its header line; taken away: the tenant's.
    pub time_zone: Choice<TimeZone>,
    /// Lines for faxes from it, best first; taken away: the rules say.
    pub route: Choice<Vec<String>>,
    /// Whether it counts when a fax names no sender; then no other number of the tenant does.
    pub is_default: Option<bool>,
    /// Whether it is the tenant's indeed, and not only claimed; for operators.
    pub confirmed: Option<bool>,
    /// The slug of another tenant, which gets the number, confirmed and without the settings that this one made; for operators.
    pub tenant: Option<String>,
}

impl App {
    /// Changes a number. Faxes that wait take their new route at once. What came in for a number since it was claimed is delivered once it
    /// is confirmed.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_NUMBER`, `NO_SUCH_TENANT`, `INVALID_FIELDS`, `INVALID_ROUTE`, `NUMBER_RELEASING`, and `NUMBER_IN_USE` when
    /// it is to go to another tenant while faxes wait from it.
    pub async fn change_number(
        &self,
        asker: &Asker,
        named: &str,
        change: NumberChange,
    ) -> Result<OwnNumber> {
        asker.may_manage()?;
        let named = name(asker, named)?;
        check(&change)?;
        if change.tenant.is_some() {
            asker.must_operate("giving a number to another tenant")?;
        }
        if change.confirmed.is_some() {
            asker.must_operate("confirming a number")?;
        }
        let (app, asker, details) = (self.clone(), asker.clone(), of_change(&change));
        let changed = self
            .on_main(async move {
                let mut tx = app.db.system("change a number").await?;
                let mut did = find(&mut tx, &asker, &named, true).await?.did;
                let (before, was_confirmed) = (did.tenant_id, did.confirmed);
                if did.state != DidState::Active {
                    return Err(releasing(&did.number.to_string()));
                }
                if let Some(slug) = &change.tenant {
                    let tenant = tenants::by_slug(&mut tx, slug)
                        .await?
                        .ok_or_else(|| no_such_tenant(slug))?;
                    if tenant.id != did.tenant_id {
                        must_be_idle(&mut tx, &did.number, "wait for them, or cancel them").await?;
                        did.tenant_id = tenant.id;
                        // They speak of who had it before.
                        (did.caller_name, did.header_text, did.time_zone) = (None, None, None);
                        (did.route, did.is_default) = (None, false);
                        did.confirmed = true;
                    }
                }
                did.confirmed = change.confirmed.unwrap_or(did.confirmed);
                let route = match &change.route {
                    Some(Some(lanes)) => {
                        let (route, _) = app.read_route(&mut tx, &lanes.join(","), &[]).await?;
                        Some(Some(route))
                    }
                    Some(None) => Some(None),
                    None => None,
                };
                put(change.caller_name, &mut did.caller_name);
                put(change.header_text, &mut did.header_text);
                put(change.time_zone, &mut did.time_zone);
                let has_new_route = route.is_some();
                put(route, &mut did.route);
                if let Some(is_default) = change.is_default {
                    if is_default {
                        dids::clear_default(&mut tx, did.tenant_id).await?;
                    }
                    did.is_default = is_default;
                }
                dids::update(&mut tx, &did).await?;
                if did.confirmed != was_confirmed {
                    // Everybody's faxes to it.
                    routes::reapply(&mut tx, None).await?;
                    tx.wake(Wake::Queue);
                } else if has_new_route {
                    routes::reapply(&mut tx, Some(did.tenant_id)).await?;
                    tx.wake(Wake::Queue);
                }
                let changed = find(&mut tx, &asker, &named, false).await?;
                let now = app.now();
                match changed.did.tenant_id == before {
                    true => told::changed(&mut tx, &changed.did, now).await?,
                    false => told::moved(&mut tx, before, &changed.did, now).await?,
                }
                // Both lose or gain something by it, where it goes from one to another.
                let mut owners = [before, changed.did.tenant_id].to_vec();
                owners.sort();
                owners.dedup();
                for owner in owners {
                    let entry = Entry::new(&asker, "number.changed", &changed.did.number)
                        .details(details.clone());
                    app.audit(&mut tx, owner, entry).await?;
                }
                tx.commit().await?;
                if changed.did.confirmed && !was_confirmed {
                    // Whoever gets it from an operator gets all of it, as by `add_did`.
                    let is_given = changed.did.tenant_id != before;
                    let since = (!is_given).then_some(changed.did.created_at);
                    app.deliver_unmatched(&changed.did.number, since).await?;
                }
                Ok(changed)
            })
            .await?;
        self.queue_changed.notify_one();
        Ok(changed)
    }
}

fn put<T>(choice: Choice<T>, into: &mut Option<T>) {
    if let Some(choice) = choice {
        *into = choice;
    }
}

/// Refuses what no call or page could show.
fn check(change: &NumberChange) -> Result<()> {
    if let Some(Some(name)) = &change.caller_name {
        let good = |c: char| c.is_ascii_alphanumeric() || c == ' ' || NAME_MARKS.contains(c);
        if name.trim().is_empty() || name.len() > LONGEST_NAME || !name.chars().all(good) {
            return Err(invalid(
                "caller_name",
                format!(
                    "must have 1 to {LONGEST_NAME} letters (A to Z), digits, spaces and {NAME_MARKS}"
                ),
            ));
        }
    }
    if let Some(Some(text)) = &change.header_text {
        let length = text.chars().count();
        if text.trim().is_empty() || length > LONGEST_HEADER || text.chars().any(char::is_control) {
            return Err(invalid(
                "header_text",
                format!("must have 1 to {LONGEST_HEADER} characters"),
            ));
        }
    }
    Ok(())
}

fn invalid(field: &str, problem: String) -> Error {
    Error::bad_input("INVALID_FIELDS", format!("{field} {problem}")).field(field, problem)
}

fn no_such_tenant(slug: &str) -> Error {
    let shown: String = slug.chars().take(64).collect();
    Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{shown}`"))
}

pub(super) fn releasing(number: &str) -> Error {
    Error::conflict(
        "NUMBER_RELEASING",
        format!("{number} is being given back to its carrier"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_headers_that_no_call_or_page_could_show_are_refused() {
        let named = |name: &str| NumberChange {
            caller_name: Some(Some(name.to_owned())),
            ..NumberChange::default()
        };
        assert!(check(&named("Acme Legal, Inc")).is_err());
        assert!(check(&named("Şişli")).is_err());
        assert!(check(&named(" ")).is_err());
        assert!(check(&named(&"n".repeat(129))).is_err());
        assert!(check(&named("Acme Legal Inc.")).is_ok());
        let headed = |text: &str| NumberChange {
            header_text: Some(Some(text.to_owned())),
            ..NumberChange::default()
        };
        assert!(check(&headed(&"h".repeat(51))).is_err());
        assert!(check(&headed("a\nb")).is_err());
        assert!(check(&headed("Şişli Etfal")).is_ok());
    }
}
