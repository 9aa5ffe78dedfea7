//! A notice in the shape of Telnyx, as the reference documents it.

use faxgate_core::{Error, ReceptionEvent, TelnyxNotice};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::freeswitch::timestamp;
use crate::extract::fields::Fields;
use crate::fax::webhook::hostile::{remark, tame};

/// A notice in the shape of Telnyx.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct TelnyxBody {
    data: TelnyxData,
}

/// What such a notice tells.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct TelnyxData {
    /// Always `fax.received`.
    #[schema(example = "fax.received")]
    event_type: String,
    /// The fax's id there: one fax, one id, however often it is told.
    #[schema(example = "fax_123456", max_length = 128)]
    id: String,
    /// The connection it came by.
    #[schema(example = "conn_789")]
    connection_id: Option<String>,
    /// The caller's number; may be empty.
    #[schema(example = "+15551234567")]
    from: Option<String>,
    /// The number that was dialled (DID).
    #[schema(example = "+15559876543")]
    to: String,
    /// Its status there.
    #[schema(example = "received")]
    status: Option<String>,
    /// Pages.
    #[schema(example = 2)]
    page_count: Option<u32>,
    /// Where the pages can be fetched. Addresses of private networks are refused.
    #[schema(
        format = "uri",
        example = "https://api.telnyx.com/v2/faxes/fax_123456/media"
    )]
    media_url: String,
    /// RFC 3339.
    #[schema(format = DateTime, example = "2025-08-24T10:30:00Z")]
    created_at: Option<String>,
}

/// Reads a notice.
///
/// # Errors
/// `INVALID_FIELDS`, which names each field that is wrong.
pub(super) fn read(fields: &mut Fields) -> Result<TelnyxNotice, Error> {
    let Some(mut data) = fields.object("data") else {
        fields.finish()?;
        return Err(Error::bad_input("INVALID_FIELDS", "data must be an object"));
    };
    match data.take("event_type") {
        Some(Value::String(event)) if event == "fax.received" => {}
        _ => data.problem("event_type", "must be fax.received"),
    }
    let notice = TelnyxNotice {
        event: ReceptionEvent::Received,
        id: data.text("id", 128, "the fax's id"),
        from: tame(
            &data
                .optional_text("from", 1024, "the caller's number")
                .unwrap_or_default(),
        ),
        to: tame(&data.text("to", 1024, "the number that was dialled")),
        status: remark(&mut data, "status"),
        page_count: data.count("page_count"),
        caller_id: None,
        reason: None,
        seconds: None,
        partial: false,
        media_url: Some(data.text("media_url", 2048, "where the pages can be fetched")),
        created_at: timestamp(&mut data, "created_at"),
    };
    fields.absorb("data", data);
    fields.finish()?;
    Ok(notice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> Error {
        match value {
            Value::Object(map) => read(&mut Fields::new(map)).unwrap_err(),
            other => panic!("not an object: {other}"),
        }
    }

    #[test]
    fn wrong_fields_are_named_with_their_place() {
        let error =
            of(json!({"data": {"event_type": "fax.sending.started", "to": "+1", "media_url": 5}}));
        let wrong: Vec<_> = error.details.keys().map(String::as_str).collect();
        assert_eq!(wrong, ["data.event_type", "data.id", "data.media_url"]);
        assert_eq!(
            of(json!({"data": []})).details["data"],
            ["must be an object, not an array"]
        );
    }
}
