//! From what FreeSWITCH tells of a channel, in events and in records alike, to evidence.

use faxgate_lifecycle::{Evidence, FaxResult, HangUp};
use faxgate_types::{CallUuid, FaxCode, HangupCause, Witness};

use super::Record;
use crate::channel::Variables;
use crate::transport::CallEvent;

/// SpanDSP's result, if a fax engine ever ran.
#[must_use]
pub fn fax_result(fields: &impl Variables) -> Option<FaxResult> {
    let code = fields
        .variable("fax_result_code")?
        .parse()
        .ok()
        .and_then(FaxCode::new)?;
    let success = fields.variable("fax_success").as_deref() == Some("1");
    let transferred = fields.number("fax_document_transferred_pages").unwrap_or(0);
    let negotiated = success || transferred > 0 || has_negotiated(fields);
    let is = |name: &str, word: &str| fields.variable(name).map(|value| value == word);
    Some(FaxResult {
        success,
        code,
        transferred,
        negotiated,
        t38: is("fax_t38_status", "negotiated"),
        ecm: is("fax_ecm_used", "on").filter(|_| negotiated),
        rate: fields.number("fax_transfer_rate").filter(|_| negotiated),
    })
}

/// Whether another fax machine ever spoke. `fax_transfer_rate` does not tell: it is 14400 also when a person picked up.
/// What tells is what only the other machine, or a page that was begun, can have set.
fn has_negotiated(fields: &impl Variables) -> bool {
    let says = |name: &str, nothing: &str| {
        fields
            .variable(name)
            .is_some_and(|value| !matches!(&*value, "" | "_undef_") && value != nothing)
    };
    says("fax_remote_station_id", "")
        || says("fax_document_total_pages", "0")
        || says("fax_image_resolution", "0x0")
}

/// The end of the channel.
#[must_use]
pub fn hang_up(fields: &impl Variables) -> HangUp {
    let cause = fields.variable("hangup_cause");
    HangUp {
        cause: HangupCause::new(cause.as_deref().unwrap_or_default()),
        answered: is_answered(fields),
        fax: fax_result(fields),
    }
}

/// Whether the far end picked up.
#[must_use]
pub fn is_answered(fields: &impl Variables) -> bool {
    let epoch = fields.number("answer_epoch");
    epoch.is_some_and(|epoch| epoch > 0)
        || fields.variable("endpoint_disposition").as_deref() == Some("ANSWER")
}

/// The end of a call, as its record tells it.
#[must_use]
pub fn recorded(record: &Record, call: CallUuid, by: Witness) -> CallEvent {
    CallEvent {
        call,
        by,
        evidence: Evidence::HungUp(hang_up(record)),
        seconds: record.number("billsec"),
        remote_station_id: record.station(),
    }
}
