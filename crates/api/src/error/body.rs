//! The documented shapes of an error.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, everywhere but on `/api/fax/send/`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What is wrong and what to do, for people.
    #[schema(example = "Transaction not found")]
    pub(crate) error: String,
    /// The same for programs: a word in upper case that does not change.
    #[schema(example = "NOT_FOUND")]
    pub(crate) code: &'static str,
    /// What is wrong with which field.
    pub(crate) details: BTreeMap<String, Vec<String>>,
}

/// What went wrong on `/api/fax/send/`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SendErrorBody {
    /// Always `Error`.
    #[schema(example = "Error")]
    pub(crate) status: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    pub(crate) code: u16,
    /// What is wrong and what to do, for people.
    #[schema(example = "File not found")]
    pub(crate) message: String,
    /// The same text, under the name that the other endpoints use.
    #[schema(example = "File not found")]
    pub(crate) error: String,
    /// The same for programs: a word in upper case that does not change.
    #[schema(example = "FILE_NOT_FOUND")]
    pub(crate) error_code: &'static str,
    /// What is wrong with which field.
    pub(crate) details: BTreeMap<String, Vec<String>>,
}

/// What went wrong beneath `/api/v1`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EnvelopeErrorBody {
    pub(crate) error: EnvelopeError,
}

/// The error within the envelope.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EnvelopeError {
    /// For programs: a word in upper case that does not change.
    #[schema(example = "NO_SUCH_NUMBER")]
    pub(crate) code: &'static str,
    /// What is wrong and what to do, for people.
    #[schema(example = "+13125550100 is no number of yours")]
    pub(crate) message: String,
    /// What is wrong with which field.
    pub(crate) details: BTreeMap<String, Vec<String>>,
    /// The request's id, as in the gateway's log and in X-Request-Id.
    pub(crate) request_id: String,
    /// When the request came in.
    #[schema(format = DateTime, example = "2025-10-19T10:00:00Z")]
    pub(crate) ts: String,
}

/// What went wrong beneath `/v1`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DetailBody {
    /// What is wrong and what to do, for people.
    #[schema(example = "Fax job not found")]
    pub(crate) detail: String,
}
