//! The parts of a form, as they come in.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use bytes::{Bytes, BytesMut};
use faxgate_core::Error;
use futures_util::{Stream, StreamExt};

use crate::extract::body::{Arrival, BodyProblem};

/// Parts of one form; nobody sends more.
const MOST_PARTS: usize = 32;

/// A form that comes in.
pub(crate) struct Parts {
    form: Multipart,
    arrival: Arrival,
    seen: usize,
}

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The field's name.
    pub(crate) name: String,
    /// The file's name, for a part that is a file.
    pub(crate) file_name: Option<String>,
}

impl Parts {
    /// Reads the parts from a body whose contents have at most `limit` bytes together.
    ///
    /// # Errors
    /// `INVALID_MULTIPART` for a body that is no form.
    pub(crate) fn new<S>(headers: &HeaderMap, stream: S, limit: u64) -> Self
    where
        S: Stream<Item = Result<Bytes, PayloadError>> + 'static,
    {
        Self {
            form: Multipart::new(headers, stream),
            arrival: Arrival::new(limit),
            seen: 0,
        }
    }

    /// The next part; what was not read of the one before is passed over.
    ///
    /// # Errors
    /// `INVALID_MULTIPART`, `BODY_INCOMPLETE`, `BODY_TOO_SLOW`.
    pub(crate) async fn next(&mut self) -> Result<Option<(Part, Field)>, Error> {
        let Some(field) = self.arrival.within(self.form.next()).await? else {
            return Ok(None);
        };
        let field = field.map_err(|error| BodyProblem::from(error).0)?;
        self.seen += 1;
        if self.seen > MOST_PARTS {
            return Err(invalid("the form has too many parts"));
        }
        let disposition = field.content_disposition();
        let file_name = disposition.and_then(|disposition| {
            let extended = disposition
                .get_filename_ext()
                .map(|name| String::from_utf8_lossy(&name.value).into_owned());
            extended.or_else(|| disposition.get_filename().map(str::to_owned))
        });
        let part = Part {
            name: field.name().unwrap_or_default().to_owned(),
            file_name,
        };
        Ok(Some((part, field)))
    }

    /// All bytes of a part.
    ///
    /// # Errors
    /// `BODY_TOO_LARGE`, `BODY_INCOMPLETE`, `BODY_TOO_SLOW`.
    pub(crate) async fn read(&mut self, mut field: Field) -> Result<Bytes, Error> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = self.arrival.next(&mut field).await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Passes over a part.
    ///
    /// # Errors
    /// Those of [`Parts::read`].
    pub(crate) async fn skip(&mut self, mut field: Field) -> Result<(), Error> {
        while self.arrival.next(&mut field).await?.is_some() {}
        Ok(())
    }
}

fn invalid(message: &str) -> Error {
    Error::bad_input("INVALID_MULTIPART", message)
}

impl From<MultipartError> for BodyProblem {
    fn from(error: MultipartError) -> Self {
        Self(match error {
            MultipartError::Payload(PayloadError::Overflow) => {
                invalid("the form has a part whose headers are too long")
            }
            MultipartError::Payload(payload) => return payload.into(),
            MultipartError::Incomplete => {
                invalid("the form ended before its last boundary; send it again")
            }
            MultipartError::ContentTypeMissing
            | MultipartError::ContentTypeParse
            | MultipartError::ContentTypeIncompatible
            | MultipartError::BoundaryMissing => invalid(
                "the form's boundary is missing; let your HTTP client set the Content-Type header itself",
            ),
            MultipartError::ContentDispositionMissing
            | MultipartError::ContentDispositionNameMissing => invalid(
                "a part of the form has no name; give each part Content-Disposition: form-data; name=\"…\"",
            ),
            _ => invalid(
                "the form cannot be read; send multipart/form-data as RFC 7578 describes it",
            ),
        })
    }
}
