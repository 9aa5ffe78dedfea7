//! What FreeSWITCH tells of a channel, in events and in CDRs alike: variables by name.

use std::borrow::Cow;

use faxgate_core::{FreeSwitchNotice, NoticeFile, ReceptionEvent};
use faxgate_lifecycle::{FaxResult, HangUp};
use faxgate_types::{FaxCode, HangupCause, Timestamp};

/// A channel's variables. All values are foreign text.
pub(super) trait Fields {
    /// A channel variable, by its bare name.
    fn variable(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// SpanDSP's result, if a fax engine ever ran.
pub(super) fn fax_result(fields: &impl Fields) -> Option<FaxResult> {
    let code = fields
        .variable("fax_result_code")?
        .parse()
        .ok()
        .and_then(FaxCode::new)?;
    let success = fields.variable("fax_success").as_deref() == Some("1");
    let transferred = number(fields, "fax_document_transferred_pages").unwrap_or(0);
    let negotiated = success || transferred > 0 || has_negotiated(fields);
    let is = |name: &str, word: &str| fields.variable(name).map(|value| value == word);
    Some(FaxResult {
        success,
        code,
        transferred,
        negotiated,
        t38: is("fax_t38_status", "negotiated"),
        ecm: is("fax_ecm_used", "on").filter(|_| negotiated),
        rate: number(fields, "fax_transfer_rate").filter(|_| negotiated),
    })
}

/// Whether another fax machine ever spoke. `fax_transfer_rate` does not tell: it is 14400 also when a person picked up.
/// What tells is what only the other machine, or a page that was begun, can have set.
fn has_negotiated(fields: &impl Fields) -> bool {
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
pub(super) fn hang_up(fields: &impl Fields) -> HangUp {
    let cause = fields.variable("hangup_cause");
    HangUp {
        cause: HangupCause::new(cause.as_deref().unwrap_or_default()),
        answered: is_answered(fields),
        fax: fax_result(fields),
    }
}

pub(super) fn is_answered(fields: &impl Fields) -> bool {
    let epoch = number(fields, "answer_epoch");
    epoch.is_some_and(|epoch| epoch > 0)
        || fields.variable("endpoint_disposition").as_deref() == Some("ANSWER")
}

/// What the far fax machine calls itself: at most 40 printable characters of foreign text.
pub(super) fn station(text: Option<Cow<'_, str>>) -> Option<String> {
    let text: String = text?.chars().filter(|c| !c.is_control()).take(40).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn number(fields: &impl Fields, name: &str) -> Option<u32> {
    fields.variable(name)?.trim().parse().ok()
}

/// Whether it is a call that our dialplan, or a plain `rxfax`, received.
pub(super) fn is_reception(fields: &impl Fields) -> bool {
    fields.variable("direction").as_deref() == Some("inbound")
        && (fields.variable("faxgate_inbound").as_deref() == Some("true")
            || fields.variable("fax_result_code").is_some()
            || fields.variable("current_application").as_deref() == Some("rxfax"))
}

/// The notice of a call that was received, in the form that every witness brings it.
pub(super) fn reception(
    fields: &impl Fields,
    uuid: &str,
    caller: Option<Cow<'_, str>>,
    dialled: Option<Cow<'_, str>>,
) -> FreeSwitchNotice {
    let text = |name: &str| fields.variable(name).map(Cow::into_owned);
    let result = fax_result(fields);
    let success = result.is_some_and(|result| result.success);
    let path = fields
        .variable("fax_filename")
        .filter(|path| path.starts_with('/'));
    FreeSwitchNotice {
        event: if success {
            ReceptionEvent::Received
        } else {
            ReceptionEvent::Failed
        },
        uuid: uuid.to_owned(),
        from: caller.map(Cow::into_owned).unwrap_or_default(),
        to: text("faxgate_did")
            .or(dialled.map(Cow::into_owned))
            .unwrap_or_default(),
        pages: Some(result.map_or(0, |result| result.transferred)),
        duration: number(fields, "billsec"),
        file: path.map_or(NoticeFile::None, |path| NoticeFile::Path(path.into_owned())),
        timestamp: fields
            .variable("end_uepoch")
            .and_then(|micros| micros.parse().ok())
            .and_then(Timestamp::from_unix_micros),
        success: Some(success),
        result_code: result.map(|result| i64::from(result.code.get())),
        result_text: text("fax_result_text"),
        remote_station_id: station(fields.variable("fax_remote_station_id")),
        transfer_rate: number(fields, "fax_transfer_rate"),
        ecm: fields.variable("fax_ecm_used").map(|used| used == "on"),
        t38: text("fax_t38_status"),
        hangup_cause: text("hangup_cause"),
    }
}
