//! Why Telnyx refused an order, in the words that our table of reasons knows.

use faxgate_telnyx::{ApiError, Error};
use faxgate_types::CarrierReason;

/// "The 'to' number is not E.164."
const NOT_E164: &str = "10016";

/// The reason for an answer that refused the order.
pub(super) fn reason(error: &Error) -> CarrierReason {
    of(error.status(), error.errors())
}

fn of(status: Option<u16>, errors: &[ApiError]) -> CarrierReason {
    let named = errors.iter().find_map(|error| {
        // Some refusals name a failure reason in place of a number.
        [Some(&error.code), Some(&error.title), error.detail.as_ref()]
            .into_iter()
            .flatten()
            .map(|text| CarrierReason::new(text))
            .find(CarrierReason::is_known)
    });
    if let Some(reason) = named {
        return reason;
    }
    let is_about = |field: &str| errors.iter().any(|error| points_at(error, field));
    CarrierReason::new(match status {
        Some(401) => CarrierReason::UNAUTHENTICATED,
        // No money left.
        Some(402) => "account_disabled",
        Some(429) => CarrierReason::RATE_LIMITED,
        // What may not be used is not the key: so the field counts before the status.
        _ if is_about("connection_id") => CarrierReason::MISCONFIGURED,
        _ if is_about("from") => "unverified_origination_number",
        Some(403) if is_about("to") => "destination_not_in_service_plan",
        Some(403) => CarrierReason::UNAUTHENTICATED,
        // There is no such API there: the base url is wrong.
        Some(404 | 405) => CarrierReason::MISCONFIGURED,
        _ if is_about("to") || errors.iter().any(|error| error.code == NOT_E164) => {
            "receiver_invalid_number_format"
        }
        _ => CarrierReason::ORDER_REFUSED,
    })
}

/// Whether an error lies in this field: `/to`, or `/body/to`.
fn points_at(error: &ApiError, field: &str) -> bool {
    let source = error.source.as_ref();
    let pointer = source.and_then(|source| source.pointer.as_deref());
    let parameter = source.and_then(|source| source.parameter.as_deref());
    pointer.is_some_and(|pointer| pointer.rsplit('/').next() == Some(field))
        || parameter == Some(field)
}

#[cfg(test)]
mod tests {
    use faxgate_telnyx::Source;
    use faxgate_types::FailureClass;

    use super::*;

    fn error(code: &str, pointer: Option<&str>) -> ApiError {
        ApiError {
            code: code.to_owned(),
            source: pointer.map(|pointer| Source {
                pointer: Some(pointer.to_owned()),
                parameter: None,
            }),
            ..ApiError::default()
        }
    }

    #[test]
    fn a_refusal_is_the_accounts_the_numbers_or_the_orders() {
        for (status, code, pointer, reason, class) in [
            (401, "10009", None, "unauthenticated", FailureClass::Account),
            (403, "10010", None, "unauthenticated", FailureClass::Account),
            (
                402,
                "20100",
                None,
                "account_disabled",
                FailureClass::Account,
            ),
            (
                429,
                "10011",
                None,
                "rate_limited",
                FailureClass::BackPressure,
            ),
            (404, "10005", None, "misconfigured", FailureClass::Account),
            (
                422,
                "10015",
                Some("/connection_id"),
                "misconfigured",
                FailureClass::Account,
            ),
            (
                422,
                "10016",
                None,
                "receiver_invalid_number_format",
                FailureClass::Permanent,
            ),
            (
                422,
                "10016",
                Some("/to"),
                "receiver_invalid_number_format",
                FailureClass::Permanent,
            ),
            (
                422,
                "10016",
                Some("/from"),
                "unverified_origination_number",
                FailureClass::Account,
            ),
            (400, "10015", None, "order_refused", FailureClass::Local),
        ] {
            let told = of(Some(status), &[error(code, pointer)]);
            assert_eq!(
                (told.as_str(), told.class()),
                (reason, class),
                "{status} {code}"
            );
        }
    }

    #[test]
    fn what_may_not_be_used_counts_before_the_refused_key() {
        for (status, pointer, reason) in [
            (403, "/from", "unverified_origination_number"),
            (403, "/connection_id", "misconfigured"),
            (403, "/body/to", "destination_not_in_service_plan"),
            (401, "/from", "unauthenticated"),
        ] {
            let told = of(Some(status), &[error("10010", Some(pointer))]);
            assert_eq!(told.as_str(), reason, "{status} {pointer}");
        }
    }

    #[test]
    fn a_failure_reason_that_is_named_counts() {
        let named = of(Some(403), &[error("account_disabled", None)]);
        assert_eq!(named.as_str(), "account_disabled");
    }
}
