//! Numbers that must not be faxed, asked before anything is queued.

use faxgate_db::{Tx, do_not_fax};
use faxgate_types::{E164, TenantId};

use super::numbers::Recipient;
use crate::error::{Error, Result};

/// So many recipients are named in an answer.
const MOST_NAMED: usize = 20;

/// Refuses a send when one of its recipients must not be faxed: all of it, so that nothing goes out half.
///
/// # Errors
/// `DO_NOT_FAX`, which names the recipients and the lists.
pub(super) async fn check(tx: &mut Tx, tenant: TenantId, recipients: &[Recipient]) -> Result<()> {
    let numbers: Vec<E164> = recipients.iter().map(|r| r.number.clone()).collect();
    let listed = do_not_fax::among(tx, tenant, &numbers).await?;
    let Some(first) = listed.first() else {
        return Ok(());
    };
    let raw = |number: &E164| {
        let typed = recipients.iter().find(|r| r.number == *number);
        typed.map_or_else(|| number.to_string(), |r| r.raw.clone())
    };
    let message = match listed.len() {
        1 => format!(
            "{} must not be faxed, so nothing was queued",
            raw(&first.number)
        ),
        n => format!("{n} of the recipients must not be faxed, so nothing was queued"),
    };
    let error = Error::bad_input("DO_NOT_FAX", message);
    Err(listed
        .into_iter()
        .take(MOST_NAMED)
        .fold(error, |error, entry| {
            let list = match entry.tenant_id {
                Some(_) => format!("your organization's do-not-fax list: {}", entry.reason),
                // Why an operator listed it may tell of somebody else.
                None => "the do-not-fax list that holds for everybody".to_owned(),
            };
            error.field("numbers", format!("{} is on {list}", raw(&entry.number)))
        }))
}
