//! A notice from FreeSWITCH: the documented eight keys, and what the hook adds to them.

use faxgate_core::{Error, FreeSwitchNotice, NoticeFile, ReceptionEvent};
use faxgate_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::extract::fields::Fields;
use crate::fax::webhook::hostile::{remark, tame};

/// A notice from FreeSWITCH.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct FreeSwitchBody {
    /// `fax.received`: the receiver confirmed the whole fax. `fax.failed`: it did not; pages that came are kept.
    #[schema(example = "fax.received")]
    event: String,
    /// The channel's uuid: one fax, one uuid, however often it is told.
    #[schema(example = "abc123-def456", max_length = 128)]
    uuid: String,
    /// The caller's number, as it arrived; may be empty.
    #[schema(example = "+15551234567")]
    from: Option<String>,
    /// The number that was dialled (DID).
    #[schema(example = "+15559876543")]
    to: String,
    /// Pages confirmed to the sender.
    #[schema(example = 2)]
    pages: Option<u32>,
    /// Seconds from answer to hang-up.
    #[schema(example = 30)]
    duration: Option<u32>,
    /// The TIFF: a regular file beneath the spool folder.
    #[schema(example = "/var/spool/fax/rxfax/abc123.tif")]
    file_path: Option<String>,
    /// The end of the call, RFC 3339.
    #[schema(format = DateTime, example = "2025-08-24T10:30:00Z")]
    timestamp: Option<String>,
    /// `fax_success`.
    success: Option<bool>,
    /// SpanDSP's completion code.
    result_code: Option<i64>,
    /// SpanDSP's completion text.
    result_text: Option<String>,
    /// What the sender's machine calls itself (TSI).
    remote_station_id: Option<String>,
    /// Bits a second.
    #[schema(example = 14400)]
    transfer_rate: Option<u32>,
    /// Whether error correction was on.
    ecm: Option<bool>,
    /// `negotiated`, `off`, `refused` or `requested`.
    t38: Option<String>,
    /// The Q.850 name of the hang-up cause.
    #[schema(example = "NORMAL_CLEARING")]
    hangup_cause: Option<String>,
    /// SHA-256 of the TIFF in hex; held against the part `file`.
    file_sha256: Option<String>,
}

/// A notice that brings its file along.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read part by part"
)]
#[schema(as = InboundForm)]
pub(crate) struct NoticeForm {
    /// The notice.
    payload: FreeSwitchBody,
    /// The TIFF; left out when no page came.
    #[schema(content_media_type = "image/tiff")]
    file: Option<String>,
}

/// A notice, and the checksum that goes with its file.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) notice: FreeSwitchNotice,
    pub(super) file_sha256: Option<String>,
}

impl From<Read> for FreeSwitchNotice {
    fn from(read: Read) -> Self {
        read.notice
    }
}

/// Reads a notice.
///
/// # Errors
/// `INVALID_FIELDS`, which names each field that decides something and is wrong.
pub(super) fn read(fields: &mut Fields) -> Result<Read, Error> {
    let event = event(fields);
    let uuid = fields.text("uuid", 128, "the channel's uuid");
    let from = tame(
        &fields
            .optional_text("from", 1024, "the caller's number")
            .unwrap_or_default(),
    );
    let to = tame(&fields.text("to", 1024, "the number that was dialled"));
    let pages = fields.count("pages");
    let duration = fields.count("duration");
    let path = fields
        .optional_text("file_path", 4096, "where the TIFF lies")
        .filter(|path| !path.is_empty());
    let timestamp = timestamp(fields, "timestamp");
    let notice = FreeSwitchNotice {
        event,
        uuid,
        from,
        to,
        pages,
        duration,
        file: path.map_or(NoticeFile::None, NoticeFile::Path),
        line: None,
        timestamp,
        success: fields.take("success").and_then(|value| value.as_bool()),
        result_code: fields.take("result_code").and_then(|value| value.as_i64()),
        result_text: remark(fields, "result_text"),
        remote_station_id: remark(fields, "remote_station_id"),
        transfer_rate: fields
            .take("transfer_rate")
            .and_then(|value| u32::try_from(value.as_u64()?).ok()),
        ecm: fields.take("ecm").and_then(|value| value.as_bool()),
        t38: remark(fields, "t38"),
        hangup_cause: remark(fields, "hangup_cause"),
    };
    let file_sha256 = remark(fields, "file_sha256").filter(|digest| !digest.is_empty());
    fields.finish()?;
    Ok(Read {
        notice,
        file_sha256,
    })
}

fn event(fields: &mut Fields) -> ReceptionEvent {
    match fields.take("event") {
        Some(Value::String(event)) if event == "fax.received" => ReceptionEvent::Received,
        Some(Value::String(event)) if event == "fax.failed" => ReceptionEvent::Failed,
        _ => {
            fields.problem("event", "must be fax.received or fax.failed");
            ReceptionEvent::Failed
        }
    }
}

/// A time that may be absent.
pub(super) fn timestamp(fields: &mut Fields, name: &str) -> Option<Timestamp> {
    const WHAT: &str = "a time such as 2025-08-24T10:30:00Z (RFC 3339)";
    let text = fields
        .optional_text(name, 64, WHAT)
        .filter(|text| !text.is_empty())?;
    let at = Timestamp::parse(&text);
    if at.is_none() {
        fields.problem(name, format!("must be {WHAT}"));
    }
    at
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> Result<Read, Error> {
        match value {
            Value::Object(map) => read(&mut Fields::new(map)),
            other => panic!("not an object: {other}"),
        }
    }

    #[test]
    fn everything_that_the_hook_sends_is_read() {
        let read = of(json!({
            "event": "fax.received", "uuid": "8c4b", "from": "+15551234567", "to": "+15559876543", "pages": 2, "duration": 30,
            "file_path": "/var/spool/faxgate/rx/8c4b.tif", "timestamp": "2025-08-24T10:30:00Z", "success": true,
            "result_code": 0, "result_text": "OK", "remote_station_id": "+1 555 123 4567", "transfer_rate": 14400, "ecm": true,
            "t38": "negotiated", "hangup_cause": "NORMAL_CLEARING", "file_size": 81234, "file_sha256": "9e"
        }));
        insta::assert_debug_snapshot!(read.unwrap());
    }

    #[test]
    fn remarks_of_the_wrong_type_are_passed_over() {
        let read = of(json!({
            "event": "fax.failed", "uuid": "8c4b", "to": "+15559876543", "success": "1", "result_code": "x", "ecm": 1,
            "transfer_rate": -5, "result_text": {"a": 1}, "t38": null
        }))
        .unwrap();
        assert!(
            read.notice.success.is_none()
                && read.notice.result_text.is_none()
                && read.notice.transfer_rate.is_none()
        );
        assert_eq!(read.notice.from, "");
    }

    #[test]
    fn what_decides_something_must_be_right() {
        let error = of(json!({"event": "fax.sent", "uuid": 7, "pages": -1, "timestamp": "yesterday", "file_path": []})).unwrap_err();
        let wrong: Vec<_> = error.details.keys().map(String::as_str).collect();
        assert_eq!(
            wrong,
            ["event", "file_path", "pages", "timestamp", "to", "uuid"]
        );
    }
}
